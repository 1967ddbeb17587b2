import Files

/// One token of a piece: its id, how many bytes of the piece it covers, and its text where that is not the vocabulary's.
struct ModelToken {
  enum Text: Equatable {
    /// As the vocabulary has it.
    case entry
    /// The bytes that it covers (Unigram names an unknown stretch by itself).
    case covered
  }
  var id: UInt32
  var start: Int
  var end: Int
  var text: Text = .entry
}

/// The part of a tokenizer that turns a piece of text into tokens.
enum TokenModel: Sendable {
  case bytePair(BytePairModel)
  case wordPiece(WordPieceModel)
  case unigram(UnigramModel)
  case wordLevel(WordLevelModel)

  /// As the file names them.
  static let names = ["BPE", "WordPiece", "Unigram", "WordLevel"]

  var name: String {
    switch self {
    case .bytePair: "BPE"
    case .wordPiece: "WordPiece"
    case .unigram: "Unigram"
    case .wordLevel: "WordLevel"
    }
  }

  var vocabulary: ByteTable {
    switch self {
    case .bytePair(let m): m.vocabulary
    case .wordPiece(let m): m.vocabulary
    case .unigram(let m): m.vocabulary
    case .wordLevel(let m): m.vocabulary
    }
  }

  /// How many entries the file's vocabulary has; for Unigram repetitions count.
  var size: Int { if case .unigram(let m) = self { m.scores.count } else { vocabulary.count } }

  /// Appends the tokens of a piece. What cannot be written, for want of an unknown token, is left out.
  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, _ scratch: inout MergeScratch, into tokens: inout [ModelToken]) {
    switch self {
    case .bytePair(let m): m.tokenize(piece, &scratch, into: &tokens)
    case .wordPiece(let m): m.tokenize(piece, into: &tokens)
    case .unigram(let m): m.tokenize(piece, into: &tokens)
    case .wordLevel(let m): m.tokenize(piece, into: &tokens)
    }
  }
}

/// One token for each piece that the vocabulary knows.
struct WordLevelModel: Sendable {
  let vocabulary: ByteTable
  let unknown: UInt32?

  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) {
    if let id = vocabulary.id(of: piece) ?? unknown { tokens.append(ModelToken(id: id, start: 0, end: piece.count)) }
  }
}

/// Greedy longest match from the left; continuations carry a prefix (Schuster and Nakajima 2012; BERT). Entries are whole
/// characters, so the longest match of bytes ends between two.
struct WordPieceModel: Sendable {
  let vocabulary: ByteTable
  let unknown: UInt32?
  /// Longer pieces, in characters, are unknown as a whole.
  let longest: Int
  private let trie: ByteTrie
  /// Where continuations begin in the trie.
  private let continuation: Int?

  init(vocabulary: ByteTable, unknown: UInt32?, prefix: ByteString, longest: Int) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.longest = longest
    var trie = ByteTrie(capacity: vocabulary.count)
    vocabulary.forEach { bytes, id in trie.insert(bytes, Int32(bitPattern: id)) }
    self.trie = trie
    continuation = trie.node(prefix.bytes)
  }

  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) {
    let before = tokens.count
    var at = 0
    var isKnown = piece.count <= longest || piece.count { $0 & 0xC0 != 0x80 } <= longest
    while isKnown, at < piece.count {
      let node = at == 0 ? 0 : continuation
      if let node, let found = trie.longest(piece, from: at, node: node) {
        tokens.append(ModelToken(id: UInt32(bitPattern: found.value), start: at, end: found.end))
        at = found.end
      } else {
        isKnown = false
      }
    }
    if !isKnown {
      tokens.removeLast(tokens.count - before)
      if let unknown { tokens.append(ModelToken(id: unknown, start: 0, end: piece.count)) }
    }
  }
}
