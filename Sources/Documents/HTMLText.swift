// The Markdown tree → HTML. Everything is escaped; addresses that could run something are left out.

import Lessons

struct HTMLText {
  /// Where a link leads in this book.
  var target: (String) -> String = { $0 }

  static func escape(_ text: String) -> String {
    var out = ""
    for character in text {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default: out.append(character)
      }
    }
    return out
  }

  /// A cell's source with its words marked by what they are.
  static func code(_ source: String) -> String {
    CodeText.pieces(source).map { piece in
      let name: String? =
        switch piece.kind {
        case .keyword: "k"
        case .number: "n"
        case .string: "s"
        case .comment: "c"
        case .label: "l"
        case .blank: "b"
        case .name, .function, .member, .symbol, .plain: nil
        }
      return name.map { "<span class=\"\($0)\">\(escape(piece.text))</span>" } ?? escape(piece.text)
    }.joined()
  }

  func blocks(_ blocks: [MarkdownBlock], tight: Bool = false) -> String {
    blocks.map { block($0, tight: tight) }.joined()
  }

  private func block(_ block: MarkdownBlock, tight: Bool) -> String {
    switch block {
    case .heading(let level, let parts):
      return "<h\(level) id=\"\(Self.escape(MarkdownOutline.slug(parts.plainText)))\">\(inlines(parts))</h\(level)>\n"
    case .paragraph(let parts): return tight ? inlines(parts) : "<p>\(inlines(parts))</p>\n"
    case .list(let start, let tight, let items):
      let rows = items.map { item in
        let box = item.done.map { "<input type=\"checkbox\" disabled\($0 ? " checked" : "")> " } ?? ""
        return "<li>\(box)\(blocks(item.blocks, tight: tight))</li>\n"
      }.joined()
      guard let start else { return "<ul>\n\(rows)</ul>\n" }
      return "<ol\(start == 1 ? "" : " start=\"\(start)\"")>\n\(rows)</ol>\n"
    case .quote(let inner): return "<blockquote>\n\(blocks(inner))</blockquote>\n"
    case .code(_, let text): return "<pre class=\"sample\"><code>\(Self.escape(text))</code></pre>\n"
    case .rule: return "<hr>\n"
    case .table(let table): return self.table(table)
    }
  }

  private func table(_ table: MarkdownTable) -> String {
    func row(_ cells: [[MarkdownInline]], _ tag: String) -> String {
      let parts = cells.enumerated().map { index, cell in
        let alignment = index < table.alignments.count ? table.alignments[index] : .natural
        let style =
          switch alignment {
          case .natural: ""
          case .left: " style=\"text-align:left\""
          case .center: " style=\"text-align:center\""
          case .right: " style=\"text-align:right\""
          }
        return "<\(tag)\(style)>\(inlines(cell))</\(tag)>"
      }
      return "<tr>\(parts.joined())</tr>\n"
    }
    return "<div class=\"wide\"><table>\n<thead>\n\(row(table.header, "th"))</thead>\n<tbody>\n\(table.rows.map { row($0, "td") }.joined())</tbody>\n</table></div>\n"
  }

  func inlines(_ parts: [MarkdownInline]) -> String {
    parts.map { part in
      switch part {
      case .text(let text): Self.escape(text)
      case .emphasis(let inner): "<em>\(inlines(inner))</em>"
      case .strong(let inner): "<strong>\(inlines(inner))</strong>"
      case .struck(let inner): "<del>\(inlines(inner))</del>"
      case .code(let text): "<code>\(Self.escape(text))</code>"
      case .link(let destination, let title, let inner):
        Address.isSafe(link: destination)
          ? "<a href=\"\(Self.escape(target(destination)))\"\(title.isEmpty ? "" : " title=\"\(Self.escape(title))\"")>\(inlines(inner))</a>"
          : inlines(inner)
      case .image(let source, _, let alternative):
        Address.isSafe(picture: source) ? "<img src=\"\(Self.escape(source))\" alt=\"\(Self.escape(alternative))\">" : Self.escape(alternative)
      case .softBreak: "\n"
      case .lineBreak: "<br>\n"
      case .computed(let expression): "<code>\\(\(Self.escape(expression)))</code>"
      }
    }.joined()
  }

  /// An SVG to stand inside a page: without its prolog. One that could run something or refers to ids, which another figure may have as
  /// well, is embedded as a picture.
  static func figure(_ figure: Figure) -> String {
    let alternative = escape(figure.alternative)
    guard let svg = figure.svg, let start = svg.firstRange(of: "<svg") else {
      return "<p class=\"figure\">Figure: \(alternative)</p>\n"
    }
    let body = String(svg[start.lowerBound...])
    let lower = body.lowercased()
    let inner: String
    if lower.contains("<script") || lower.contains("url(#") || lower.contains("javascript:") || lower.contains(" onload=") {
      inner = "<img alt=\"\(alternative)\" src=\"data:image/svg+xml;base64,\(base64(Array(body.utf8)))\">"
    } else {
      inner = "<div role=\"img\" aria-label=\"\(alternative)\">\n\(body)</div>"
    }
    return "<figure>\n\(inner)\n<figcaption>\(alternative)</figcaption>\n</figure>\n"
  }

  static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    for i in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[i..<min(i + 3, bytes.count)]
      let word = group.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
      for j in 0..<4 { out.append(j <= group.count ? letters[word >> (18 - 6 * j) & 63] : UInt8(ascii: "=")) }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
