import Testing

@testable import ModelFormats

@Suite struct JSONTextTests {
  private func read(_ text: String) -> JSONText? { JSONText(Array(text.utf8)) }

  @Test func whatIsWrittenReadsBack() {
    let value = JSONText.object([
      "": .array([]), "a\"b\\c/d": .string("\u{1}\u{7F}\n\t é 数 😀"),
      "numbers": .array([.integer(0), .integer(-7), .integer(.max), .integer(.min)]),
      "deep": .object(["x": .object([:])]),
    ])
    #expect(JSONText(value.bytes) == value)
    #expect(
      String(
        decoding: JSONText.object(["b": .integer(1), "a": .string("\n")]).bytes, as: UTF8.self)
        == #"{"a":"\u000a","b":1}"#)
  }

  @Test func everythingThatIsJSON() {
    #expect(
      read(" { \"a\" : [ 1 ,\n2\t]\r} ") == .object(["a": .array([.integer(1), .integer(2)])]))
    #expect(read(#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00""#) == .string("\"\\/\u{8}\u{C}\n\r\té😀"))
    for text in ["true", "false", "null", "1.5", "-0.1e+7", "1E-2", "123456789012345678901"] {
      #expect(read(text) == .other, "\(text)")
    }
    #expect(read("-0") == .integer(0))
  }

  @Test(arguments: [
    "", " ", "{", "}", "{]", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
    "{a:1}", "{'a':1}", "{\"a\":1}x", "01", "-", "1.", ".5", "1e", "+1", "0x1", "nul", "truex",
    "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\uD83D\"", "\"\\uD83D\\n\"",
    "\"\\uDE00\"", "\"\n\"", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "NaN",
  ]) func whatIsNone(text: String) { #expect(read(text) == nil) }

  @Test func bytesThatAreNoText() { #expect(JSONText([0x22, 0xFF, 0x22]) == nil) }

  @Test func tooDeep() {
    func nested(_ depth: Int) -> JSONText? {
      read(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    #expect(nested(60) != nil)
    #expect(nested(100_000) == nil)
  }
}
