import CParallelTrainerHeader
import ParallelTrainer

@_cdecl("pt_abi_version")
public func ptABIVersion() -> Int32 { PT_ABI_VERSION }

/// The version as a C string that is never freed, nor written to again.
nonisolated(unsafe) private let versionText: UnsafePointer<CChar> = {
  let text = PackageVersion.current.utf8CString
  let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.count)
  _ = copy.initialize(from: text)
  return UnsafePointer(copy.baseAddress.unsafelyUnwrapped)
}()

@_cdecl("pt_version")
public func ptVersion() -> UnsafePointer<CChar>? { versionText }

@_cdecl("pt_model_create")
public func ptModelCreate(
  _ inputs: Int64, _ layers: UnsafePointer<pt_layer>?, _ layerCount: Int32,
  _ inputDropout: Float, _ initializerText: UnsafePointer<CChar>?, _ seed: UInt64,
  _ model: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let model = try required(model, "model")
    let layers = UnsafeBufferPointer(
      start: try required(layers, "layers"), count: try size(Int64(layerCount), "layer_count"))
    let descriptions = try layers.enumerated().map { index, layer in
      let name = layer.activation.map { String(cString: $0) } ?? "identity"
      guard let activation = Activation(name) else {
        throw Failure(
          PT_INVALID_NETWORK,
          "layer \(index + 1) of the network has the activation '\(name)' (expected "
            + Activation.textForms.joined(separator: ", ") + ")")
      }
      return LayerDescription(
        outputs: Int(layer.outputs), activation: activation, dropout: layer.dropout)
    }
    let name = initializerText.map { String(cString: $0) } ?? "he"
    guard let initializer = Initializer(name) else {
      throw Failure(
        PT_INVALID_OPTION,
        "initializer: found '\(name)', expected "
          + Initializer.textForms.joined(separator: ", "))
    }
    let network = try Network(
      inputs: size(inputs, "inputs"), layers: descriptions, inputDropout: inputDropout)
    model.pointee = handle(
      ModelBox(
        Model(
          network: network,
          parameters: Parameters(initializing: network, with: initializer, seed: seed))))
  }
}

@_cdecl("pt_model_copy_with_parameters")
public func ptModelCopyWithParameters(
  _ model: OpaquePointer?, _ parameters: UnsafePointer<Float>?, _ count: Int64,
  _ copy: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let model = try required(model, ModelBox.self, "model").model
    let network = model.network
    let copy = try required(copy, "copy")
    try requireParameters(of: network, count)
    let values = UnsafeBufferPointer(
      start: try required(parameters, "parameters"), count: Int(count))
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw Failure(
        PT_INVALID_DATA, "parameter \(index) is \(values[index]), expected a finite number")
    }
    copy.pointee = handle(
      ModelBox(
        Model(
          network: network, parameters: Parameters(values: Array(values)),
          imageSize: model.imageSize)))
  }
}

private func requireParameters(of network: Network, _ count: Int64) throws(Failure) {
  guard count == network.parameterCount else {
    throw Failure(
      PT_INVALID_ARGUMENT,
      "count is \(count), expected the \(network.parameterCount) parameters of the network")
  }
}

@_cdecl("pt_model_load")
public func ptModelLoad(
  _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let model = try required(model, "model")
    model.pointee = handle(ModelBox(try ModelFile.read(text(path, "path"))))
  }
}

@_cdecl("pt_model_save")
public func ptModelSave(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let model = try required(model, ModelBox.self, "model").model
    try ModelFile.write(model, to: text(path, "path"))
  }
}

@_cdecl("pt_model_input_count")
public func ptModelInputCount(_ model: OpaquePointer?) -> Int64 {
  Int64(object(model, ModelBox.self)?.model.network.inputCount ?? 0)
}

@_cdecl("pt_model_output_count")
public func ptModelOutputCount(_ model: OpaquePointer?) -> Int64 {
  Int64(object(model, ModelBox.self)?.model.network.outputCount ?? 0)
}

@_cdecl("pt_model_parameter_count")
public func ptModelParameterCount(_ model: OpaquePointer?) -> Int64 {
  Int64(object(model, ModelBox.self)?.model.network.parameterCount ?? 0)
}

@_cdecl("pt_model_get_parameters")
public func ptModelGetParameters(
  _ model: OpaquePointer?, _ parameters: UnsafeMutablePointer<Float>?, _ count: Int64,
  _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let model = try required(model, ModelBox.self, "model").model
    let parameters = try required(parameters, "parameters")
    try requireParameters(of: model.network, count)
    model.parameters.values.withUnsafeBufferPointer { values in
      if let address = values.baseAddress {
        parameters.update(from: address, count: values.count)
      }
    }
  }
}

@_cdecl("pt_model_summary")
public func ptModelSummary(
  _ model: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  guard let model = object(model, ModelBox.self)?.model else { return 0 }
  let summary = model.network.summary
  if let text, size > 0 {
    copy(summary, into: UnsafeMutableRawBufferPointer(start: text, count: size))
  }
  return summary.utf8.count + 1
}

@_cdecl("pt_model_destroy")
public func ptModelDestroy(_ model: OpaquePointer?) { destroy(model, ModelBox.self) }
