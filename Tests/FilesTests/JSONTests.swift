import Files
import Testing

private func parse(_ text: String, _ limits: JSON.Limits = .standard) throws -> JSON {
  try JSON.parse(Array(text.utf8), name: "a.json", limits: limits)
}

private func error(_ text: String, _ limits: JSON.Limits = .standard) -> String? { failure { try parse(text, limits) } }
private func error(_ bytes: [UInt8]) -> String? { failure { try JSON.parse(bytes, name: "a.json") } }

@Suite struct JSONValues {
  @Test func everyKindWithItsPosition() throws {
    let json = try parse(#" {"a": [1, -2.5, 1e3], "b": {"c": null}, "d": true, "e": "x\ny", "f": []} "#)
    #expect(json.offset == 1)
    #expect(json.members?.map(\.key) == ["a", "b", "d", "e", "f"])
    #expect(json["a"]?.array?.map(\.double) == [1, -2.5, 1000])
    #expect(json["a"]?.array?.map(\.offset) == [8, 11, 17])
    #expect(json["b"]?["c"]?.isNull == true)
    #expect(json["d"]?.bool == true)
    #expect(json["e"]?.string == "x\ny")
    #expect(json["f"]?.array?.isEmpty == true)
    #expect(json["g"] == nil)
    #expect(json["a"]?["x"] == nil)
    #expect(json["a"]?.kind == "an array")
  }

  @Test func integersStayExact() throws {
    let json = try parse("[9223372036854775807, -9223372036854775808, 9007199254740993, 4096.0, 0.5, 0]")
    #expect(json.array?.map(\.int) == [.max, .min, 9_007_199_254_740_993, 4096, nil, 0])
    // The length that published tokenizers give when they have none.
    #expect(try parse("1000000000000000019884624838656").double == 1e30)
    #expect(try parse("1000000000000000019884624838656").int == nil)
    #expect(try parse("-0").double?.sign == .minus)
    #expect(try parse("-2.0122928619384766").double == -2.0122928619384766)
    #expect(try parse("5e-324").double == .leastNonzeroMagnitude)
  }

  @Test func infinitiesInAllTheirSpellings() throws {
    #expect(try parse("[Infinity, -Infinity]").array?.map(\.double) == [.infinity, -.infinity])
    #expect(try parse("NaN").double?.isNaN == true)
    #expect(try parse(#"{"__float__": "Infinity"}"#).double == .infinity)
    #expect(try parse(#"{"__float__": "-Infinity"}"#).double == -.infinity)
    #expect(try parse(#"{"__float__": "NaN"}"#).double?.isNaN == true)
    #expect(try parse(#"{"__float__": "4"}"#).double == nil)
    #expect(try parse("Infinity").int == nil)
  }

  @Test func keysAreBytesNotCharacters() throws {
    // "é" as one code point and as two: equal Swift strings, two tokens.
    let json = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
    #expect(json["\u{E9}"]?.int == 1)
    #expect(json["e\u{301}"]?.int == 2)
    #expect("\u{E9}" == "e\u{301}")
    #expect(ByteString("\u{E9}") != ByteString("e\u{301}"))
  }

  @Test func escapes() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00""#).text?.bytes
      == [0x22, 0x5C, 0x2F, 8, 12, 10, 13, 9, 0x41, 0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80])
    #expect(try parse(#""a\u0000b""#).text?.bytes == [0x61, 0, 0x62])
    #expect(try parse("\"\u{7F}\u{10FFFF}\"").string == "\u{7F}\u{10FFFF}")
  }

  /// A text of escapes alone is read once, from end to end.
  @Test func manyEscapes() throws {
    let text = "\"" + String(repeating: "\\n", count: 3 << 20) + "\""
    #expect(try parse(text).text?.bytes.count == 3 << 20)
  }

  @Test func manyMembersAreFoundAndKeepTheirOrder() throws {
    let text = "{" + (0..<5000).map { "\"key\($0)\": \($0)" }.joined(separator: ",") + "}"
    let json = try parse(text)
    #expect(json.members?.map { $0.value.int } == Array(0..<5000).map(Optional.some))
    for i in 0..<5000 { #expect(json[ByteString("key\(i)")]?.int == i) }
    #expect(json["key5000"] == nil)
  }

  @Test func byteOrderMarkIsSkipped() throws {
    #expect(try JSON.parse([0xEF, 0xBB, 0xBF] + Array("7".utf8), name: "a.json").int == 7)
  }

  @Test func bytesOrderAsBytes() {
    #expect(["b", "a\u{301}", "á", "a", "", "ab"].map { ByteString($0 as String) }.sorted().map(\.string) == ["", "a", "ab", "a\u{301}", "b", "á"])
    #expect(ByteString(bytes: [0xFF, 0x41]).string == "\u{FFFD}A")
    #expect((ByteString("ab") + "c").hasPrefix("ab") && ByteString("abc").hasSuffix("bc"))
  }
}

