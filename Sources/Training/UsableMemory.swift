import FileSystem

/// How much memory this process may have.
package enum UsableMemory {
  /// Bytes: of the machine, or what a control group grants where that is less; nil where neither can
  /// be asked.
  /// - Parameter root: The folder that `/proc` and `/sys` are in: "" for this machine's.
  package static func bytes(root: String = "") -> Double? {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    let machine = pages > 0 && size > 0 ? Double(pages) * Double(size) : nil
    return [machine, LinuxSystemFiles(root: root).memoryLimit()].compactMap(\.self).min()
  }
}
