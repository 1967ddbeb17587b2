// Blank infilling as GLM reads it (Du et al. 2021, 2103.10360): the text with its blanks, then the blanks' contents one after the other.
// It puts together what the model reads; masks and positions are the model's.

import Blocks

/// One example of autoregressive blank infilling: ids, positions in two dimensions, the prefix that all may see, and the targets.
public struct BlankFilling: Sendable {
  /// The corrupted text, then each span behind a start token.
  public let ids: [Int]
  /// Place in the corrupted text; everything of a span stands where its blank stands.
  public let positions: [Int32]
  /// 0 in the text; 1, 2, 3, … inside a span.
  public let blocks: [Int32]
  /// Length of the corrupted text: its tokens see each other both ways. The start token is the first that is read causally.
  public let prefix: Int
  /// What each place is to say; nil in the text.
  public let targets: [Int?]

  /// - Parameters:
  ///   - spans: ranges of the text, in its order and apart.
  ///   - order: the order in which they are filled; nil: as they stand.
  ///   - blank, start, end: the ids of `[MASK]`, `sop` and `eop`.
  public init(_ text: [Int], spans: [Range<Int>], order: [Int]? = nil, blank: Int, start: Int, end: Int) {
    var read: [Int] = [], places: [Int] = [], next = 0
    for span in spans {
      read += text[next..<span.lowerBound]
      places.append(read.count)
      read.append(blank)
      next = span.upperBound
    }
    read += text[next...]
    prefix = read.count
    var ids = read, positions = (0..<Int32(read.count)).map { $0 }, blocks = Array(repeating: Int32(0), count: read.count)
    var targets = Array(repeating: Int?.none, count: read.count)
    for index in order ?? Array(spans.indices) {
      let content = Array(text[spans[index]])
      ids += [start] + content
      positions += Array(repeating: Int32(places[index]), count: content.count + 1)
      blocks += (1...Int32(content.count + 1)).map { $0 }
      targets += (content + [end]).map { $0 }
    }
    (self.ids, self.positions, self.blocks, self.targets) = (ids, positions, blocks, targets)
  }

  /// What the model reads, from a place on: all at once, or the text first and then token by token.
  public func input(_ range: Range<Int>? = nil) -> Architecture.Input {
    let range = range ?? 0..<ids.count
    var input = Architecture.Input([Array(ids[range])], positions: Array(positions[range]))
    input.blocks = Array(blocks[range])
    return input
  }
}
