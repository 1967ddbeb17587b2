/// What the stages ask about a code point, answered as the reference answers (see `UnicodeTables`).
struct ScalarFlags: OptionSet, Sendable {
  let rawValue: UInt16
  /// `\w` of the pre-tokenizer Whitespace and of added tokens that must stand alone.
  static let word = ScalarFlags(rawValue: 1 << 0)
  /// `\w` of patterns in the file.
  static let patternWord = ScalarFlags(rawValue: 1 << 1)
  static let space = ScalarFlags(rawValue: 1 << 2)
  static let numeric = ScalarFlags(rawValue: 1 << 3)
  static let punctuation = ScalarFlags(rawValue: 1 << 4)
  /// What BERT's cleaning drops: control, format, private use, NUL, U+FFFD.
  static let dropped = ScalarFlags(rawValue: 1 << 5)
  /// What BERT takes for an accent.
  static let accent = ScalarFlags(rawValue: 1 << 6)
  static let combiningMark = ScalarFlags(rawValue: 1 << 7)
  static let alphabetic = ScalarFlags(rawValue: 1 << 8)
  static let lowercase = ScalarFlags(rawValue: 1 << 9)
  static let uppercase = ScalarFlags(rawValue: 1 << 10)
}

enum ScalarProperties {
  private static let flagTable: ScalarTable = {
    var runs = PackedTable(UnicodeTables.flags)
    return ScalarTable(runs: &runs)
  }()
  static let categories: ScalarTable = {
    var runs = PackedTable(UnicodeTables.categories)
    return ScalarTable(runs: &runs)
  }()
  private static let classes: ScalarTable = {
    var runs = PackedTable(UnicodeTables.combining)
    return ScalarTable(runs: &runs)
  }()
  private static let scripts: ScalarTable = {
    var runs = PackedTable(UnicodeTables.scripts)
    return ScalarTable(runs: &runs)
  }()
  static let namedScripts: ScalarTable = {
    var runs = PackedTable(UnicodeTables.namedScripts)
    return ScalarTable(runs: &runs)
  }()

  static func flags(_ scalar: UInt32) -> ScalarFlags { ScalarFlags(rawValue: flagTable[scalar]) }
  static func has(_ flag: ScalarFlags, _ scalar: UInt32) -> Bool { flagTable[scalar] & flag.rawValue != 0 }
  static func ranges(of flag: ScalarFlags) -> [ClosedRange<UInt32>] { flagTable.ranges { $0 & flag.rawValue != 0 } }
  static func combiningClass(_ scalar: UInt32) -> UInt16 { scalar < 0x300 ? 0 : classes[scalar] }
  /// 0 goes with any neighbour.
  static func script(_ scalar: UInt32) -> UInt16 { scripts[scalar] }

  /// Letters with another lower case, as one scalar or several; nil for all others.
  static func lowercase(_ scalar: UInt32) -> [UInt32]? {
    if scalar < 0x80 { return (0x41...0x5A).contains(scalar) ? [scalar + 32] : nil }
    return lowercaseTable[scalar]
  }

  static let lowercaseTable: [UInt32: [UInt32]] = {
    var result: [UInt32: [UInt32]] = [:]
    var table = PackedTable(UnicodeTables.lowercase)
    var scalar = 0
    while !table.isAtEnd {
      scalar += table.next()
      let count = table.next()
      let stride = table.next()
      let zigzag = table.next()
      let offset = zigzag & 1 == 0 ? zigzag / 2 : -(zigzag + 1) / 2
      for i in 0..<count {
        let from = scalar + i * stride
        result[UInt32(from)] = [UInt32(from + offset)]
      }
    }
    var several = PackedTable(UnicodeTables.lowercaseTexts)
    for (scalar, text) in several.texts() { result[scalar] = text }
    return result
  }()
}
