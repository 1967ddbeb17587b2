// The vocabulary of a corpus: whole words, specials first. Reading is exact: a word outside the list is an error, never an unknown token.

/// Words and their ids.
public struct WordList: Sendable, Equatable, RandomAccessCollection {
  /// How words become a text.
  public enum Spelling: Sendable, Equatable {
    /// One space between any two.
    case spaced
    /// As prose: no space before . , ! ? and inside of “ ”.
    case prose
  }
  /// In the order of their ids.
  public let list: [String]
  private let ids: [String: Int]
  public let spelling: Spelling
  public let special: SpecialTokens

  /// The specials every text corpus begins with, unless it says otherwise.
  public static let usualSpecials = ["<pad>", "<bos>", "<eos>", "<mask>", "<sep>"]

  /// Words that occur twice are kept once, at their first place.
  public init(specials: [String] = usualSpecials, _ words: [String], spelling: Spelling = .spaced) {
    var list: [String] = [], ids: [String: Int] = [:]
    for word in specials + words where ids[word] == nil {
      ids[word] = list.count
      list.append(word)
    }
    (self.list, self.ids, self.spelling, special) = (list, ids, spelling, SpecialTokens(list))
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { list.count }
  public subscript(id: Int) -> String { list[id] }
  public func id(of word: String) -> Int? { ids[word] }

  /// The id of a word that is known to be there.
  subscript(word: String) -> Int {
    guard let id = ids[word] else { preconditionFailure("no word '\(word)'") }
    return id
  }
  /// The ids of words that are known to be there, separated by spaces.
  subscript(words text: some StringProtocol) -> [Int] { text.split(separator: " ").map { self[String($0)] } }

  /// The first word that is not in the list, of a text in the list's spelling; nil: all are.
  public func firstUnknown(in text: String) -> String? { cut(text).first { ids[$0] == nil } }
  /// The ids of a text; nil if one of its words is not in the list.
  public func tokens(of text: String) -> [Int]? {
    var result: [Int] = []
    for word in cut(text) {
      guard let id = ids[word] else { return nil }
      result.append(id)
    }
    return result
  }

  /// The text of ids. The specials are left out unless asked for.
  public func text(of tokens: some Sequence<Int>, specials: Bool = false) -> String {
    var text = "", glued = true
    for id in tokens where list.indices.contains(id) && (specials || !special.isSpecial(id)) {
      let word = list[id]
      let closes = spelling == .prose && Self.closing.contains(word)
      if !glued && !closes { text += " " }
      text += word
      glued = spelling == .prose && word == "“"
    }
    return text
  }

  private static let closing: Set<String> = [".", ",", "!", "?", "”"]

  private func cut(_ text: String) -> [String] {
    var words: [String] = []
    for piece in text.split(whereSeparator: \.isWhitespace) {
      guard spelling == .prose, !(ids[String(piece)].map(special.isSpecial) ?? false) else { words.append(String(piece)); continue }
      var word = ""
      for (place, character) in piece.enumerated() {
        guard character.isPunctuation || character.isSymbol else { word.append(character); continue }
        if !word.isEmpty { words.append(word) }
        words.append(character == "\"" ? (place == 0 ? "“" : "”") : String(character))
        word = ""
      }
      if !word.isEmpty { words.append(word) }
    }
    return words
  }
}
