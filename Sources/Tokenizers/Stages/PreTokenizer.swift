import Files

/// Cuts the text into the pieces that the model sees one by one: one case for each pre-tokenizer of the reference.
indirect enum PreTokenizer: Sendable {
  case byteLevel(addsSpace: Bool, splits: Bool)
  case whitespace
  case whitespaceSplit
  case bert
  case metaspace(replacement: ByteString, Prepend, splits: Bool)
  case split(Pattern, SplitBehaviour, inverted: Bool)
  case punctuation(SplitBehaviour)
  case digits(individual: Bool)
  case delimiter(UInt32)
  case unicodeScripts
  case fixedLength(Int)
  case sequence([PreTokenizer])

  /// Where Metaspace puts its mark in front: at every piece, at the text's first, nowhere.
  enum Prepend: String, CaseIterable, Sendable { case always, first, never }

  /// As the file names them.
  static let names = [
    "ByteLevel", "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "Metaspace", "Split", "Punctuation", "Digits",
    "CharDelimiterSplit", "UnicodeScripts", "FixedLength", "Sequence",
  ]

  /// GPT-2's pattern, which ByteLevel has built in.
  static let gpt2: ByteString = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  private static let gpt2Pattern = try! Pattern(regex: gpt2)
  private static let spacePattern = try! Pattern(literal: " ")

  func apply(_ text: inout AlignedText) {
    switch self {
    case .sequence(let parts): for part in parts { part.apply(&text) }
    case .byteLevel(let addsSpace, let splits):
      if addsSpace { text.prepend(" ") { bytes, _ in bytes[0] != 0x20 } }
      if splits { text.split(Self.gpt2Pattern, .Isolated, inverted: false) }
      text.writeBytesAsLetters()
    case .whitespace: text.splitWords()
    case .whitespaceSplit: text.split({ ScalarProperties.has(.space, $0) }, .Removed)
    case .bert:
      text.split({ ScalarProperties.has(.space, $0) }, .Removed)
      text.split({ ScalarProperties.has(.punctuation, $0) }, .Isolated)
    case .metaspace(let replacement, let prepend, let splits):
      text.replace(Self.spacePattern, with: replacement)
      if prepend != .never {
        text.prepend(replacement) { bytes, piece in
          (prepend == .always || piece.origin == 0) && !bytes.starts(with: replacement.bytes)
        }
      }
      if splits {
        let mark = UTF8Text.scalars(replacement.bytes)[0]
        text.split({ $0 == mark }, .MergedWithNext)
      }
    case .split(let pattern, let behaviour, let inverted): text.split(pattern, behaviour, inverted: inverted)
    case .punctuation(let behaviour): text.split({ ScalarProperties.has(.punctuation, $0) }, behaviour)
    case .digits(let individual):
      text.split({ ScalarProperties.has(.numeric, $0) }, individual ? .Isolated : .Contiguous)
    case .delimiter(let mark): text.split({ $0 == mark }, .Removed)
    case .unicodeScripts: text.splitScripts()
    case .fixedLength(let length): text.splitEvery(length)
    }
  }
}

extension AlignedText {
  mutating func split(_ pattern: Pattern, _ behaviour: SplitBehaviour, inverted: Bool) {
    var stretches: [SplitBehaviour.Stretch] = []
    split { bytes, _, cuts in
      pattern.stretches(in: bytes, into: &stretches)
      behaviour.cut(stretches, inverted: inverted, into: &cuts)
    }
  }

  mutating func split(_ isDelimiter: (UInt32) -> Bool, _ behaviour: SplitBehaviour) {
    var stretches: [SplitBehaviour.Stretch] = []
    split { bytes, _, cuts in
      bytes.stretches(isDelimiter, into: &stretches)
      behaviour.cut(stretches, inverted: false, into: &cuts)
    }
  }

  /// `\w+|[^\w\s]+`, what lies between removed.
  mutating func splitWords() {
    func kind(_ scalar: UInt32) -> Int {
      let flags = ScalarProperties.flags(scalar)
      return flags.contains(.word) ? 1 : flags.contains(.space) ? 0 : 2
    }
    split { bytes, _, cuts in
      var start = 0
      var at = 0
      var last = 0
      while at < bytes.count {
        let (scalar, length) = UTF8Text.decode(bytes, at)
        let kind = kind(scalar)
        if kind != last {
          if last != 0 { cuts.append(Cut(start: start, end: at)) }
          (start, last) = (at, kind)
        }
        at += length
      }
      if last != 0 { cuts.append(Cut(start: start, end: at)) }
    }
  }

  /// A new piece where the script changes; kana count as Han, as in SentencePiece. Characters that go with any script stay
  /// with what is before them; at the beginning of a piece they are lost, as in the reference.
  mutating func splitScripts() {
    let han = ScalarProperties.script(0x4E00)
    let kana = [ScalarProperties.script(0x3042), ScalarProperties.script(0x30A2)]
    split { bytes, _, cuts in
      var last: UInt16 = 0
      var start = -1
      var at = 0
      while at < bytes.count {
        let (scalar, length) = UTF8Text.decode(bytes, at)
        var script = scalar == 0x20 ? 0 : ScalarProperties.script(scalar)
        if kana.contains(script) || scalar == 0x30FC { script = han }
        if script != 0 {
          if script != last {
            if start >= 0 { cuts.append(Cut(start: start, end: at)) }
            start = at
          }
          last = script
        }
        at += length
      }
      if start >= 0 { cuts.append(Cut(start: start, end: at)) }
    }
  }

  mutating func splitEvery(_ length: Int) {
    split { bytes, _, cuts in
      var start = 0
      var count = 0
      for at in bytes.indices where bytes[at] & 0xC0 != 0x80 {
        if count == length {
          cuts.append(Cut(start: start, end: at))
          (start, count) = (at, 0)
        }
        count += 1
      }
      cuts.append(Cut(start: start, end: bytes.count))
    }
  }
}
