// Reads CommonMark with GitHub's tables, strikethrough, tick boxes and bare links by libcmark-gfm, and turns its tree into values.
//
// Only the parser of the library is used: none of its renderers, and raw HTML is reported and never kept.

import CMarkdown

/// A top-level piece of a Markdown text, with its lines (from 0, both included).
struct MarkdownPiece {
  enum Content {
    case prose(MarkdownBlock)
    /// A fenced block with its whole info string.
    case fence(info: String, text: String)
  }
  var content: Content
  var firstLine: Int
  var lastLine: Int
}

/// A link or an image, with the line (from 0) it stands on.
public struct MarkdownLink: Sendable, Equatable {
  public var destination: String
  public var line: Int
  public var isPicture = false
}

/// Everything that one reading of a text gives.
struct MarkdownReading {
  var pieces: [MarkdownPiece] = []
  /// Line ranges of all code blocks at any depth: no computed numbers there.
  var codeLines: [ClosedRange<Int>] = []
  /// Raw HTML, comments left out, wherever it stands.
  var html: [(line: Int, text: String)] = []
  /// Fences inside lists and quotes.
  var nestedFences: [(line: Int, info: String)] = []
  var headings: [(line: Int, level: Int, text: String)] = []
  var links: [MarkdownLink] = []
  /// Images without an alternative text.
  var bareImages: [(line: Int, source: String)] = []
  /// The first line that is nested deeper than `MarkdownReader.deepest`, if any: nothing is read below it.
  var tooDeep: Int?
}

enum MarkdownReader {
  static let deepest = 60
  /// Registered once: the library keeps a global table.
  private static let extensions: Void = cmark_gfm_core_extensions_ensure_registered()

  /// Reads a text whose computed numbers were replaced by marks (`ComputedMarks`).
  static func read(_ bytes: [UInt8], expressions: [String] = []) -> MarkdownReading {
    _ = extensions
    guard let parser = cmark_parser_new(CMARK_OPT_DEFAULT) else { return MarkdownReading() }
    defer { cmark_parser_free(parser) }
    for name in ["table", "strikethrough", "autolink", "tasklist"] {
      if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
    }
    bytes.withUnsafeBytes { raw in
      if let base = raw.baseAddress { cmark_parser_feed(parser, base.assumingMemoryBound(to: CChar.self), raw.count) }
    }
    guard let root = cmark_parser_finish(parser) else { return MarkdownReading() }
    defer { cmark_node_free(root) }
    var walk = MarkdownWalk(expressions: expressions)
    walk.readDocument(root)
    return walk.reading
  }
}

private struct MarkdownWalk {
  typealias Node = OpaquePointer
  let expressions: [String]
  var reading = MarkdownReading()

  func kind(_ node: Node) -> String { String(cString: cmark_node_get_type_string(node)) }
  func literal(_ node: Node) -> String { cmark_node_get_literal(node).map { String(cString: $0) } ?? "" }
  func line(_ node: Node) -> Int { max(0, Int(cmark_node_get_start_line(node)) - 1) }
  func children(_ node: Node) -> [Node] {
    var found: [Node] = []
    var next = cmark_node_first_child(node)
    while let child = next {
      found.append(child)
      next = cmark_node_next(child)
    }
    return found
  }

  mutating func readDocument(_ root: Node) {
    for node in children(root) {
      let first = line(node)
      let last = max(first, Int(cmark_node_get_end_line(node)) - 1)
      if kind(node) == "code_block", let (info, _) = fence(node) {
        reading.codeLines.append(first...last)
        reading.pieces.append(
          MarkdownPiece(content: .fence(info: info, text: literal(node)), firstLine: first, lastLine: last))
      } else if let block = block(node, depth: 0) {
        reading.pieces.append(MarkdownPiece(content: .prose(block), firstLine: first, lastLine: last))
      }
    }
  }

  func fence(_ node: Node) -> (info: String, length: Int)? {
    var length: Int32 = 0
    var offset: Int32 = 0
    var character: CChar = 0
    guard cmark_node_get_fenced(node, &length, &offset, &character) != 0 else { return nil }
    return (cmark_node_get_fence_info(node).map { String(cString: $0) } ?? "", Int(length))
  }

  mutating func blocks(_ node: Node, depth: Int) -> [MarkdownBlock] {
    guard depth < MarkdownReader.deepest else {
      reading.tooDeep = reading.tooDeep ?? line(node)
      return []
    }
    return children(node).compactMap { block($0, depth: depth + 1) }
  }

