"""What tools/build-documentation is made of."""
