/// How the text of an option's value is read: what stands for it in the help, what is allowed, and
/// the reading itself.
public struct ValueSyntax<Value: Sendable>: Sendable {
  /// What stands for the value in the help: `N`, `FILE`; nil for a flag, which takes no value.
  public let placeholder: String?
  /// What is allowed, as it completes "expected …": "a whole number from 1 to 10".
  public let allowed: String
  /// The range in a few characters for the help, "1 to 10"; nil where there is none worth naming.
  public let range: String?
  /// The value that `text` stands for; nil when it is not allowed.
  public let read: @Sendable (_ text: String) -> Value?

  public init(
    placeholder: String?, allowed: String, range: String? = nil,
    read: @escaping @Sendable (_ text: String) -> Value?
  ) {
    self.placeholder = placeholder
    self.allowed = allowed
    self.range = range
    self.read = read
  }

  /// The same syntax for an option that may stay without a value.
  public var optional: ValueSyntax<Value?> {
    ValueSyntax<Value?>(placeholder: placeholder, allowed: allowed, range: range) { text in
      // Two levels: "not allowed" is the outer nil.
      read(text).map { .some($0) }
    }
  }
}

extension ValueSyntax where Value == Bool {
  /// An option without a value: there or not.
  public static var flag: ValueSyntax {
    ValueSyntax(placeholder: nil, allowed: "no value") { _ in nil }
  }
}

extension ValueSyntax where Value == String {
  /// Any text but the empty one.
  public static func text(_ placeholder: String, allowed: String) -> ValueSyntax {
    ValueSyntax(placeholder: placeholder, allowed: allowed) { $0.isEmpty ? nil : $0 }
  }
}

extension ValueSyntax where Value: FixedWidthInteger {
  /// A whole number in `range`; a range that ends at `Value.max` is shown as open.
  public static func integer(_ range: ClosedRange<Value>, placeholder: String = "N") -> ValueSyntax
  {
    let lower = NumberText.grouped(range.lowerBound)
    let upper = NumberText.grouped(range.upperBound)
    let open = range.upperBound == Value.max
    return ValueSyntax(
      placeholder: placeholder,
      allowed: open
        ? "a whole number, at least \(lower)" : "a whole number from \(lower) to \(upper)",
      range: open ? "at least \(lower)" : "\(lower) to \(upper)"
    ) { text in
      Value(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }
}

extension ValueSyntax where Value == Double {
  /// A finite decimal number for which `isAllowed` holds.
  /// - Parameter range: The condition in words: "above 0", "0 up to, not including, 1".
  public static func decimal(
    _ range: String, placeholder: String = "X",
    where isAllowed: @escaping @Sendable (Double) -> Bool
  ) -> ValueSyntax {
    ValueSyntax(placeholder: placeholder, allowed: "a decimal number \(range)", range: range) {
      text in
      // `Double` also reads "inf", "nan" and hexadecimal: only what a person writes is let in.
      let characters = text.unicodeScalars
      guard characters.allSatisfy({ "0123456789+-.eE".unicodeScalars.contains($0) }) else {
        return nil
      }
      return Double(text).flatMap { $0.isFinite && isAllowed($0) ? $0 : nil }
    }
  }
}

extension ValueSyntax where Value == [Int] {
  /// Whole numbers separated by commas, or the word `none` for an empty list.
  public static func list(
    of element: ValueSyntax<Int>, atMost maximumCount: Int, placeholder: String
  ) -> ValueSyntax {
    ValueSyntax(
      placeholder: placeholder,
      allowed: "none, or up to \(maximumCount) numbers separated by commas, "
        + "each \(element.allowed)",
      range: element.range.map { "\($0) each, or none" }
    ) { text in
      if text == "none" { return [] }
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let values = parts.compactMap { element.read(String($0)) }
      return values.count == parts.count && values.count <= maximumCount ? values : nil
    }
  }
}
