import Files
import Glibc

func parse(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8), name: "tokenizer.json") }

func temporaryFolder() throws -> String {
  var template = Array("/tmp/orrery-tokenizers-XXXXXX".utf8CString)
  return String(cString: mkdtemp(&template))
}

func makeFolder(_ path: String) throws { mkdir(path, 0o755) }

func write(_ text: String, to path: String) throws {
  let file = fopen(path, "w")!
  fputs(text, file)
  fclose(file)
}

/// Small, seeded, the same on every machine.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
