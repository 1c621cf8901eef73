import NeuralNetwork
import Terminal

extension ValueSyntax where Value == [Int] {
  /// Numbers separated by commas.
  public static func numbers(_ range: ClosedRange<Int>, placeholder: String) -> ValueSyntax {
    ValueSyntax(
      placeholder: placeholder,
      allowed: "numbers from \(range.lowerBound) to \(range.upperBound), separated by commas"
    ) { text in
      commaSeparated(text) { Int($0).flatMap { range.contains($0) ? $0 : nil } }
    }
  }
}

extension ValueSyntax where Value == [Float] {
  /// Shares of dropout separated by commas.
  public static func dropouts(placeholder: String) -> ValueSyntax {
    ValueSyntax(
      placeholder: placeholder,
      allowed: "shares from 0 to less than 1, separated by commas"
    ) { text in
      commaSeparated(text) { Float($0).flatMap { Dropout.isAllowed($0) ? $0 : nil } }
    }
  }
}

extension ValueSyntax where Value == [String] {
  /// Some of the given words, separated by commas.
  public static func words(_ words: [String], placeholder: String) -> ValueSyntax {
    ValueSyntax(
      placeholder: placeholder,
      allowed: words.joined(separator: ", ") + ", or some of them separated by commas"
    ) { text in
      commaSeparated(text) { words.contains($0) ? $0 : nil }
    }
  }
}

/// What stands between the commas; nil where `read` makes nothing of one of them.
private func commaSeparated<Element>(_ text: String, _ read: (String) -> Element?) -> [Element]? {
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  let values = parts.compactMap { read(String($0)) }
  return values.count == parts.count ? values : nil
}
