// What is done to a good input, and what a random one is made of.

import Tensors

extension SeededGenerator {
  mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }
  mutating func one<T>(of items: [T]) -> T { items[below(items.count)] }
  /// Once in so many times.
  mutating func isOnce(in count: Int) -> Bool { below(count) == 0 }
}

enum Mutation {
  static let words: [String] = [
    "-1", "0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551615", "1e308", "1e999", "-0", "NaN", "Infinity", "16777216", "4294967296",
    "null", "true", "[]", "{}", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "[[", "]]", "}", "{\"a\":", ",", "\"../x\"", "\u{0}", "\n", "\\", "\r\n", "---\n", "```", "``` {", "$$", "![",
    "\u{202E}", "e\u{301}", "\u{1F469}\u{200D}\u{1F4BB}", "\u{FEFF}", "___", "\"\"\"", "\\(", "$0", "..<", "...", "let ", "func ", "for ", " in ", "if ", "return ", ".", "(", ")", "[", "]", "{", "}", "@", "≈", "±", "%", "**", "??", "_",
    String(repeating: "[", count: 3000), String(repeating: "(", count: 3000), String(repeating: "> ", count: 2000), String(repeating: "9", count: 2000), String(repeating: "x", count: 2000),
  ]

  /// A good input with one to four changes.
  static func mutated(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0...random.below(4) {
      let at = random.below(bytes.count)
      switch random.below(9) {
      case 0 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8(random.below(8))
      case 1 where !bytes.isEmpty: bytes[at] = UInt8(random.below(256))
      case 2 where random.isOnce(in: 3): bytes.removeLast(bytes.count - at)
      case 3: bytes.insert(contentsOf: random.one(of: words).utf8, at: at)
      case 4: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(12)))
      case 5: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + random.below(64))], at: random.below(bytes.count))
      case 6 where bytes.count > 8: bytes[random.below(8)] = UInt8(random.below(256))
      case 7:
        // A line goes, or comes twice.
        guard let start = bytes[..<at].lastIndex(of: 10), let end = bytes[at...].firstIndex(of: 10) else { continue }
        if random.isOnce(in: 2) { bytes.removeSubrange(start..<end) } else { bytes.insert(contentsOf: bytes[start..<end], at: end) }
      default:
        // A number in the text becomes another one.
        guard let digit = bytes[at...].firstIndex(where: { (0x30...0x39).contains($0) }) else { continue }
        let end = bytes[digit...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
        bytes.replaceSubrange(digit..<end, with: (random.isOnce(in: 3) ? random.one(of: words) : String(random.below(70))).utf8)
      }
    }
    return bytes
  }
}
