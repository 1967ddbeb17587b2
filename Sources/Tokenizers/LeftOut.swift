// What of a text stands in no token. The reference drops a character that its vocabulary lacks where there is no unknown token, without
// a word; ids are the same here, but whoever typed the text can be told.

extension Tokenizer {
  /// The characters of a text that give no token, blanks aside, in their order, each once. Costs nothing where all is covered.
  public func leftOut(of text: String, encodedAs encoding: Encoding) -> [Character] {
    guard !encoding.covers(text) else { return [] }
    var seen: Set<Character> = []
    // Offsets tell that something is missing, not what: a merge reaches over a dropped character.
    return text.filter { character in
      !character.isWhitespace && seen.insert(character).inserted && encode(String(character), addSpecial: false).ids.isEmpty
    }
  }
}

extension Encoding {
  /// Whether every character that is no blank touches a token.
  fileprivate func covers(_ text: String) -> Bool {
    // Tokens that were put around the text cover nothing.
    let covered = offsets.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    var next = 0, position = 0
    for character in text {
      let end = position + character.utf8.count
      while next < covered.count, covered[next].upperBound <= position { next += 1 }
      if !(next < covered.count && covered[next].lowerBound < end), !character.isWhitespace { return false }
      position = end
    }
    return true
  }
}
