// The Markdown tree as values: what every reading of prose (terminal, HTML, notebook) walks.
//
// It has no node for raw HTML: a lesson may not hold any, and no reading could render it safely.

/// A block of prose.
public indirect enum MarkdownBlock: Sendable, Equatable {
  case heading(level: Int, [MarkdownInline])
  case paragraph([MarkdownInline])
  /// `start` is the first number of an ordered list and nil for bullets.
  case list(start: Int?, tight: Bool, [MarkdownItem])
  case quote([MarkdownBlock])
  /// A code sample that is no cell; `language` is the first word of its info string.
  case code(language: String, String)
  case table(MarkdownTable)
  case rule
}

/// An item of a list; `done` is its tick box, if it has one.
public struct MarkdownItem: Sendable, Equatable {
  public var done: Bool?
  public var blocks: [MarkdownBlock]

  public init(done: Bool? = nil, blocks: [MarkdownBlock]) {
    self.done = done
    self.blocks = blocks
  }
}

/// A table: one header row, then rows of as many cells.
public struct MarkdownTable: Sendable, Equatable {
  public enum Alignment: Sendable, Equatable { case natural, left, center, right }
  public var alignments: [Alignment]
  public var header: [[MarkdownInline]]
  public var rows: [[[MarkdownInline]]]

  public init(alignments: [Alignment], header: [[MarkdownInline]], rows: [[[MarkdownInline]]]) {
    self.alignments = alignments
    self.header = header
    self.rows = rows
  }
}

/// A piece of running text.
public indirect enum MarkdownInline: Sendable, Equatable {
  case text(String)
  case emphasis([MarkdownInline])
  case strong([MarkdownInline])
  case struck([MarkdownInline])
  case code(String)
  case link(destination: String, title: String, [MarkdownInline])
  case image(source: String, title: String, alternative: String)
  case softBreak
  case lineBreak
  /// A number that is not typed but computed: `\(expression)`.
  case computed(expression: String)
}

extension MarkdownInline {
  /// The text alone, as a heading's anchor or an image's alternative needs it.
  public var plainText: String {
    switch self {
    case .text(let text), .code(let text): text
    case .emphasis(let parts), .strong(let parts), .struck(let parts), .link(_, _, let parts): parts.plainText
    case .image(_, _, let alternative): alternative
    case .softBreak, .lineBreak: " "
    case .computed(let expression): "\\(\(expression))"
    }
  }
}

extension [MarkdownInline] {
  public var plainText: String { map(\.plainText).joined() }

  /// The same text with every computed number replaced by what `value` gives for its expression.
  public func computing(_ value: (String) -> String) -> [MarkdownInline] {
    map { part in
      switch part {
      case .computed(let expression): .text(value(expression))
      case .emphasis(let parts): .emphasis(parts.computing(value))
      case .strong(let parts): .strong(parts.computing(value))
      case .struck(let parts): .struck(parts.computing(value))
      case .link(let destination, let title, let parts):
        .link(destination: destination, title: title, parts.computing(value))
      case .text, .code, .image, .softBreak, .lineBreak: part
      }
    }
  }
}

extension [MarkdownBlock] {
  /// The same prose with every computed number replaced by what `value` gives for its expression.
  public func computing(_ value: (String) -> String) -> [MarkdownBlock] {
    map { block in
      switch block {
      case .heading(let level, let parts): .heading(level: level, parts.computing(value))
      case .paragraph(let parts): .paragraph(parts.computing(value))
      case .list(let start, let tight, let items):
        .list(
          start: start, tight: tight,
          items.map { MarkdownItem(done: $0.done, blocks: $0.blocks.computing(value)) })
      case .quote(let blocks): .quote(blocks.computing(value))
      case .table(let table):
        .table(
          MarkdownTable(
            alignments: table.alignments, header: table.header.map { $0.computing(value) },
            rows: table.rows.map { $0.map { $0.computing(value) } }))
      case .code, .rule: block
      }
    }
  }
}
