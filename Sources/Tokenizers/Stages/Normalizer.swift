import Files

/// Rewrites the text before it is cut: one case for each normaliser that the reference has.
indirect enum Normalizer: Sendable {
  case bert(BertCleaning)
  case form(NormalForm)
  case lowercase
  case strip(left: Bool, right: Bool)
  case stripAccents
  case replace(Pattern, with: ByteString)
  case prepend(ByteString)
  case precompiled(Charsmap)
  case nmt
  case byteLevel
  case sequence([Normalizer])

  /// As the file names them.
  static let names = [
    "BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Replace", "Prepend", "Precompiled",
    "Nmt", "ByteLevel", "Sequence",
  ]

  func apply(_ text: inout AlignedText) {
    switch self {
    case .sequence(let parts): for part in parts { part.apply(&text) }
    case .bert(let cleaning): cleaning.apply(&text)
    case .form(let form): text.normalize(form)
    case .lowercase: text.lowercase()
    case .strip(let left, let right): text.strip(left: left, right: right)
    case .stripAccents: text.filter { !ScalarProperties.has(.combiningMark, $0) }
    case .replace(let pattern, let content): text.replace(pattern, with: content)
    case .prepend(let prefix): text.prepend(prefix)
    case .precompiled(let charsmap): charsmap.apply(&text)
    case .nmt:
      text.filter { !Nmt.drops($0) }
      text.map { Nmt.becomesSpace($0) ? 0x20 : $0 }
    case .byteLevel: text.writeBytesAsLetters()
    }
  }
}

/// What the training of Google's translation models removed and blanked (SentencePiece's "nmt" rules).
private enum Nmt {
  static func drops(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: true
    default: false
    }
  }

  static func becomesSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: true
    default: false
    }
  }
}

/// BERT's basic cleaning: no control characters, plain spaces, spaces around Chinese characters, no accents, lower case.
struct BertCleaning: Sendable {
  var cleans: Bool
  var spacesChinese: Bool
  var stripsAccents: Bool
  var lowercases: Bool

  func apply(_ text: inout AlignedText) {
    if cleans {
      text.filter { !ScalarProperties.has(.dropped, $0) }
      text.map { ScalarProperties.has(.space, $0) ? 0x20 : $0 }
    }
    if spacesChinese {
      text.rewrite(where: { bytes, _ in bytes.contains { $0 >= 0xE3 } }) { writer, bytes in
        bytes.forEachScalar { scalar in
          if Self.isChinese(scalar) {
            writer.put([0x20, scalar, 0x20], first: 0)
          } else {
            writer.put(scalar, 0)
          }
        }
      }
    }
    if stripsAccents {
      text.normalize(.NFD)
      text.filter { !ScalarProperties.has(.accent, $0) }
    }
    if lowercases { text.lowercase() }
  }

  /// The blocks of Chinese characters that BERT lists; kana and Hangul are left as they are.
  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
      0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
