import Files
import Testing
import Tokenizers

/// Damaged files: whatever is read must encode and decode without a crash, and whatever is not says so in one line.
@Suite struct MutationTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func damagedFiles(_ seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let models = try Fixtures.read("models.json").map { Array($0["tokenizer"]!.written.utf8) }
    let stages = try Fixtures.read("stages.json").map { Array($0["tokenizer"]!.written.utf8) }
    let texts = try Fixtures.texts()
    var read = 0
    for round in 0..<300 {
      var bytes = (round % 4 == 0 ? models : stages).randomElement(using: &random)!
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0x20...0x7E, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(contentsOf: bytes[at..<min(at + 12, bytes.count)], at: at)
        default: bytes.replaceSubrange(at..<min(at + 1, bytes.count), with: Array(["0", "-1", "null", "\"\"", "[", "9999999999", "true"].randomElement(using: &random)!.utf8))
        }
      }
      guard let json = try? JSON.parse(bytes, name: "tokenizer.json") else { continue }
      do {
        let tokenizer = try Tokenizer(json: json)
        read += 1
        for _ in 0..<3 {
          let ids = tokenizer.encode(texts.randomElement(using: &random)!.bytes).ids
          _ = tokenizer.decode(ids)
        }
      } catch {
        #expect(!error.description.contains("\n"))
      }
    }
    #expect(read > 10)
  }

  @Test func damagedText() throws {
    var random = SplitMix(state: 5)
    let tokenizers = try Fixtures.read("models.json").map { try Tokenizer(json: $0["tokenizer"]!) }
    for _ in 0..<400 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let tokenizer = tokenizers.randomElement(using: &random)!
      let encoding = tokenizer.encode(bytes)
      #expect(encoding.ids == tokenizer.encode(String(decoding: bytes, as: UTF8.self)).ids)
    }
  }
}

extension JSON {
  /// Good enough to read back: what a value would look like in a file.
  var written: String {
    switch value {
    case .null: "null"
    case .bool(let b): b ? "true" : "false"
    case .number(.integer(let n)): "\(n)"
    case .number(.real(let x)): "\(x)"
    case .string(let s): Self.quoted(s.string)
    case .array(let items): "[" + items.map(\.written).joined(separator: ",") + "]"
    case .object(let o): "{" + o.members.map { Self.quoted($0.key.string) + ":" + $0.value.written }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case _ where scalar.value < 0x20: result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
