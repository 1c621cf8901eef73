import Checksums

/// What tells one dataset from another: the samples themselves, not what they are called or where
/// they come from.
public struct DatasetFingerprint: Sendable, Equatable {
  /// The number of samples.
  public let sampleCount: Int
  /// The CRC-32 of all features as they are stored, sample by sample in the dataset's order, and
  /// then of all labels or target values; of the word "features" where these are the targets. Of
  /// a source's samples: that of its revision and their numbers, in the dataset's order.
  public let crc32: UInt32

  package init(sampleCount: Int, crc32: UInt32) {
    self.sampleCount = sampleCount
    self.crc32 = crc32
  }
}

extension Dataset {
  /// The fingerprint of the samples.
  /// - Complexity: One pass over all pixels: about 20 ms for 47 MB.
  public var fingerprint: DatasetFingerprint {
    var checksum = CRC32()
    if let source {
      let numbers = [source.revision] + storageIndices.map(UInt32.init)
      unsafe numbers.withUnsafeBytes { unsafe checksum.update($0) }
      return DatasetFingerprint(sampleCount: count, crc32: checksum.value)
    }
    if let floats {
      updateWithRows(of: floats, width: featureCount, &checksum)
    } else {
      withExtendedLifetime(pixels) {
        let bytes = unsafe pixels.bytes
        for place in storageIndices {
          let start = Int(place) * featureCount
          unsafe checksum.update(
            UnsafeRawBufferPointer(rebasing: bytes[start..<start + featureCount]))
        }
      }
    }
    switch targets {
    case .classes: checksum.update(storageIndices.map { storedLabels[Int($0)] })
    case .values(let count):
      if let targetValues { updateWithRows(of: targetValues, width: count, &checksum) }
    case .features: checksum.update(Array("features".utf8))
    }
    return DatasetFingerprint(sampleCount: count, crc32: checksum.value)
  }

  /// Goes over the rows of this dataset's samples, as little-endian floats.
  private func updateWithRows(of storage: FloatStorage, width: Int, _ checksum: inout CRC32) {
    #if !_endian(little)
      #error("samples are hashed as little-endian floats")
    #endif
    withExtendedLifetime(storage) {
      for place in storageIndices {
        let start = Int(place) * width
        unsafe checksum.update(
          UnsafeRawBufferPointer(
            UnsafeBufferPointer(rebasing: storage.values[start..<start + width])))
      }
    }
  }
}
