/// Numbers as a person reads them: a point before decimals, a comma between thousands.
public enum NumberText {
  /// `value` with a comma between groups of three digits: 355,120.
  public static func grouped(_ value: some BinaryInteger) -> String {
    let digits = Array(String(value.magnitude))
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }
}
