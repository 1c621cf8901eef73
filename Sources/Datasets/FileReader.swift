import CZlib
import FileSystem

/// The bytes of a file from first to last, inflated when the file is gzip. What a file is, its
/// first two bytes decide and not its name: browsers unzip files and leave `.gz` at the end.
///
/// Bytes go straight to the caller's buffer: only compressed ones pass through one of the reader's
/// own. Not for sharing between threads. Gzip is RFC 1952; several members in a row are one file.
@safe final class FileReader {
  /// Why no more bytes can be had.
  enum Failure: Error {
    case file(FileError)
    /// The file ends in the middle of its compressed data.
    case truncatedGzip
    /// The compressed data contradicts itself; the text is zlib's own.
    case corruptGzip(reason: String)
  }

  /// The size in bytes of the file as it is stored; nil for a pipe or a device.
  var storedSize: Int? { file.size }
  /// Whether the stored bytes are gzip.
  private(set) var isGzip = false
  /// How many bytes the caller has got.
  private(set) var bytesRead = 0

  private let file: InputFile
  /// Stored bytes on their way; those in `pending` have not been used yet.
  private let buffer: UnsafeMutableRawBufferPointer
  private var pending = 0..<0
  /// zlib keeps a pointer to its stream, which therefore must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isInsideMember = true

  init(_ path: String) throws(Failure) {
    do throws(FileError) { file = try InputFile(path) } catch { throw .file(error) }
    unsafe buffer = .allocate(byteCount: 1 << 17, alignment: 64)
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // From here on everything is in place, so that `deinit` runs even if `init` throws.
    while pending.count < 2, try refill() {}
    guard pending.count >= 2, unsafe buffer[0] == 0x1F, unsafe buffer[1] == 0x8B else { return }
    isGzip = true
    // 15: the largest window; 16: a gzip header and trailer, and nothing else.
    let status = unsafe inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw corrupt(status) }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe buffer.deallocate()
  }

  /// Fills `destination` with the next bytes, unless the file ends first.
  /// - Returns: How many bytes were written. Less than `destination.count` means that this is the
  ///   end and, for gzip, that length and checksum of the content are right.
  @unsafe func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var filled = 0
    while filled < destination.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: destination[filled...])
      let before = bytesRead
      if isGzip { try unsafe inflateSome(into: rest) } else { try unsafe copySome(into: rest) }
      if bytesRead == before { break }
      filled += bytesRead - before
    }
    return filled
  }

  /// Writes some bytes to `destination` and counts them; none at the end of the file.
  private func copySome(into destination: UnsafeMutableRawBufferPointer) throws(Failure) {
    if pending.isEmpty {
      do throws(FileError) {
        bytesRead += try unsafe file.read(into: destination)
      } catch {
        throw .file(error)
      }
      return
    }
    let count = min(pending.count, destination.count)
    let source = unsafe UnsafeRawBufferPointer(
      rebasing: buffer[pending.lowerBound..<pending.lowerBound + count])
    unsafe destination.copyMemory(from: source)
    pending = pending.lowerBound + count..<pending.upperBound
    bytesRead += count
  }

  /// The same for gzip. What is found before a failure is counted too.
  private func inflateSome(into destination: UnsafeMutableRawBufferPointer) throws(Failure) {
    // zlib counts in 32 bits.
    let room = min(destination.count, 1 << 30)
    unsafe stream.pointee.next_out = unsafe destination.baseAddress?.assumingMemoryBound(
      to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(room)
    defer { bytesRead += unsafe room - Int(stream.pointee.avail_out) }
    while unsafe Int(stream.pointee.avail_out) == room {
      if pending.isEmpty, try !refill() {
        if isInsideMember { throw .truncatedGzip }
        return
      }
      if !isInsideMember {
        guard unsafe buffer[pending.lowerBound] == 0x1F else {
          throw .corruptGzip(reason: "bytes that are not gzip follow the compressed data")
        }
        unsafe inflateReset(stream)
        isInsideMember = true
      }
      unsafe stream.pointee.next_in = unsafe buffer.baseAddress?
        .advanced(by: pending.lowerBound).assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_in = UInt32(pending.count)
      let status = unsafe inflate(stream, Z_NO_FLUSH)
      pending = unsafe pending.upperBound - Int(stream.pointee.avail_in)..<pending.upperBound
      switch status {
      case Z_OK: break
      case Z_STREAM_END: isInsideMember = false
      case Z_BUF_ERROR where pending.isEmpty: break
      default: throw corrupt(status)
      }
    }
  }

  /// Reads stored bytes behind the pending ones.
  /// - Returns: Whether there were any.
  private func refill() throws(Failure) -> Bool {
    if pending.isEmpty { pending = 0..<0 }
    do throws(FileError) {
      let count = try unsafe file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[pending.upperBound...]))
      pending = pending.lowerBound..<pending.upperBound + count
      return count > 0
    } catch {
      throw .file(error)
    }
  }

  private func corrupt(_ status: CInt) -> Failure {
    let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
    return .corruptGzip(reason: message ?? "zlib status \(status)")
  }
}
