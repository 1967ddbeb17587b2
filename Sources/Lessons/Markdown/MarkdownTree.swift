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
  /// TeX: `$…$`, or `$$…$$` for display.
  case formula(String, display: Bool)
  /// A term of the glossary, with the words that are shown.
  case term(String, shown: String)
  /// Keys of sources.bib.
  case citation([String])
  /// The number of a cell's figure.
  case figureReference(String, number: Int?)
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
    case .formula(let tex, _): FormulaText.unicode(tex)
    case .term(_, let shown): shown
    case .citation(let keys): "[" + keys.map(Self.label).joined(separator: "; ") + "]"
    case .figureReference(let id, let number): number.map { "figure \($0)" } ?? "[@fig:\(id)]"
    }
  }
}

extension [MarkdownInline] {
  public var plainText: String { map(\.plainText).joined() }

  /// The same text with every computed number replaced by what `value` gives for its expression.
  public func computing(_ value: (String) -> String) -> [MarkdownInline] {
    replacing { if case .computed(let expression) = $0 { .text(value(expression)) } else { nil } }
  }

  /// The same text with the parts replaced for which `change` gives another.
  public func replacing(_ change: (MarkdownInline) -> MarkdownInline?) -> [MarkdownInline] {
    map { part in
      if let other = change(part) { return other }
      return switch part {
      case .emphasis(let parts): .emphasis(parts.replacing(change))
      case .strong(let parts): .strong(parts.replacing(change))
      case .struck(let parts): .struck(parts.replacing(change))
      case .link(let destination, let title, let parts): .link(destination: destination, title: title, parts.replacing(change))
      case .text, .code, .image, .softBreak, .lineBreak, .computed, .formula, .term, .citation, .figureReference: part
      }
    }
  }
}

extension MarkdownInline {
  /// A source's key as a reader reads it: vaswani2017 → Vaswani 2017.
  private static func label(_ key: String) -> String {
    let name = key.prefix { $0.isLetter || $0 == "-" }
    let rest = key.dropFirst(name.count)
    guard let first = name.first, !rest.isEmpty, rest.allSatisfy({ $0.isNumber || $0.isLetter }) else { return key }
    return first.uppercased() + name.dropFirst() + " " + rest
  }
}

extension [MarkdownBlock] {
  /// The same prose with every computed number replaced by what `value` gives for its expression.
  public func computing(_ value: (String) -> String) -> [MarkdownBlock] {
    replacing { if case .computed(let expression) = $0 { .text(value(expression)) } else { nil } }
  }

  /// The same prose with the parts replaced for which `change` gives another.
  public func replacing(_ change: (MarkdownInline) -> MarkdownInline?) -> [MarkdownBlock] {
    map { block in
      switch block {
      case .heading(let level, let parts): .heading(level: level, parts.replacing(change))
      case .paragraph(let parts): .paragraph(parts.replacing(change))
      case .list(let start, let tight, let items):
        .list(start: start, tight: tight, items.map { MarkdownItem(done: $0.done, blocks: $0.blocks.replacing(change)) })
      case .quote(let blocks): .quote(blocks.replacing(change))
      case .table(let table):
        .table(
          MarkdownTable(
            alignments: table.alignments, header: table.header.map { $0.replacing(change) },
            rows: table.rows.map { $0.map { $0.replacing(change) } }))
      case .code, .rule: block
      }
    }
  }
}
