import NeuralNetwork
import Terminal

extension ValueSyntax where Value == [Int] {
  /// Numbers separated by commas.
  public static func numbers(_ range: ClosedRange<Int>, placeholder: String) -> ValueSyntax {
    ValueSyntax(
      placeholder: placeholder,
      allowed: "numbers from \(range.lowerBound) to \(range.upperBound), separated by commas"
    ) { text in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Int($0) }.filter(range.contains)
      return numbers.count == parts.count ? numbers : nil
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
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let shares = parts.compactMap { Float($0) }.filter(Dropout.isAllowed)
      return shares.count == parts.count ? shares : nil
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
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return parts.allSatisfy(words.contains) && !parts.isEmpty ? parts : nil
    }
  }
}
