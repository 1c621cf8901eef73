/// A finite number as people write it, `0.5`, `25`, `1e-4`, in texts that must read back exactly.
package struct PlainNumber {
  package let value: Double

  /// - Returns: Nil for anything but decimal digits with a sign, a point and an exponent: no "inf",
  ///   no hexadecimal.
  package init?(_ text: String) {
    guard text.unicodeScalars.allSatisfy({ "0123456789+-.eE".unicodeScalars.contains($0) }),
      let value = Double(text), value.isFinite
    else { return nil }
    self.value = value
  }

  /// The shortest text that reads back as `value`, whole numbers without a point.
  package static func text(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
