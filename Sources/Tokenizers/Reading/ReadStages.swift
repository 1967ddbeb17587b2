import Files

extension Normalizer {
  init(_ field: Field) throws(Field.Failure) {
    let type = try field.required("type")
    switch try type.text() {
    case "Sequence":
      var parts: [Normalizer] = []
      for part in try field.required("normalizers").array() { parts.append(try Normalizer(part)) }
      self = .sequence(parts)
    case "BertNormalizer", "Bert":
      let lowercases = try field.bool("lowercase", default: true)
      self = .bert(
        BertCleaning(
          cleans: try field.bool("clean_text", default: true),
          spacesChinese: try field.bool("handle_chinese_chars", default: true),
          stripsAccents: try field.bool("strip_accents", default: lowercases), lowercases: lowercases))
    case "NFC": self = .form(.NFC)
    case "NFD": self = .form(.NFD)
    case "NFKC": self = .form(.NFKC)
    case "NFKD": self = .form(.NFKD)
    case "Lowercase": self = .lowercase
    case "Strip":
      self = .strip(left: try field.bool("strip_left", default: true), right: try field.bool("strip_right", default: true))
    case "StripAccents": self = .stripAccents
    case "Replace": self = .replace(try field.required("pattern").pattern(), with: try field.required("content").text())
    case "Prepend": self = .prepend(try field.required("prepend").text())
    case "Nmt": self = .nmt
    case "ByteLevel": self = .byteLevel
    case "Precompiled":
      let map = try field.required("precompiled_charsmap")
      let text = try map.text()
      do throws(Charsmap.Problem) {
        self = .precompiled(try Charsmap(base64: text))
      } catch {
        switch error {
        case .notBase64: throw map.failure(.charsmap(.notBase64))
        case .tooShort: throw map.failure(.charsmap(.tooShort))
        case .replacementsNotUTF8: throw map.failure(.charsmap(.replacementsNotUTF8))
        }
      }
    case let name:
      throw type.failure(.unknownComponent(stage: "normalizer", name: name.string, supported: Normalizer.names))
    }
  }
}

extension PreTokenizer {
  init(_ field: Field) throws(Field.Failure) {
    let type = try field.required("type")
    switch try type.text() {
    case "Sequence":
      var parts: [PreTokenizer] = []
      for part in try field.required("pretokenizers").array() { parts.append(try PreTokenizer(part)) }
      self = .sequence(parts)
    case "ByteLevel":
      self = .byteLevel(
        addsSpace: try field.bool("add_prefix_space", default: true), splits: try field.bool("use_regex", default: true))
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit": self = .whitespaceSplit
    case "BertPreTokenizer": self = .bert
    case "Metaspace":
      let (replacement, prepend) = try PreTokenizer.metaspace(field)
      self = .metaspace(
        replacement: ByteString(bytes: UTF8Text.encode([replacement])), prepend, splits: try field.bool("split", default: true))
    case "Split":
      let behaviour: SplitBehaviour = try field.required("behavior").choice()
      self = .split(
        try field.required("pattern").pattern(), behaviour, inverted: try field.bool("invert", default: false))
    case "Punctuation": self = .punctuation(try field.optional("behavior")?.choice() ?? .Isolated)
    case "Digits": self = .digits(individual: try field.bool("individual_digits", default: false))
    case "CharDelimiterSplit", "Delimiter": self = .delimiter(try field.required("delimiter").character())
    case "UnicodeScripts": self = .unicodeScripts
    case "FixedLength":
      let length = try field.optional("length")?.natural() ?? 5
      guard length > 0 else { throw field.failure(.notPositive(length)) }
      self = .fixedLength(length)
    case let name:
      throw type.failure(.unknownComponent(stage: "pre-tokenizer", name: name.string, supported: PreTokenizer.names))
    }
  }

  /// The mark and where it is put; old files say `add_prefix_space` instead of a scheme.
  static func metaspace(_ field: Field) throws(Field.Failure) -> (UInt32, Prepend) {
    let replacement = try field.optional("replacement")?.character() ?? 0x2581
    let scheme: Prepend? = try field.optional("prepend_scheme")?.choice()
    let addsSpace = try field.optional("add_prefix_space")?.bool()
    if addsSpace == false, let scheme, scheme != .never {
      throw field.failure(
        .contradiction("\"add_prefix_space\": false contradicts \"prepend_scheme\": \"\(scheme.rawValue)\"; remove one of the two"))
    }
    return (replacement, scheme ?? (addsSpace == false ? .never : .always))
  }
}

extension Decoder {
  init(_ field: Field) throws(Field.Failure) {
    let type = try field.required("type")
    switch try type.text() {
    case "Sequence":
      var parts: [Decoder] = []
      for part in try field.required("decoders").array() { parts.append(try Decoder(part)) }
      self = .sequence(parts)
    case "ByteLevel": self = .byteLevel
    case "WordPiece":
      self = .wordPiece(prefix: try field.optional("prefix")?.text() ?? "##", cleansUp: try field.bool("cleanup", default: true))
    case "Metaspace":
      let (replacement, prepend) = try PreTokenizer.metaspace(field)
      self = .metaspace(replacement: replacement, dropsFirst: prepend != .never)
    case "BPEDecoder": self = .bytePair(suffix: try field.optional("suffix")?.text() ?? "</w>")
    case "ByteFallback": self = .byteFallback
    case "Fuse": self = .fuse
    case "Strip":
      self = .strip(
        try field.required("content").character(), start: try field.required("start").natural(),
        stop: try field.required("stop").natural())
    case "Replace": self = .replace(try field.required("pattern").pattern(), with: try field.required("content").text())
    case "CTC":
      self = .ctc(
        pad: try field.optional("pad_token")?.text() ?? "<pad>",
        delimiter: try field.optional("word_delimiter_token")?.text() ?? "|", cleansUp: try field.bool("cleanup", default: true))
    case let name: throw type.failure(.unknownComponent(stage: "decoder", name: name.string, supported: Decoder.names))
    }
  }
}
