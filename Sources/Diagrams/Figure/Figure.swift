// What a figure says, without where anything stands. One value, three readings: DOT, a terminal drawing, sentences.

/// The description of an architecture's picture.
public struct Figure: Equatable, Sendable {
  public var title: String
  /// One line: "decoder-only · pre-norm · grouped-query attention · SwiGLU".
  public var recipe: String
  public var facts: [Fact]
  public var shares: [Share]
  public var ribbon: Ribbon?
  /// One column, or encoder and decoder.
  public var streams: [Column]
  public var insets: [Inset]
  /// The kind that gives the title its colour.
  public var accent: Kind

  public init(
    title: String, recipe: String, facts: [Fact] = [], shares: [Share] = [], ribbon: Ribbon? = nil, streams: [Column],
    insets: [Inset] = [], accent: Kind = .attention
  ) {
    (self.title, self.recipe, self.facts, self.shares) = (title, recipe, facts, shares)
    (self.ribbon, self.streams, self.insets, self.accent) = (ribbon, streams, insets, accent)
  }
}

/// A number with its name: "8.03 B" parameters.
public struct Fact: Equatable, Sendable {
  public var value: String
  public var label: String
  /// The exact number, for tooltips and comparisons; nil if the fact is no count.
  public var exact: Int?
  /// Whether the number counts bytes.
  public var isBytes: Bool

  public init(_ value: String, _ label: String, exact: Int? = nil, isBytes: Bool = false) {
    (self.value, self.label, self.exact, self.isBytes) = (value, label, exact, isBytes)
  }
}

/// Where parameters live: one piece of the bar.
public struct Share: Equatable, Sendable {
  public var kind: Kind
  public var label: String
  public var count: Int
  /// Words inside the piece beside its percentage: "each token uses 8 of 256".
  public var note: String

  public init(_ kind: Kind, _ label: String, _ count: Int, note: String = "") {
    (self.kind, self.label, self.count, self.note) = (kind, label, count, note)
  }
}

/// One column of parts, bottom to top.
public struct Column: Equatable, Sendable {
  /// "encoder", "decoder", or nothing for a single column.
  public var name: String?
  /// A line of sample text under the input.
  public var sample: String
  /// Below the model's panel.
  public var input: [Piece]
  /// Inside the model's panel.
  public var body: [Piece]
  /// Above the model's panel.
  public var output: [Piece]
  /// Runs from the output back to the input: a diffusion model denoises again.
  public var loop: Loop?

  public init(
    name: String? = nil, sample: String = "", input: [Piece] = [], body: [Piece], output: [Piece] = [], loop: Loop? = nil
  ) {
    (self.name, self.sample, self.input) = (name, sample, input)
    (self.body, self.output, self.loop) = (body, output, loop)
  }
}

/// A way back around the body.
public struct Loop: Equatable, Sendable {
  public var title: String
  public var subtitle: String
  /// The box that it leaves from; nil: the last one.
  public var from: String?
  public init(_ title: String, _ subtitle: String = "", from: String? = nil) { (self.title, self.subtitle, self.from) = (title, subtitle, from) }
}

/// A piece of a stream.
public indirect enum Piece: Equatable, Sendable {
  case box(Box)
  /// Parts that repeat as one: drawn in a panel with "× N".
  case group(Group)
  /// Parts with a way around them; `id` names the sum.
  case residual(id: String, [Piece])
  /// Branches side by side from one input, added at the end (PaLM).
  case parallel(id: String, [[Piece]])
  /// Ways side by side that are not added: inputs of their own that are laid behind each other (`joins`), or ends of their own.
  case fork(id: String, joins: Bool, [[Piece]])
}

/// One named part.
public struct Box: Equatable, Sendable {
  public var id: String
  public var kind: Kind
  public var title: Text
  public var subtitle: String
  /// The config keys that it came from: the tooltip.
  public var keys: String
  /// Trainable numbers in one copy of the part.
  public var parameters: Int
  /// Sizes and choices of the part and of those inside of it, drawn or not: what a comparison holds against the other side.
  public var settings: [PartSetting] = []
  /// Set for cross-attention: the id of the box whose output is read here.
  public var reads: String?
  /// The part cannot run: its edge is drawn as broken, with this reason as the tooltip.
  public var fault: String?

  public init(
    _ id: String, _ kind: Kind, _ title: Text, _ subtitle: String = "", keys: String = "", parameters: Int = 0,
    reads: String? = nil, fault: String? = nil
  ) {
    (self.id, self.kind, self.title, self.subtitle) = (id, kind, title, subtitle)
    (self.keys, self.parameters, self.reads, self.fault) = (keys, parameters, reads, fault)
  }
}

/// A size or a choice: "attention position" is "RoPE, base 10000".
public struct PartSetting: Equatable, Sendable {
  public var name: String
  public var value: String
}

/// Parts that repeat together.
public struct Group: Equatable, Sendable {
  public var id: String
  public var title: String
  public var repeats: Int
  public var kind: Kind
  public var keys: String
  public var parts: [Piece]

  public init(_ id: String, _ title: String = "", repeats: Int, kind: Kind = .attention, keys: String = "", _ parts: [Piece]) {
    (self.id, self.title, self.repeats) = (id, title, repeats)
    (self.kind, self.keys, self.parts) = (kind, keys, parts)
  }
}

extension Piece {
  /// All boxes, bottom to top.
  public var boxes: [Box] {
    switch self {
    case .box(let box): [box]
    case .group(let group): group.parts.flatMap(\.boxes)
    case .residual(_, let parts): parts.flatMap(\.boxes)
    case .parallel(_, let branches), .fork(_, _, let branches): branches.flatMap { $0.flatMap(\.boxes) }
    }
  }
}

extension Column {
  /// All parts, bottom to top.
  public var parts: [Piece] { input + body + output }
  public var boxes: [Box] { parts.flatMap(\.boxes) }
}