@Suite struct JSONFailures {
  @Test(arguments: [
    ("", "a.json:1:1: the file is empty; expected JSON (was the download interrupted?)"),
    (" \n", "a.json:1:1: the file is empty; expected JSON (was the download interrupted?)"),
    ("{\"a\": 1,\n \"b\": [1, 2", "a.json:2:12: the text ends inside the array that begins at line 2, column 7; the file is cut short, fetch it again"),
    ("{\"a\"", "a.json:1:5: the text ends inside the object that begins at line 1, column 1; the file is cut short, fetch it again"),
    ("{", "a.json:1:2: the text ends inside the object that begins at line 1, column 1; the file is cut short, fetch it again"),
    ("{\"a\": ", "a.json:1:7: the text ends inside the object that begins at line 1, column 1; the file is cut short, fetch it again"),
    ("\"abc", "a.json:1:5: the text ends inside the string that begins at line 1, column 1; the file is cut short, fetch it again"),
    ("\"abc\\", "a.json:1:6: the text ends inside the string that begins at line 1, column 1; the file is cut short, fetch it again"),
    ("\"\\u12", "a.json:1:6: the text ends inside the string that begins at line 1, column 1; the file is cut short, fetch it again"),
    ("[1 2]", "a.json:1:4: expected \",\" or \"]\", found \"2\""),
    ("[1, ]", "a.json:1:5: expected a value, found \"]\""),
    ("{\"a\": 1,}", "a.json:1:9: expected a key in double quotes, found \"}\""),
    ("{a: 1}", "a.json:1:2: expected a key in double quotes, found \"a\""),
    ("{\"a\": 1]", "a.json:1:8: expected \",\" or \"}\", found \"]\""),
    ("{\"a\" 1}", "a.json:1:6: expected \":\" after the key, found \"1\""),
    ("True", "a.json:1:1: expected a value, found \"True\""),
    ("nulll", "a.json:1:1: expected a value, found \"nulll\""),
    ("'a'", "a.json:1:1: expected a value, found \"'\""),
    ("[1]\n\n x", "a.json:3:2: expected the end of the text, found \"x\"; only one value is allowed"),
    ("{\"a\": 1,\n \"a\": 2}", "a.json:2:2: the key \"a\" is here for the second time; remove one of the two"),
    ("\"a\tb\"", "a.json:1:3: a control character (0x09) inside a string; write it as \\u0009"),
    ("\"a\\x41\"", "a.json:1:3: \"\\x\" is no escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"),
    ("\"\\u00g0\"", "a.json:1:2: \"\\u00g0\" is no escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"),
    ("\"\\ud800\"", "a.json:1:2: half of a surrogate pair; a character above U+FFFF is two escapes, \\uD800–\\uDBFF then \\uDC00–\\uDFFF"),
    ("\"\\udc00\"", "a.json:1:2: half of a surrogate pair; a character above U+FFFF is two escapes, \\uD800–\\uDBFF then \\uDC00–\\uDFFF"),
    ("\"\\ud800\\u0041\"", "a.json:1:2: half of a surrogate pair; a character above U+FFFF is two escapes, \\uD800–\\uDBFF then \\uDC00–\\uDFFF"),
    ("[01]", "a.json:1:2: \"01\" is not a number as JSON writes it (like 12, -0.5 or 1e-5)"),
    ("-", "a.json:1:1: \"-\" is not a number as JSON writes it (like 12, -0.5 or 1e-5)"),
    ("1.", "a.json:1:1: \"1.\" is not a number as JSON writes it (like 12, -0.5 or 1e-5)"),
    (".5", "a.json:1:1: expected a value, found \".5\""),
    ("1e", "a.json:1:1: \"1e\" is not a number as JSON writes it (like 12, -0.5 or 1e-5)"),
    ("+1", "a.json:1:1: expected a value, found \"+1\""),
    ("0x10", "a.json:1:1: \"0x10\" is not a number as JSON writes it (like 12, -0.5 or 1e-5)"),
    ("1e400", "a.json:1:1: the number 1e400 is too large for 64-bit floating point"),
    ("[1,\u{1}]", "a.json:1:4: expected a value, found the byte 0x01"),
  ])
  func message(_ text: String, _ expected: String) { #expect(error(text) == expected) }

  @Test(arguments: [
    [0xC0, 0xAF], [0xC1, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
    [0xF5, 0x80, 0x80, 0x80], [0x80], [0xC3], [0xE2, 0x82], [0xFF],
  ] as [[UInt8]])
  func notUTF8(_ bytes: [UInt8]) {
    #expect(error([0x22, 0x61] + bytes + [0x22]) == "a.json:1:3: these bytes are not UTF-8; save the file as UTF-8")
  }

  @Test func limits() throws {
    let deep = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
    #expect(error(deep) == "a.json:1:129: nested more than 128 levels deep; flatten the value")
    #expect(error(String(deep.dropFirst().dropLast())) == nil)
    #expect(error("[1, 2, 3]", JSON.Limits(values: 3)) == "a.json:1:8: more than 3 values; this is not a file that Orrery reads")
    #expect(error("[1, 2, 3]", JSON.Limits(bytes: 8)) == "a.json:1:1: 9 bytes of JSON are more than the 8 that are read here")
  }

  @Test func duplicateInALargeObject() {
    let members = (0..<100).map { "\"k\($0)\": 0" } + ["\"k7\": 1"]
    #expect(error("{\n" + members.joined(separator: ",\n") + "}") == "a.json:102:1: the key \"k7\" is here for the second time; remove one of the two")
  }

  @Test func namesFromFilesCannotBreakTheLine() {
    #expect(error(#"{"a\n\u001b[31m": 1, "a\n\u001b[31m": 2}"#)
      == "a.json:1:22: the key \"a\\u{A}\\u{1B}[31m\" is here for the second time; remove one of the two")
  }
}

@Suite struct JSONWriting {
  let tree: JSONTree = [
    "name": "tab\t\"quoted\" \u{1}é", "none": nil, "flag": true, "ids": .ints([1, 2]), "empty": [], "nothing": .object([]),
    "loss": .float(0.1), "third": .double(1 / 3), "rows": [.floats([1, .infinity, -.infinity, .nan]), [3]],
  ]

