// Text forms of what a configuration has a number of: for checkpoints, messages and logs.

extension TrainingConfiguration {
  /// The regularizers, separated by spaces: "l2:0.0001 max-norm:3.0"; "none" for none.
  package var regularizersText: String {
    regularizers.isEmpty ? "none" : regularizers.map(\.description).joined(separator: " ")
  }

  /// "norm:1.0", "value:0.5" or "none".
  package var clippingText: String { clipping?.description ?? "none" }

  /// The frozen layers, counted from 1: "1,2"; "none" for none.
  package var frozenLayersText: String { frozenLayers.isEmpty ? "none" : frozenLayers.layersText }

  /// Reads ``regularizersText``; nil for anything else.
  package static func regularizers(_ text: String) -> [Regularizer]? {
    if text == "none" { return [] }
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    let regularizers = parts.compactMap { Regularizer(String($0)) }
    return regularizers.count == parts.count ? regularizers : nil
  }

  /// Reads ``clippingText``; nil for anything else.
  package static func clipping(_ text: String) -> Clipping?? {
    text == "none" ? .some(nil) : Clipping(text).map { .some($0) }
  }

  /// Reads ``frozenLayersText``; nil for anything else.
  package static func frozenLayers(_ text: String) -> Set<Int>? {
    text == "none" ? [] : Set(layersText: text)
  }
}
