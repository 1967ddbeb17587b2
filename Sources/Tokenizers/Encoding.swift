import Files

/// A text as tokens. All arrays have one element for each token.
public struct Encoding: Sendable, Equatable {
  public var ids: [Int] = []
  /// The tokens as the vocabulary writes them ("Ġthe", "▁the", "##ing").
  public var tokens: [ByteString] = []
  /// Which bytes of the original text a token covers; empty, at 0, for one that was put around it.
  public var offsets: [Range<Int>] = []
  /// Whether the post-processor put the token there ([CLS], <s>). One that stood in the text itself is not marked.
  public var isSpecial: [Bool] = []
  /// 0 for the first text and 1 for the second, or what the file's template says.
  public var typeIDs: [Int] = []

  public init() {}

  public var count: Int { ids.count }

  mutating func append(id: Int, token: ByteString, offset: Range<Int>, special: Bool, type: Int) {
    ids.append(id)
    tokens.append(token)
    offsets.append(offset)
    isSpecial.append(special)
    typeIDs.append(type)
  }

  mutating func append(_ other: Encoding) {
    ids += other.ids
    tokens += other.tokens
    offsets += other.offsets
    isSpecial += other.isSpecial
    typeIDs += other.typeIDs
  }
}
