import Testing

@testable import Terminal

@Test func decimalsAreFixedAndCorrectlyRounded() {
  #expect(NumberText.fixed(3.14159, decimals: 2) == "3.14")
  #expect(NumberText.fixed(-3.145, decimals: 1) == "-3.1")
  // 2.675 is a little less than it looks, 0.125 is exact and goes to the even digit.
  #expect(NumberText.fixed(2.675, decimals: 2) == "2.67")
  #expect(NumberText.fixed(0.125, decimals: 2) == "0.12")
  #expect(NumberText.fixed(0.9999, decimals: 2) == "1.00")
  #expect(NumberText.fixed(1e300, decimals: 0).count == 301)
  #expect(NumberText.fixed(.nan, decimals: 2) == "nan")
  #expect(NumberText.fixed(-.nan, decimals: 2) == "nan")
  #expect(NumberText.fixed(-.infinity, decimals: 2) == "-inf")
}

@Test func thousandsAreSeparated() {
  #expect(NumberText.grouped(0) == "0")
  #expect(NumberText.grouped(999) == "999")
  #expect(NumberText.grouped(1000) == "1,000")
  #expect(NumberText.grouped(-355_120) == "-355,120")
  #expect(NumberText.grouped(Int.min) == "-9,223,372,036,854,775,808")
  #expect(NumberText.grouped(rounding: 355_119.6) == "355,120")
  #expect(NumberText.grouped(rounding: .infinity) == "inf")
}

@Test func durationsUseAtMostTwoUnits() {
  #expect(NumberText.duration(1.234) == "1.23 s")
  #expect(NumberText.duration(12.34, decimals: 0) == "12 s")
  #expect(NumberText.duration(59.99) == "59.99 s")
  #expect(NumberText.duration(59.999) == "1 m 00 s")
  #expect(NumberText.duration(65) == "1 m 05 s")
  #expect(NumberText.duration(3599.6) == "1 h 00 m")
  #expect(NumberText.duration(7380) == "2 h 03 m")
  #expect(NumberText.duration(.nan) == "nan s")
  #expect(NumberText.percent(0.98125) == "98.12 %")
}

@Test func barsShowEighths() {
  let bar = CharacterBar(hasUnicode: true)
  #expect(bar.filled(0, width: 4) == "")
  #expect(bar.filled(1, width: 4) == "████")
  #expect(bar.filled(0.5, width: 4) == "██")
  #expect(bar.filled(0.28125, width: 4) == "█▏")
  #expect(bar.filled(7, width: 2) == "██")
  #expect(bar.filled(.nan, width: 2) == "")
  #expect(bar.progress(0.5, width: 4) == "━━──")
  let plain = CharacterBar(hasUnicode: false)
  #expect(plain.filled(0.6, width: 4) == "##")
  #expect(plain.progress(0.75, width: 4) == "###-")
  #expect(plain.progress(-1, width: 4) == "----")
  for step in 0...100 {
    #expect(plain.progress(Double(step) / 100, width: 7).count == 7)
  }
}

@Test func tablesAlignTheirColumns() {
  var table = TextTable(columns: [("layer", .left), ("parameters", .right)])
  table.addRow(["dense 128", "100,480"])
  table.addRow(["dense 10", "1,290"])
  #expect(
    table.lines() == [
      "layer      parameters",
      "dense 128     100,480",
      "dense 10        1,290",
    ])
  var left = TextTable(columns: [("a", .left), ("b", .left)])
  left.addRow(["long", ""])
  #expect(left.lines() == ["a     b", "long"])
}

@Test func stylesAreOffWhenDisabled() {
  #expect(Style(isEnabled: false).bold("x") == "x")
  #expect(Style(isEnabled: true).red("x") == "\u{1B}[31mx\u{1B}[0m")
}

@Test func stringsAreEscapedInJSON() {
  #expect(
    JSONValue.string("a\"b\\c\n\r\t\u{0}\u{1F}/é🙂\u{7F}").text
      == "\"a\\\"b\\\\c\\n\\r\\t\\u0000\\u001f/é🙂\u{7F}\"")
  #expect(JSONValue.string("\r\n").text == "\"\\r\\n\"")
}

@Test func numbersInJSONReadBackAsTheSame() throws {
  for value in [0.1, 1e-300, 5 * Double.leastNonzeroMagnitude, 123_456_789.25, -0.0, 1e21, 2.0 / 3]
  {
    #expect(Double(JSONValue.number(value).text) == value)
  }
  #expect(JSONValue.number(0.1).text == "0.1")
  #expect(JSONValue.single(0.1).text == "0.1")
  #expect(JSONValue.number(.nan).text == "null")
  #expect(JSONValue.number(.infinity).text == "null")
  #expect(JSONValue.single(-.infinity).text == "null")
  #expect(JSONValue.unsigned(.max).text == "18446744073709551615")
  #expect(JSONValue.optional(Double?.none).text == "null")
}

@Test func objectsKeepTheOrderOfTheirMembers() {
  let object = JSONValue.object([
    ("z", .integer(1)), ("a", .array([.boolean(true), .null])), ("m", .object([])),
  ])
  #expect(object.text == #"{"z":1,"a":[true,null],"m":{}}"#)
}
