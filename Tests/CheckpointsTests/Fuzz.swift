import Checkpoints
import Files
import Glibc
import Testing

/// Seeded mutations of good files: each is read, or refused with one line; never a crash, never memory without bound.
@Suite struct Mutations {
  /// SplitMix64: the same cases on every machine.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  static let words: [String] = [
    "-1", "0", "9223372036854775807", "9223372036854775808", "18446744073709551615", "1e308", "1e999", "-0", "NaN", "Infinity",
    "null", "true", "[]", "{}", "\"\"", "\"F16\"", "\"\\ud800\"", "\"\\u0000\"", "[[", "]]", "}", "{\"a\":", ",", "\"../x\"", "\"/x\"",
    "\u{0}", "\u{1B}[2J", "\n", "\\", String(repeating: "[", count: 4000), String(repeating: "{\"a\":", count: 4000),
    String(repeating: "9", count: 4000), String(repeating: "x", count: 4000),
  ]

  static func mutate(_ original: [UInt8], _ random: inout Generator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes.removeLast(bytes.count - at)
      case 3: bytes.insert(contentsOf: words.randomElement(using: &random)!.utf8, at: at)
      case 4: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...9, using: &random)))
      case 5: bytes.append(contentsOf: bytes[at..<min(bytes.count, at + 64)])
      case 6 where bytes.count > 8: bytes[Int.random(in: 0..<8, using: &random)] = UInt8.random(in: 0...255, using: &random)
      default:
        // A number in the text becomes another one.
        guard let digit = bytes[at...].firstIndex(where: { (0x30...0x39).contains($0) }) else { continue }
        let end = bytes[digit...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
        bytes.replaceSubrange(digit..<end, with: words.randomElement(using: &random)!.utf8)
      }
    }
    return bytes
  }

  /// A message is one line, names something, and holds nothing that moves a cursor.
  static func isOneLine(_ message: String) -> Bool {
    !message.isEmpty && message.utf8.count < 2000 && !message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
  }

  /// Largest resident memory of this process so far, in bytes.
  static var peak: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  static let config = """
    {"model_type": "llama", "hidden_size": 64, "rope_scaling": {"type": "linear", "factor": 2.0}, "eos_token_id": [1, 2],
     "num_hidden_layers": 2, "rms_norm_eps": 1e-05, "torch_dtype": "float32", "name": "\\u00e9\\ud83d\\ude00", "x": null, "y": -3.5E+2}
    """
  static let shard = safetensors(
    #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}"#,
    data: 22)
  static let index = #"{"metadata":{"total_size":22},"weight_map":{"a":"s1.safetensors","b":"s1.safetensors"}}"#

  @Test func safetensorsFiles() throws {
    var random = Generator(state: 1)
    let folder = Folder()
    let before = Mutations.peak
    var read = 0
    for i in 0..<3000 {
      let bytes = Mutations.mutate(Mutations.shard, &random)
      let path = folder["m.safetensors"]
      unlink(path)
      let handle = open(path, O_WRONLY | O_CREAT, 0o600)
      _ = bytes.withUnsafeBytes { write(handle, $0.baseAddress, $0.count) }
      close(handle)
      do {
        let file = try Safetensors(path)
        read += 1
        for entry in file.entries {
          #expect(entry.range.upperBound <= bytes.count)
          #expect(entry.shape.reduce(entry.dtype.width, *) == entry.range.count)
          _ = entry.firstNonFinite
        }
      } catch {
        #expect(Mutations.isOneLine(error.description), "case \(i)")
      }
    }
    #expect(read > 20 && read < 2000)
    #expect(Mutations.peak - before < 64 << 20)
  }

  @Test func texts() throws {
    var random = Generator(state: 2)
    let before = Mutations.peak
    var read = 0
    for i in 0..<3000 {
      let bytes = Mutations.mutate(Array(Mutations.config.utf8), &random)
      do throws(JSON.Failure) {
        let json = try JSON.parse(bytes, name: "config.json")
        read += 1
        // What was read can be written and read again, to the same text.
        let text = JSON.encodeBytes(JSONTree(json))
        let again = try JSON.parse(text, name: "again")
        #expect(JSON.encodeBytes(JSONTree(again)) == text, "case \(i)")
      } catch {
        #expect(Mutations.isOneLine(error.description), "case \(i)")
        #expect(error.line >= 1 && error.column >= 1)
      }
    }
    #expect(read > 100 && read < 2000)
    #expect(Mutations.peak - before < 64 << 20)
  }

  @Test func folders() throws {
    var random = Generator(state: 3)
    let folder = Folder()
    try folder.write("s1.safetensors", Mutations.shard)
    var read = 0
    for i in 0..<800 {
      for (name, text) in [("config.json", Mutations.config), ("model.safetensors.index.json", Mutations.index)] {
        let bytes = Bool.random(using: &random) ? Mutations.mutate(Array(text.utf8), &random) : Array(text.utf8)
        let handle = open(folder[name], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = bytes.withUnsafeBytes { write(handle, $0.baseAddress, $0.count) }
        close(handle)
      }
      do {
        let model = try CheckpointFolder(path: folder.path)
        read += 1
        Mutations.ask(model.configuration, i)
      } catch {
        #expect(Mutations.isOneLine(error.description), "case \(i)")
      }
    }
    #expect(read > 100 && read < 700)
  }

  /// Asks for every setting that the configuration should have; a refusal is one line.
  private static func ask(_ c: Configuration, _ i: Int) {
    let questions: [() throws -> Void] = [
      { _ = try c.int("hidden_size", "n_embd") }, { _ = try c.int("num_hidden_layers", in: 1...10_000) },
      { _ = try c.real("rms_norm_eps") }, { _ = try c.string("model_type") }, { _ = try c.ids("eos_token_id") },
      { _ = try c.section("rope_scaling")?.real("factor") }, { _ = try c.bool("tie_word_embeddings", default: true) },
      { _ = try c.optionalInt("x") }, { _ = try c.strings("name") },
    ]
    for question in questions {
      if let message = failure({ try question() }) { #expect(isOneLine(message), "case \(i)") }
    }
  }
}