  @Test func compact() {
    #expect(JSON.encode(tree) == #"{"name":"tab\t\"quoted\" \u0001é","none":null,"flag":true,"ids":[1,2],"empty":[],"nothing":{},"loss":0.1,"third":0.3333333333333333,"rows":[[1.0,"inf","-inf","nan"],[3]]}"#)
  }

  @Test func pretty() {
    #expect(JSON.encode(tree, .pretty) == #"""
      {
        "name": "tab\t\"quoted\" \u0001é",
        "none": null,
        "flag": true,
        "ids": [1, 2],
        "empty": [],
        "nothing": {},
        "loss": 0.1,
        "third": 0.3333333333333333,
        "rows": [
          [1.0, "inf", "-inf", "nan"],
          [3]
        ]
      }

      """#)
  }

  @Test func numbersComeBackTheSame() throws {
    let floats: [Float] = [0.1, .leastNonzeroMagnitude, 3.4028235e38, -0.0, 16777216, 1e10, 123456.79]
    let back = try JSON.parse(JSON.encodeBytes(.floats(floats)), name: "x").array!.map { Float($0.double!) }
    #expect(back.map(\.bitPattern) == floats.map(\.bitPattern))
  }

  @Test func whatWasReadIsWrittenAgain() throws {
    let text = #"{"a":[1,2.5,"x"],"b":{"c":null,"d":false}}"#
    #expect(JSON.encode(JSONTree(try JSON.parse(Array(text.utf8), name: "x"))) == text)
  }
}
