import Synchronization

/// The sets that patterns name, by the reference's tables: `\p{L}`, `\s`, `[:alpha:]`. Built when first asked for.
enum PatternSets {
  static let space = ScalarSet(ScalarProperties.ranges(of: .space))
  static let word = ScalarSet(ScalarProperties.ranges(of: .patternWord))
  /// In brackets the engine's `\w` lacks the six numbers of Latin-1: ² ³ ¹ ¼ ½ ¾.
  static let bracketedWord = word.intersection(ScalarSet([0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE]).inverted)
  static let digit = categories(["Nd"])
  static let hex = ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])

  /// In the order of the generated table.
  private static let categoryNames = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc",
    "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn",
  ]
  private static let scriptNames = [
    "Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati", "Gurmukhi",
    "Han", "Hangul", "Hebrew", "Hiragana", "Kannada", "Katakana", "Khmer", "Lao", "Latin", "Malayalam", "Mongolian",
    "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai", "Tibetan", "Common", "Inherited",
  ]
  private static let longNames = [
    "letter": "L", "mark": "M", "number": "N", "punctuation": "P", "symbol": "S", "separator": "Z", "other": "C",
    "uppercaseletter": "Lu", "lowercaseletter": "Ll", "titlecaseletter": "Lt", "modifierletter": "Lm", "otherletter": "Lo",
    "nonspacingmark": "Mn", "spacingmark": "Mc", "enclosingmark": "Me", "decimalnumber": "Nd", "letternumber": "Nl",
    "othernumber": "No", "connectorpunctuation": "Pc", "dashpunctuation": "Pd", "openpunctuation": "Ps",
    "closepunctuation": "Pe", "initialpunctuation": "Pi", "finalpunctuation": "Pf", "otherpunctuation": "Po",
    "mathsymbol": "Sm", "currencysymbol": "Sc", "modifiersymbol": "Sk", "othersymbol": "So", "spaceseparator": "Zs",
    "lineseparator": "Zl", "paragraphseparator": "Zp", "control": "Cc", "format": "Cf", "privateuse": "Co", "unassigned": "Cn",
  ]

  static let propertyNames =
    "the general categories (L, Lu, Nd, P, …), Any, Alpha, Alnum, Digit, Punct, Space, Word and the scripts (Han, Hiragana, Hangul, Latin, …)"

  private static let cache = Mutex<[String: ScalarSet]>([:])

  /// Case, spaces, hyphens and underscores in a name do not matter.
  static func property(_ name: String) -> ScalarSet? {
    let key = name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" }
    if let known = cache.withLock({ $0[key] }) { return known }
    guard let set = make(key) else { return nil }
    cache.withLock { $0[key] = set }
    return set
  }

  private static func make(_ key: String) -> ScalarSet? {
    if key == "word" { return word }
    if key == "punct" { return categories(categoryNames.filter { $0.hasPrefix("P") }) }
    if key == "any" { return ScalarSet([0...0x10FFFF]) }
    if let short = longNames[key] ?? (key.count <= 2 ? key.prefix(1).uppercased() + key.dropFirst() : nil) {
      let names = categoryNames.filter { $0 == short || (short.count == 1 && $0.hasPrefix(short)) }
      if !names.isEmpty { return categories(names) }
    }
    if let script = scriptNames.firstIndex(where: { $0.lowercased() == key }) {
      return ScalarSet(ScalarProperties.namedScripts.ranges { Int($0) == script + 1 })
    }
    return posix.first { $0.name == key }?.set()
  }

  private static func categories(_ names: [String]) -> ScalarSet {
    let wanted = categoryNames.map(names.contains)
    return ScalarSet(ScalarProperties.categories.ranges { Int($0) < wanted.count && wanted[Int($0)] })
  }

  /// `[:alpha:]` and, where `\p{…}` of the same name is the same set, that too.
  static let posix: [(name: String, set: @Sendable () -> ScalarSet)] = [
    ("alnum", { ScalarSet(ScalarProperties.ranges(of: .alphabetic)).union(digit) }),
    ("alpha", { ScalarSet(ScalarProperties.ranges(of: .alphabetic)) }),
    ("blank", { ScalarSet([0x09...0x09]).union(categories(["Zs"])) }),
    ("cntrl", { categories(["Cc"]) }),
    ("digit", { digit }),
    ("lower", { ScalarSet(ScalarProperties.ranges(of: .lowercase)) }),
    ("punct", { categories(categoryNames.filter { $0.hasPrefix("P") || $0.hasPrefix("S") }) }),
    ("space", { space }),
    ("upper", { ScalarSet(ScalarProperties.ranges(of: .uppercase)) }),
    ("word", { bracketedWord }),
    ("xdigit", { hex }),
  ]
}
