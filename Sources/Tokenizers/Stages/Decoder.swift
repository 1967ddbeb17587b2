import Files

/// Turns tokens back into text: one case for each decoder of the reference. Each takes the list of token texts and gives a new one.
indirect enum Decoder: Sendable {
  case byteLevel
  case wordPiece(prefix: ByteString, cleansUp: Bool)
  case metaspace(replacement: UInt32, dropsFirst: Bool)
  case bytePair(suffix: ByteString)
  case byteFallback
  case fuse
  case strip(UInt32, start: Int, stop: Int)
  case replace(Pattern, with: ByteString)
  case ctc(pad: ByteString, delimiter: ByteString, cleansUp: Bool)
  case sequence([Decoder])

  /// As the file names them.
  static let names = [
    "ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "ByteFallback", "Fuse", "Strip", "Replace", "CTC", "Sequence",
  ]

  /// The parts of the text. They may hold bytes that are no UTF-8 only between ByteLevel and the end; `Tokenizer` repairs them.
  func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .sequence(let parts): return parts.reduce(tokens) { $1.apply($0) }
    case .byteLevel: return [UTF8Text.repaired(tokens.flatMap(Self.bytes))]
    case .fuse: return [tokens.flatMap { $0 }]
    case .wordPiece(let prefix, let cleansUp):
      return tokens.enumerated().map { i, token in
        var text = token
        if i > 0 { text = token.starts(with: prefix.bytes) ? Array(token.dropFirst(prefix.count)) : [0x20] + token }
        return cleansUp ? Self.cleaned(text) : text
      }
    case .metaspace(let replacement, let dropsFirst):
      return tokens.enumerated().map { i, token in
        UTF8Text.encode(
          UTF8Text.scalars(token).compactMap { $0 == replacement ? (i == 0 && dropsFirst ? nil : 0x20) : $0 })
      }
    case .bytePair(let suffix):
      return tokens.enumerated().map { i, token in
        Self.replaced(suffix.bytes, by: i == tokens.count - 1 ? [] : [0x20], in: token)
      }
    case .byteFallback: return Self.joinedBytes(tokens)
    case .strip(let mark, let start, let stop):
      return tokens.map { token in
        let scalars = UTF8Text.scalars(token)
        let first = scalars.prefix(start).prefix { $0 == mark }.count
        let last = scalars.reversed().prefix(stop).prefix { $0 == mark }.count
        return first + last <= scalars.count ? UTF8Text.encode(Array(scalars[first..<scalars.count - last])) : []
      }
    case .replace(let pattern, let content):
      return tokens.map { token in
        var result: [UInt8] = []
        token.withUnsafeBufferPointer { bytes in
          var last = 0
          guard !bytes.isEmpty else { return }
          pattern.matches(in: bytes) { start, end in
            result += bytes[last..<start]
            result += content.bytes
            last = end
          }
          result += bytes[last...]
        }
        return result
      }
    case .ctc(let pad, let delimiter, let cleansUp):
      var result: [[UInt8]] = []
      for (i, token) in tokens.enumerated() where i == 0 || token != tokens[i - 1] {
        var text = Self.replaced(pad.bytes, by: [], in: token)
        if cleansUp { text = Self.replaced(delimiter.bytes, by: [0x20], in: Self.cleaned(text)) }
        if !text.isEmpty { result.append(text) }
      }
      return result
    }
  }

  /// The bytes that a byte-level token writes; a token with other letters stands for itself.
  static func bytes(_ token: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(token.count)
    for scalar in UTF8Text.scalars(token) {
      guard let byte = ByteLetters.byte(of: scalar) else { return token }
      result.append(byte)
    }
    return result
  }

  /// `<0xE4>` and its neighbours, together; bytes that are no UTF-8 become one U+FFFD each.
  private static func joinedBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      guard !run.isEmpty else { return }
      if run.withUnsafeBufferPointer(UTF8Text.isValid) {
        result.append(run)
      } else {
        result += [[UInt8]](repeating: UTF8Text.encode([0xFFFD]), count: run.count)
      }
      run = []
    }
    for token in tokens {
      if let byte = byte(token) {
        run.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: [0x3C, 0x30, 0x78]), token[5] == 0x3E else { return nil }
    guard token[3] != 0x2D else { return nil }
    return UInt8(String(decoding: token[3...4], as: UTF8.self), radix: 16)
  }

  private static func replaced(_ old: [UInt8], by new: [UInt8], in text: [UInt8]) -> [UInt8] {
    guard !old.isEmpty, text.count >= old.count else { return old.isEmpty ? between(new, text) : text }
    var result: [UInt8] = []
    var at = 0
    while at < text.count {
      if text[at] == old[0], text[at...].starts(with: old) {
        result += new
        at += old.count
      } else {
        result.append(text[at])
        at += 1
      }
    }
    return result
  }

  /// Replacing nothing puts the new text before, between and after all characters.
  private static func between(_ new: [UInt8], _ text: [UInt8]) -> [UInt8] {
    var result = new
    for scalar in UTF8Text.scalars(text) {
      UTF8Text.append(scalar, to: &result)
      result += new
    }
    return result
  }

  /// English spacing that WordPiece lost.
  private static func cleaned(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(0x20) else { return text }
    return cleanings.reduce(text) { replaced($1.0, by: $1.1, in: $0) }
  }

  private static let cleanings: [([UInt8], [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"),
    (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
}
