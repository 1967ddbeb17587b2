import Files

/// The reference's answers, as Tests/Fixtures/tokenizers/make.py wrote them.
enum Fixtures {
  static let folder: String = {
    let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    return tests + "/Fixtures/tokenizers"
  }()

  static func read(_ name: String) throws -> [JSON] { try JSON.read(folder + "/" + name).array! }
  static func texts() throws -> [ByteString] { try read("texts.json").map { $0.text! } }
  static func tokenizer(_ name: String) throws -> JSON {
    try read("models.json").first { $0["name"]?.string == name }!["tokenizer"]!
  }
}

extension JSON {
  var ints: [Int] { array!.map { $0.int! } }
  var strings: [ByteString] { array!.map { $0.text! } }
}
