// The one place that knows which C library there is. Everything that touches a path or a file
// descriptor lives in this module, so that no other target has to ask.

#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#elseif canImport(Darwin)
  @_exported import Darwin
#endif

/// Repeats a system call as long as a signal interrupts it.
/// - Returns: What the call returned, or its error number when it returned -1.
func retrying<Value: FixedWidthInteger>(
  _ call: () -> Value
) -> (value: Value, errorNumber: CInt) {
  while true {
    let value = call()
    if value != -1 { return (value, 0) }
    let number = errno
    if number != EINTR { return (value, number) }
  }
}

/// The C library's sentence for an error number, in the program's locale.
func systemText(_ errorNumber: CInt) -> String {
  // glibc (since 2.32), musl and Darwin all answer known numbers from constant or thread-local
  // text, so this needs no strerror_r, whose signature differs between them.
  guard let text = unsafe strerror(errorNumber) else { return "error \(errorNumber)" }
  return unsafe String(cString: text)
}
