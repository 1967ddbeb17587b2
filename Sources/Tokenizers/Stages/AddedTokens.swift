import Files

/// A token that is found in the text before the model sees it.
public struct AddedToken: Sendable, Equatable {
  public let content: ByteString
  public let id: Int
  /// Left out when decoding.
  public let isSpecial: Bool
  /// Takes the white space on that side with it.
  let stripsLeft: Bool
  let stripsRight: Bool
  /// Does not count inside a word.
  let standsAlone: Bool
  /// Is looked for in the normalised text, in its own normalised form.
  let isNormalized: Bool
}

/// The added tokens of a tokenizer: finds them, leftmost and longest, as the reference's automaton does.
struct AddedTokens: Sendable {
  /// By content.
  private(set) var ids: [ByteString: Int] = [:]
  private(set) var byID: [Int: AddedToken] = [:]
  private var specials: Set<ByteString> = []
  /// What a token is looked for as, where its normalised form differs.
  private var normalizedForms: [Int: ByteString] = [:]
  private var plain = ByteTrie(capacity: 0)
  private var normalized = ByteTrie(capacity: 0)
  private var plainStarts = [Bool](repeating: false, count: 256)
  private var normalizedStarts = [Bool](repeating: false, count: 256)

  var isEmpty: Bool { byID.isEmpty }

  /// What the file says of a token; its id there is not used: a token has the model's id, or the next free one.
  struct Entry {
    var content: ByteString
    var isSpecial: Bool
    var stripsLeft: Bool
    var stripsRight: Bool
    var standsAlone: Bool
    var isNormalized: Bool
  }

  init(_ entries: [Entry], model: TokenModel, normalizer: Normalizer?) {
    var next = model.size
    for entry in entries where !entry.content.isEmpty {
      let id: Int
      if let known = ids[entry.content] ?? model.vocabulary.id(of: entry.content).map(Int.init) {
        id = known
      } else {
        id = next
        next += 1
      }
      let token = AddedToken(
        content: entry.content, id: id, isSpecial: entry.isSpecial, stripsLeft: entry.stripsLeft,
        stripsRight: entry.stripsRight, standsAlone: entry.standsAlone, isNormalized: entry.isNormalized)
      ids[token.content] = id
      if token.isSpecial { specials.insert(token.content) }
      if token.isNormalized, let normalizer {
        var text = AlignedText(token.content.bytes)
        normalizer.apply(&text)
        let form = ByteString(bytes: text.bytes)
        if form != token.content { normalizedForms[id] = form }
      }
      byID[id] = token
    }
    for (id, token) in byID.sorted(by: { $0.key < $1.key }) {
      let form = token.isNormalized ? normalizedForms[id] ?? token.content : token.content
      guard let first = form.bytes.first else { continue }
      if token.isNormalized {
        normalized.insert(form.bytes, Int32(id))
        normalizedStarts[Int(first)] = true
      } else {
        plain.insert(form.bytes, Int32(id))
        plainStarts[Int(first)] = true
      }
    }
  }

  /// The text that a token stands for when it is decoded: its normalised form, which the decoder knows how to undo.
  func decoded(_ id: Int) -> ByteString? { byID[id].map { normalizedForms[id] ?? $0.content } }

  func isSpecial(_ text: ByteString) -> Bool { specials.contains(text) }

  /// Cuts the text at its added tokens: the plain ones first, then, in what is left, normalised, the normalised ones.
  func extract(_ bytes: [UInt8], normalizer: Normalizer?) -> AlignedText {
    var text = AlignedText(bytes)
    if plainStarts.contains(true) { text.split { bytes, _, cuts in find(bytes, plain, plainStarts, &cuts) } }
    normalizer?.apply(&text)
    if normalizedStarts.contains(true) { text.split { bytes, _, cuts in find(bytes, normalized, normalizedStarts, &cuts) } }
    return text
  }

  private func find(_ text: UnsafeBufferPointer<UInt8>, _ trie: ByteTrie, _ starts: [Bool], _ cuts: inout [AlignedText.Cut]) {
    var covered = 0
    var at = 0
    while at < text.count {
      guard starts[Int(text[at])], let found = trie.longest(text, from: at), let token = byID[Int(found.value)] else {
        at += 1
        continue
      }
      var (start, end) = (at, found.end)
      // A match that does not count is passed over whole.
      at = end
      if token.standsAlone {
        let before = start > 0 && isWord(text, UTF8Text.before(text, start))
        let after = end < text.count && isWord(text, end)
        if before || after { continue }
      }
      if token.stripsLeft {
        while start > 0, isSpace(text, UTF8Text.before(text, start)) { start = UTF8Text.before(text, start) }
        start = max(start, covered)
      }
      if token.stripsRight { while end < text.count, isSpace(text, end) { end += UTF8Text.length(text[end]) } }
      if covered < start { cuts.append(.init(start: covered, end: start)) }
      cuts.append(.init(start: start, end: end, token: token.id))
      covered = end
    }
    if covered != text.count { cuts.append(.init(start: covered, end: text.count)) }
  }

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    ScalarProperties.has(.word, UTF8Text.decode(text, at).scalar)
  }

  private func isSpace(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    ScalarProperties.has(.space, UTF8Text.decode(text, at).scalar)
  }
}
