// An inset: what is inside one box of the stream, as a small flow of operations from bottom to top.
// A flow names rows, columns and arrows; the layouts (drawing, terminal) turn them into places.

/// "Inside attention".
public struct Inset: Equatable, Sendable {
  public var id: String
  public var title: String
  /// Ids of the boxes that it shows the inside of; the first gets the dotted line.
  public var boxes: [String]
  public var kind: Kind
  /// Trainable numbers in one copy; nil if it has none of its own.
  public var parameters: Int?
  public var flow: Flow

  public init(_ id: String, _ title: String, of boxes: [String], _ kind: Kind, parameters: Int? = nil, flow: Flow) {
    (self.id, self.title, self.boxes) = (id, title, boxes)
    (self.kind, self.parameters, self.flow) = (kind, parameters, flow)
  }
}

/// Operations in rows, bottom to top, and arrows between them.
public struct Flow: Equatable, Sendable {
  public var rows: [[Node]]
  public var arrows: [Arrow]
  /// The least width at which nothing in it overlaps, in points; nil: the layout finds it.
  public var width: Double?

  public init(rows: [[Node]], arrows: [Arrow], width: Double? = nil) { (self.rows, self.arrows, self.width) = (rows, arrows, width) }

  /// One thing in a flow.
  public struct Node: Equatable, Sendable {
    public var id: String
    public var shape: Shape
    public var title: Text
    public var subtitle: String
    /// Centre, as a share of the inset's inner width.
    public var x: Double
    /// Of a wide node: its share of the inset's inner width; nil: all of it.
    public var width: Double?
    public var keys: String
    /// The colour, if it is not the inset's.
    public var kind: Kind?

    public init(
      _ id: String, _ shape: Shape, _ title: Text = "", _ subtitle: String = "", x: Double = 0.5, keys: String = "",
      kind: Kind? = nil
    ) {
      (self.id, self.shape, self.title, self.subtitle) = (id, shape, title, subtitle)
      (self.x, self.keys, self.kind) = (x, keys, kind)
    }
  }

  public enum Shape: Equatable, Sendable {
    /// A part with parameters.
    case box
    /// An operation without parameters.
    case operation
    /// An operation as wide as the inset.
    case wide
    /// ×, +, Σ.
    case circle
    /// What outlives the call: a cache or a state.
    case memory
    /// A tensor's name: x, y.
    case symbol
    /// A line of small type.
    case caption
    /// Query heads over the key/value heads that they share, to scale.
    case heads(query: Int, keyValue: Int)
    /// Experts as cells: those chosen for one token lit, groups that the router closed grey.
    case experts(count: Int, active: Int, groups: Int, openGroups: Int)
  }

  /// From one node to another. The route follows from where they stand.
  public struct Arrow: Equatable, Sendable {
    public var from: String
    public var to: String
    public var kind: Kind?
    /// Where its vertical part runs, as a share of the inner width; nil: the layout finds a way.
    public var lane: Double?
    /// Read and written: a head at both ends.
    public var isBoth = false
    /// From what a step makes to the memory that the next one reads: against the stream.
    public var isBackward = false
    public init(_ from: String, _ to: String, kind: Kind? = nil) { (self.from, self.to, self.kind) = (from, to, kind) }
  }

  public var nodes: [Node] { rows.flatMap { $0 } }
}

infix operator --> : ComparisonPrecedence

/// An arrow of a flow: `"x" --> "query"`.
func --> (from: String, to: String) -> Flow.Arrow { Flow.Arrow(from, to) }

/// "4096 → 14336".
func shape(_ from: Int, _ to: Int) -> String { "\(from) → \(to)" }
