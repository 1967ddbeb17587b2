// The way in: token ids become vectors.

import Tensors

/// Token embedding, with learned positions, segments, a norm and a projection where the family has them.
public struct Embedding: Part {
  public let vocabulary: Int, width: Int
  /// [vocabulary, width]
  public let tokens: Parameter
  /// [rows, width], and the row of position 0 (2 in RoBERTa and BART).
  public let positions: Parameter?
  public private(set) var positionOffset: Int
  /// RoBERTa: tokens of this id stand on the row before position 0 and are not counted; the others are numbered as if they were not there.
  public let paddingID: Int?
  /// A second learned row: the place inside a filled blank (GLM).   [rows, width]
  public let blocks: Parameter?
  /// Positions that are computed, not learned (Transformer, 2017).
  public let sinusoid: Sinusoid?
  /// [segments, width]
  public let segments: Parameter?
  public let norm: (any Block)?
  public let projection: Projection?
  public let scale: Float
  public var keys = ""

  public init(
    vocabulary: Int, width: Int, positions: Int? = nil, positionOffset: Int = 0, paddingID: Int? = nil,
    sinusoid: Sinusoid? = nil, blocks: Int? = nil, segments: Int? = nil, norm: (any Block)? = nil, projection: Projection? = nil, scale: Float = 1,
    deviation: Float = 0.02
  ) {
    (self.sinusoid, self.paddingID) = (sinusoid, paddingID)
    (self.vocabulary, self.width, self.scale, self.positionOffset) = (vocabulary, width, scale, positionOffset)
    (self.norm, self.projection) = (norm, projection)
    tokens = Parameter(vocabulary, width, initial: .normal(deviation: deviation))
    self.positions = positions.map { Parameter($0, width) }
    self.segments = segments.map { Parameter($0, width) }
    self.blocks = blocks.map { Parameter($0, width) }
  }

  /// The same tables, the text beginning so many rows later.
  public func shifted(by rows: Int) -> Embedding {
    var copy = self
    copy.positionOffset += rows
    return copy
  }

  /// The same table under another name: a decoder that shares its encoder's embedding.
  public init(sharing other: Embedding) { self = other }

  public var role: Role { .embedding }
  public var title: String { positions == nil && sinusoid == nil ? "Token embedding" : "Token + position embedding" }
  public var detail: String { "\(vocabulary) × \(width)" }
  public var settings: [Setting] {
    [
      Setting("vocabulary", vocabulary), Setting("width", width), Setting("positions", positions?.shape[0] ?? 0),
      Setting("segments", segments?.shape[0] ?? 0), Setting("scale", scale),
    ] + (blocks.map { [Setting("blocks", $0.shape[0])] } ?? []) + (sinusoid.map { [Setting("sinusoid", $0.base)] } ?? [])
  }
  public var parts: [Child] {
    (norm.map { [Child("norm", $0)] } ?? []) + (projection.map { [Child("projection", $0)] } ?? [])
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    [("tokens", tokens)] + (positions.map { [("positions", $0)] } ?? []) + (blocks.map { [("blocks", $0)] } ?? [])
      + (segments.map { [("segments", $0)] } ?? [])
  }

  /// Of a long outline nobody looks up anything: its text may have millions of tokens.
  /// - Parameter shape: [batch, tokens]
  func outline(_ shape: Shape, _ run: Run) -> Tensor {
    var x = Tensor(outline: shape + [width], trace: run.trace)
    if let norm { x = norm(x, run) }
    if let projection { x = projection(x) }
    return x.named("embedding", run)
  }

  /// - Parameter ids: one row for each sequence, all of the same length.
  /// - Returns: [batch, tokens, width]
  public func callAsFunction(_ ids: [[Int]], segments given: [[Int]]? = nil, _ run: Run) -> Tensor {
    let shape = [ids.count, ids.first?.count ?? 0]
    if tokens.tensor.isOutline, run.trace.recording == nil { return outline(shape, run) }
    var x = Gather(ids.flatMap { $0.map(Int32.init) }, shape: shape).apply([tokens.tensor], trace: run.trace)
    if scale != 1 { x = x * scale }
    if let segments {
      let rows = given?.flatMap { $0.map(Int32.init) } ?? Array(repeating: 0, count: shape[0] * shape[1])
      x = x + Gather(rows, shape: shape).apply([segments.tensor], trace: run.trace)
    }
    if let positions, let paddingID {
      let rows = ids.flatMap { row -> [Int32] in
        var next = Int32(run.stream.past + positionOffset)
        return row.map { id in
          if id == paddingID { return Int32(positionOffset - 1) }
          defer { next += 1 }
          return next
        }
      }
      x = x + Gather(rows, shape: shape).apply([positions.tensor], trace: run.trace)
    } else if let positions {
      let rows = run.stream.positions.map { $0 + Int32(positionOffset) }
      let lead = run.stream.perSequence ? shape : [1, shape[1]]
      x = x + Gather(rows, shape: lead).apply([positions.tensor], trace: run.trace)
    }
    if let blocks {
      let rows = run.stream.blocks ?? Array(repeating: 0, count: run.stream.positions.count)
      x = x + Gather(rows, shape: run.stream.perSequence ? shape : [1, shape[1]]).apply([blocks.tensor], trace: run.trace)
    }
    if let sinusoid { x = x + sinusoid(run.stream.positions, shape: run.stream.perSequence ? shape : [1, shape[1]], outline: x.isOutline) }
    if let norm { x = norm(x, run) }
    if let projection { x = projection(x) }
    return x.named("embedding", run)
  }
}
