#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
/// How many processors there are.
public enum ProcessorCount {
  /// Processors that this process may use.
  public static var usable: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
}