  mutating func block(_ node: Node, depth: Int) -> MarkdownBlock? {
    switch kind(node) {
    case "heading":
      let parts = inlines(node, depth: depth)
      let level = Int(cmark_node_get_heading_level(node))
      reading.headings.append((line(node), level, parts.plainText))
      return .heading(level: level, parts)
    case "paragraph": return .paragraph(inlines(node, depth: depth))
    case "block_quote": return .quote(blocks(node, depth: depth))
    case "list":
      let ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
      var items: [MarkdownItem] = []
      for child in children(node) {
        let ticked: Bool? = kind(child) == "tasklist" ? cmark_gfm_extensions_get_tasklist_item_checked(child) : nil
        items.append(MarkdownItem(done: ticked, blocks: blocks(child, depth: depth)))
      }
      return .list(
        start: ordered ? Int(cmark_node_get_list_start(node)) : nil, tight: cmark_node_get_list_tight(node) != 0, items)
    case "code_block":
      let first = line(node)
      reading.codeLines.append(first...max(first, Int(cmark_node_get_end_line(node)) - 1))
      let info = fence(node)?.info ?? ""
      if depth > 0, !info.isEmpty { reading.nestedFences.append((first, info)) }
      return .code(language: String(info.prefix { $0 != " " && $0 != "{" }), literal(node))
    case "thematic_break": return .rule
    case "html_block":
      noteHTML(node)
      return nil
    case "table": return table(node, depth: depth)
    default: return nil
    }
  }

  mutating func table(_ node: Node, depth: Int) -> MarkdownBlock {
    let columns = Int(cmark_gfm_extensions_get_table_columns(node))
    var alignments: [MarkdownTable.Alignment] = []
    if let raw = cmark_gfm_extensions_get_table_alignments(node) {
      for i in 0..<columns {
        switch raw[i] {
        case UInt8(ascii: "l"): alignments.append(.left)
        case UInt8(ascii: "c"): alignments.append(.center)
        case UInt8(ascii: "r"): alignments.append(.right)
        default: alignments.append(.natural)
        }
      }
    }
    var rows: [[[MarkdownInline]]] = []
    for row in children(node) {
      var cells: [[MarkdownInline]] = []
      for cell in children(row) { cells.append(inlines(cell, depth: depth)) }
      rows.append(cells)
    }
    let header = rows.isEmpty ? [] : rows.removeFirst()
    return .table(MarkdownTable(alignments: alignments, header: header, rows: rows))
  }

  mutating func noteHTML(_ node: Node) {
    let text = literal(node).trimmed
    if !(text.hasPrefix("<!--") && text.hasSuffix("-->")) { reading.html.append((line(node), text)) }
  }

  mutating func inlines(_ node: Node, depth: Int) -> [MarkdownInline] {
    guard depth < MarkdownReader.deepest else {
      reading.tooDeep = reading.tooDeep ?? line(node)
      return []
    }
    var parts: [MarkdownInline] = []
    for child in children(node) {
      switch kind(child) {
      case "text": parts += ComputedMarks.split(literal(child), expressions: expressions)
      case "softbreak": parts.append(.softBreak)
      case "linebreak": parts.append(.lineBreak)
      case "code": parts.append(.code(literal(child)))
      case "emph": parts.append(.emphasis(inlines(child, depth: depth + 1)))
      case "strong": parts.append(.strong(inlines(child, depth: depth + 1)))
      case "strikethrough": parts.append(.struck(inlines(child, depth: depth + 1)))
      case "link":
        let destination = String(cString: cmark_node_get_url(child))
        reading.links.append(MarkdownLink(destination: destination, line: line(child)))
        parts.append(
          .link(
            destination: destination, title: String(cString: cmark_node_get_title(child)),
            inlines(child, depth: depth + 1)))
      case "image":
        let source = String(cString: cmark_node_get_url(child))
        reading.links.append(MarkdownLink(destination: source, line: line(child), isPicture: true))
        let alternative = inlines(child, depth: depth + 1).plainText
        if alternative.isBlank { reading.bareImages.append((line(child), source)) }
        parts.append(
          .image(source: source, title: String(cString: cmark_node_get_title(child)), alternative: alternative))
      case "html_inline": noteHTML(child)
      default: break
      }
    }
    // The library cuts text at every character that might have been syntax; one run reads better.
    var merged: [MarkdownInline] = []
    for part in parts {
      if case .text(let next) = part, case .text(let before)? = merged.last {
        merged[merged.count - 1] = .text(before + next)
      } else {
        merged.append(part)
      }
    }
    return merged
  }
}
