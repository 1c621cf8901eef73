import CZlib

/// An IDX file as bytes; `dimensions` are what the header says, whether or not `elements` agree.
func idxBytes(type: UInt8 = 0x08, dimensions: [Int], elements: some Sequence<UInt8>) -> [UInt8] {
  var bytes: [UInt8] = [0, 0, type, UInt8(dimensions.count)]
  for dimension in dimensions {
    bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: dimension >> $0) }
  }
  return bytes + elements
}

/// `count` bytes that look random, are never all zero, and are the same for the same seed.
func noise(_ count: Int, seed: Int = 1) -> [UInt8] {
  var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}

/// `bytes` as one gzip member.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  let size = CInt(MemoryLayout<z_stream>.size)
  deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
  defer { deflateEnd(&stream) }
  var input = bytes
  let capacity = Int(deflateBound(&stream, uLong(bytes.count)))
  return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
    input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      deflate(&stream, Z_FINISH)
      count = output.count - Int(stream.avail_out)
    }
  }
}

/// The page that MNIST's first host sent in place of a file, cut to the size people report.
let failedDownloadPage: [UInt8] = {
  let page =
    "\n<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>"
    + "<title>503 Service Unavailable</title></head><body></body></html>"
  return Array(page.utf8) + [UInt8](repeating: 0x20, count: 727 - page.utf8.count)
}()
