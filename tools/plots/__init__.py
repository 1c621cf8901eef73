"""Pictures for tools/plot.py: a module for each kind of file."""


class Failure(Exception):
    """What a person must be told."""
