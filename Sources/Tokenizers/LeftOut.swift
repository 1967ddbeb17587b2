// What of a text stands in no token. The reference drops a character that its vocabulary lacks where there is no unknown token, without
// a word; ids are the same here, but whoever typed the text can be told.

extension Tokenizer {
  /// What of a text gives no token, blanks aside, in its order, each once: words that vanish whole, and characters of the others. Costs
  /// nothing where all is covered.
  public func leftOut(of text: String, encodedAs encoding: Encoding) -> [String] {
    guard !encoding.covers(text) else { return [] }
    var seen: Set<String> = [], left: [String] = []
    func note(_ piece: String) { if seen.insert(piece).inserted { left.append(piece) } }
    // Offsets tell that something is missing, not what: a merge reaches over a dropped character.
    for word in text.split(whereSeparator: \.isWhitespace).map(String.init) {
      let ids = encode(word, addSpecial: false).ids
      if ids.isEmpty {
        if !word.allSatisfy({ seen.contains(String($0)) }) { note(word) }
        continue
      }
      // A letter of a word that the vocabulary has whole is no token either; but without it the word is another.
      for character in word where encode(String(character), addSpecial: false).ids.isEmpty && encode(word.filter { $0 != character }, addSpecial: false).ids == ids {
        note(String(character))
      }
    }
    return left
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
