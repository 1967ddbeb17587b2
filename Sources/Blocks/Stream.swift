// The tokens of one forward: how many, where they stand in the text, and which of them are real.

/// Where the tokens of a forward stand.
public struct Stream: Sendable {
  public var batch = 1, count = 0, past = 0
  public var padding: [[Bool]]?
  /// Positions for position schemes: one list for all sequences, or one after the other for each.
  public var positions: [Int32] = []
  public var perSequence = false
  /// Place of every token inside a filled blank, 0 in the text (GLM's second dimension), as `positions` are given; nil: all 0.
  public var blocks: [Int32]?
  /// Places in the text, for masks: the same for every sequence.
  public var order = Places(from: 0, count: 0)

  init() {}
  init(batch: Int, count: Int, past: Int, padding: [[Bool]]?, positions: [Int32]?) {
    (self.batch, self.count, self.past, self.padding) = (batch, count, past, padding)
    order = Places(from: past, count: count)
    self.positions = positions ?? (0..<Int32(count)).map { Int32(past) + $0 }
    perSequence = positions != nil && batch > 1 && positions!.count == batch * count
  }
  /// First position that no token has taken yet.
  public var end: Int { past + count }
}
