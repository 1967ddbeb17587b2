import Files

/// A published tokenizer, as `tokenizer.json` describes it: text to tokens and back, like Hugging Face's `tokenizers`.
///
/// The stages are values and run in the order of the file: added tokens, normaliser, pre-tokenizer, model, post-processor;
/// backwards the decoder. Padding and truncation in the file are not applied. Nothing here depends on a family's name.
public struct Tokenizer: Sendable {
  let model: TokenModel
  let added: AddedTokens
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let postProcessor: PostProcessor?
  let decoder: Decoder?
  /// Tokens with a role ("mask_token", "eos_token", …), where the folder's settings name them.
  public internal(set) var roles = TokenRoles()

  /// Encodes a text. Bytes that are not UTF-8 count as U+FFFD, and offsets then refer to the repaired text.
  public func encode(_ text: some Sequence<UInt8>, addSpecial: Bool = true) -> Encoding {
    finish([sequence(Array(text), type: 0)], addSpecial: addSpecial)
  }

  public func encode(_ text: String, addSpecial: Bool = true) -> Encoding { encode(text.utf8, addSpecial: addSpecial) }

  /// Encodes two texts as one sequence (question and answer, premise and hypothesis).
  public func encode(pair first: String, _ second: String, addSpecial: Bool = true) -> Encoding {
    finish([sequence(Array(first.utf8), type: 0), sequence(Array(second.utf8), type: 1)], addSpecial: addSpecial)
  }

  private func finish(_ texts: [Encoding], addSpecial: Bool) -> Encoding {
    let parts = postProcessor?.apply(texts, addSpecial: addSpecial) ?? texts
    guard parts.count != 1 else { return parts[0] }
    return parts.reduce(into: Encoding()) { $0.append($1) }
  }

  private func sequence(_ raw: [UInt8], type: Int) -> Encoding {
    var text = added.extract(UTF8Text.repaired(raw), normalizer: normalizer)
    preTokenizer?.apply(&text)
    var result = Encoding()
    var scratch = MergeScratch()
    var tokens: [ModelToken] = []
    text.bytes.withUnsafeBufferPointer { all in
      for piece in text.pieces {
        tokens.removeAll(keepingCapacity: true)
        if piece.isText {
          model.tokenize(UnsafeBufferPointer(rebasing: all[piece.start..<piece.end]), &scratch, into: &tokens)
        } else {
          tokens.append(ModelToken(id: UInt32(piece.token), start: 0, end: piece.end - piece.start, text: .covered))
        }
        for token in tokens {
          let (start, end) = (piece.start + token.start, piece.start + min(token.end, piece.end - piece.start))
          let name = token.text == .covered ? ByteString(bytes: Array(all[start..<end])) : model.vocabulary.token(token.id)
          let from = start < end ? Int(text.lower[start]) : piece.origin
          let to = start < end ? Int(text.upper[end - 1]) : from
          result.append(id: Int(token.id), token: name ?? "", offset: from..<max(from, to), special: false, type: type)
        }
      }
    }
    return result
  }

  /// The text of ids; ids that no token has are passed over, special tokens are left out unless asked for.
  public func decode(_ ids: some Sequence<Int>, skipSpecial: Bool = true) -> String {
    String(decoding: decodeBytes(ids, skipSpecial: skipSpecial), as: UTF8.self)
  }

  /// The text as UTF-8.
  public func decodeBytes(_ ids: some Sequence<Int>, skipSpecial: Bool = true) -> [UInt8] {
    var tokens: [[UInt8]] = []
    for id in ids {
      guard let token = decoded(id), !(skipSpecial && added.isSpecial(token)) else { continue }
      tokens.append(token.bytes)
    }
    guard let decoder else { return Array(tokens.joined(separator: [0x20])) }
    return decoder.apply(tokens).flatMap { $0 }
  }

  private func decoded(_ id: Int) -> ByteString? {
    added.decoded(id) ?? UInt32(exactly: id).flatMap(model.vocabulary.token)
  }

  /// The id of a token, written as the vocabulary writes it ("Ġthe"), or nil.
  public func id(of token: ByteString) -> Int? { added.ids[token] ?? model.vocabulary.id(of: token).map(Int.init) }
  public func id(of token: String) -> Int? { id(of: ByteString(token)) }

  /// The token of an id, or nil when no token has it.
  public func token(_ id: Int) -> ByteString? {
    added.byID[id]?.content ?? UInt32(exactly: id).flatMap(model.vocabulary.token)
  }

  /// Different tokens, added ones included. Ids may go beyond it where a vocabulary has gaps: see `idLimit`.
  public var vocabularySize: Int { model.size + added.ids.keys.count { model.vocabulary.id(of: $0) == nil } }

  /// One more than the greatest id.
  public var idLimit: Int { max(model.vocabulary.greatestID.map { Int($0) + 1 } ?? 0, (added.byID.keys.max() ?? -1) + 1) }

  /// The added tokens, by id.
  public var addedTokens: [AddedToken] { added.byID.values.sorted { $0.id < $1.id } }

  /// "BPE", "WordPiece", "Unigram" or "WordLevel".
  public var kind: String { model.name }
}
