extension Parameters {
  /// ‖W‖₂ = √Σ w² of each layer's weights, biases left out, added in double precision in the
  /// canonical order. Of a gradient: how much of it reaches each layer.
  /// - Precondition: there are as many parameters as `network` has.
  public func weightNorms(of network: Network) -> [Double] {
    precondition(
      values.count == network.parameterCount, "the parameters must be those of the network")
    var first = 0
    return network.layers.map { layer in
      defer { first += layer.parameterCount }
      return values[first..<first + layer.weightCount]
        .reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
  }
}
