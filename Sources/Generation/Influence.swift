// Who has heard of whom: each token of a text is changed in turn, and every row that moves, of every layer, has heard of it by whatever way.
// Beside it stands what the masks declare. Measured with forwards alone, so it holds for every family; it does not say why a row moved.

import Blocks
import Tensors

/// The influence of every token on every row of the stream.
public struct Influence: Sendable {
  /// A table for one place of the stream: rows are the tokens that are computed, columns the tokens that were changed.
  public struct Table: Sendable {
    /// `layers.3.residual`, or the last: `logits`, or `hidden` where there is no head.
    public let name: String
    /// How far a row moved, as a share of its own length; exactly 0 where it did not.
    public let change: [[Float]]
    /// What the masks of the layers so far let through; nil if a layer mixes tokens by something of which no mask is known.
    public let declared: [[Bool]]?

    public var moved: [[Bool]] { change.map { $0.map { $0 > 0 } } }
    /// Rows that moved although every way was closed.
    public var leaks: Int { count { moved, open in moved && !open } }
    /// Rows that stood still although a way was open.
    public var still: Int { count { moved, open in !moved && open } }

    private func count(_ matches: (Bool, Bool) -> Bool) -> Int {
      guard let declared else { return 0 }
      return zip(moved, declared).reduce(0) { sum, rows in sum + zip(rows.0, rows.1).filter { matches($0, $1) }.count }
    }
  }

  public let tables: [Table]
  /// The mask of each layer in words.
  public let masks: [String]

  /// - Parameters:
  ///   - ids: the text; of an encoder–decoder with `decoder` nil the source, whose encoder is looked at.
  ///   - decoder: what the decoder of an encoder–decoder reads: its tokens are changed, and its stack is looked at.
  ///   - mask: stands for every mask of self-attention.
  ///   - prefix: tokens that a prefix model reads both ways; nil: all.
  /// - Throws: `Fault` of a forward that cannot run.
  public init(_ architecture: Architecture, _ ids: [Int], decoder: [Int]? = nil, mask: Mask? = nil, prefix: Int? = nil, stop: Trace? = nil) throws {
    let stack = architecture.encoder == nil ? "" : decoder == nil ? "encoder." : "decoder."
    let layers = architecture.stacks[stack == "decoder." ? 1 : 0].layers.layers
    let changed = stack == "decoder." ? decoder! : ids, n = changed.count
    let declared = layers.map { Influence.mask(of: $0, architecture, replaced: mask)?.reading(prefix: prefix ?? n) }
    masks = declared.map { $0?.described ?? "no mask" }

    /// Rows of the watched tensors for one text.
    func rows(_ text: [Int]) throws -> [(name: String, tensor: Tensor)] {
      let run = Run(trace: stop ?? Trace(), keepsMemory: false, watch: .matching(["\(stack)layers.*.residual"]))
      (run.mask, run.prefix) = (mask, prefix)
      if architecture.encoder != nil { architecture.encode(Architecture.Input([stack == "decoder." ? ids : text]), run) }
      var last: Tensor?
      if stack != "encoder." {
        let input = Architecture.Input([text])
        last = try architecture.head == nil ? architecture.hidden(input, run).checked() : architecture(input, run)
      } else {
        last = try run.source?.checked()
      }
      let depth = stack.isEmpty ? 3 : 4
      let seen = run.seen.filter { $0.name.split(separator: ".").count == depth }.map { (name: $0.name, tensor: $0.tensor.untracked) }
      return seen + (last.map { [(name: stack == "encoder." ? "encoder.output" : architecture.head == nil ? "hidden" : "logits", tensor: $0.untracked)] } ?? [])
    }

    let before = try rows(changed)
    var change = before.map { _ in Array(repeating: Array(repeating: Float(0), count: n), count: n) }
    for j in 0..<n {
      var other = changed
      other[j] = architecture.neighbour(of: changed[j])
      for (place, pair) in zip(before, try rows(other)).enumerated() {
        let (x, y) = (pair.0.tensor.values, pair.1.tensor.values), width = x.count / n
        for i in 0..<n {
          var difference: Float = 0, length: Float = 0
          for k in (i * width)..<((i + 1) * width) where x[k] != y[k] || x[k] != 0 {
            difference += (x[k] - y[k]) * (x[k] - y[k])
            length += x[k] * x[k]
          }
          change[place][i][j] = difference == 0 ? 0 : (difference / max(length, .leastNormalMagnitude)).squareRoot()
        }
      }
    }

    var reach: [[Bool]]? = (0..<n).map { i in (0..<n).map { $0 == i } }
    var found: [Table] = []
    for (place, row) in before.enumerated() {
      // Behind the last layer each token goes its own way: what is open stays as it is.
      if place < declared.count {
        if let mask = declared[place], let now = reach {
          reach = (0..<n).map { i in
            (0..<n).map { j in now[i][j] || (0..<n).contains { mask.allows(i, $0) && now[$0][j] } }
          }
        } else {
          reach = nil
        }
      }
      found.append(Table(name: row.name, change: change[place], declared: reach))
    }
    tables = found
  }

  /// What a layer declares about who may hear whom: the masks of its attention; what reads from left to right is causal.
  static func mask(of layer: any Part, _ architecture: Architecture, replaced: Mask?) -> Mask? {
    var masks: [Mask] = []
    layer.walk { _, part in
      switch part {
      case let attention as Attention where attention.source == .own: masks.append(replaced ?? attention.mask)
      case let latent as LatentAttention: masks.append(replaced ?? latent.mask)
      default:
        // A stack that reads to the left and to the right (ELMo) is an encoder.
        if part.role == .stateSpace, !(part is Projection) { masks.append(architecture.family == .encoder ? .bidirectional : .causal) }
      }
    }
    guard let first = masks.first else { return nil }
    return masks.dropFirst().reduce(first) { $0 == $1 ? $0 : $0 | $1 }
  }
}

extension Architecture {
  /// Another token to put in a token's place: the next one, but not one that stands for padding.
  func neighbour(of id: Int) -> Int {
    let size = max(1, embedding.vocabulary), next = (id + 1) % size
    return next == embedding.paddingID ? (id + 2) % size : next
  }
}
