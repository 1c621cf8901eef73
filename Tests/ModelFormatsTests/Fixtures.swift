import Checksums
import Foundation
import NeuralNetwork

/// A model of the given layer sizes, with initial weights and biases that are not zero.
func exampleModel(_ sizes: [Int] = [3, 4, 2]) throws -> Model {
  let network = try Network(
    inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()), outputs: sizes[sizes.count - 1])
  var parameters = Parameters(heInitializing: network, seed: 1)
  for (index, value) in parameters.values.enumerated() where value == 0 {
    parameters.values[index] = Float(index) / 8
  }
  return Model(network: network, parameters: parameters)
}

/// A safetensors file, taken apart by the definition of the format and by nothing else.
struct Safetensors {
  /// Names to tensors, and `__metadata__`.
  var header: [String: Any]
  var data: [UInt8]

  init(header: [String: Any], data: [UInt8]) {
    self.header = header
    self.data = data
  }

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 8 else { return nil }
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= 8 + length,
      let header = try? JSONSerialization.jsonObject(with: Data(bytes[8..<(8 + length)]))
        as? [String: Any]
    else { return nil }
    self.init(header: header, data: Array(bytes[(8 + length)...]))
  }

  var bytes: [UInt8] {
    get throws {
      let json = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
      return length + Array(json) + data
    }
  }

  /// The bytes with the checksum that a checkpoint of these ends with.
  var withChecksum: [UInt8] {
    get throws {
      var bytes = Array(try self.bytes.dropLast(4))
      var checksum = CRC32()
      checksum.update(bytes)
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: checksum.value >> (8 * $0)) }
      return bytes
    }
  }

  var metadata: [String: Any] {
    get { header["__metadata__"] as? [String: Any] ?? [:] }
    set { header["__metadata__"] = newValue }
  }

  /// One field of one tensor: "dtype", "shape" or "data_offsets".
  subscript(tensor: String, field: String) -> Any? {
    get { (header[tensor] as? [String: Any])?[field] }
    set {
      var entry = header[tensor] as? [String: Any] ?? [:]
      entry[field] = newValue
      header[tensor] = entry
    }
  }
}
