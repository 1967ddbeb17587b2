import Files

/// Puts special tokens around the text and joins a pair: one case for each post-processor of the reference.
indirect enum PostProcessor: Sendable {
  case template(single: [Piece], pair: [Piece])
  case bert(cls: SpecialToken, sep: SpecialToken)
  case roberta(cls: SpecialToken, sep: SpecialToken, trimsOffsets: Bool, addsSpace: Bool)
  case byteLevel(trimsOffsets: Bool, addsSpace: Bool)
  case sequence([PostProcessor])

  /// As the file names them.
  static let names = ["TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel", "Sequence"]

  enum Piece: Sendable {
    /// The first text (0) or the second (1).
    case text(Int, type: Int)
    case special([SpecialToken], type: Int)
  }

  struct SpecialToken: Sendable {
    var token: ByteString
    var id: Int
  }

  /// One encoding for each text in; the parts of the whole, in order, out.
  func apply(_ texts: [Encoding], addSpecial: Bool) -> [Encoding] {
    switch self {
    case .sequence(let parts): return parts.reduce(texts) { $1.apply($0, addSpecial: addSpecial) }
    case .byteLevel(let trims, let addsSpace): return trims ? texts.map { Self.trimmed($0, addsSpace: addsSpace) } : texts
    case .template(let single, let pair):
      // The reference ends here with more than two parts, which a template before this one can make; the first two count.
      let pieces = texts.count == 1 ? single : pair
      return pieces.compactMap { piece in
        switch piece {
        case .text(let which, let type):
          guard which < texts.count else { return nil }
          var text = texts[which]
          text.typeIDs = [Int](repeating: type, count: text.count)
          return text
        case .special(let tokens, let type): return addSpecial ? Self.special(tokens, type) : nil
        }
      }
    case .bert(let cls, let sep):
      guard addSpecial else { return texts }
      return texts.enumerated().map { i, text in
        Self.joined(i == 0 ? [cls] : [], text, [sep], type: i == 0 ? 0 : 1)
      }
    case .roberta(let cls, let sep, let trims, let addsSpace):
      let texts = texts.map { text in
        var text = trims ? Self.trimmed(text, addsSpace: addsSpace) : text
        text.typeIDs = [Int](repeating: 0, count: text.count)
        return text
      }
      guard addSpecial else { return texts }
      return texts.enumerated().map { i, text in Self.joined(i == 0 ? [cls] : [sep], text, [sep], type: 0) }
    }
  }

  private static func special(_ tokens: [SpecialToken], _ type: Int) -> Encoding {
    var result = Encoding()
    for token in tokens { result.append(id: token.id, token: token.token, offset: 0..<0, special: true, type: type) }
    return result
  }

  /// Tokens that an earlier post-processor put there lose their mark, as in the reference.
  private static func joined(_ before: [SpecialToken], _ text: Encoding, _ after: [SpecialToken], type: Int) -> Encoding {
    var result = special(before, type)
    var text = text
    text.isSpecial = [Bool](repeating: false, count: text.count)
    result.append(text)
    result.append(special(after, type))
    return result
  }

  /// Leaves the spaces at a token's ends out of its offsets; one space in front that the tokenizer itself added is no part of
  /// the text and stays.
  private static func trimmed(_ text: Encoding, addsSpace: Bool) -> Encoding {
    var text = text
    for i in text.ids.indices {
      let scalars = UTF8Text.scalars(text.tokens[i].bytes)
      func isSpace(_ scalar: UInt32) -> Bool { scalar == ByteLetters.letter(of: 0x20) || ScalarProperties.has(.space, scalar) }
      // A space of the byte alphabet is one byte of the text; others, in added tokens, are as long as they are.
      func bytes(_ spaces: some Sequence<UInt32>) -> Int {
        spaces.reduce(0) { $0 + ($1 == ByteLetters.letter(of: 0x20) ? 1 : UTF8Text.encode([$1]).count) }
      }
      var leading = scalars.prefix(while: isSpace)
      let trailing = bytes(scalars.reversed().prefix(while: isSpace))
      var (start, end) = (text.offsets[i].lowerBound, text.offsets[i].upperBound)
      if !leading.isEmpty {
        if i == 0 || start == 0, addsSpace, leading.count == 1 {
          leading = []
          // Nothing but the added space: it shares its place with the first character, however many bytes that has.
          if scalars.count == 1 { end = start }
        }
        start = min(start + bytes(leading), end)
      }
      if trailing > 0, end >= trailing { end = max(end - trailing, start) }
      text.offsets[i] = start..<end
    }
    return text
  }
}
