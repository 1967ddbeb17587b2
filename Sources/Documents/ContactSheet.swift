// One page with the figure of every architecture that is known, small and side by side; each leads to the figure in full size. Architectures
// whose figures differ only in sizes share one.

import Diagrams
import Lessons

/// The page and its figures, as files of the book.
public struct ContactSheet: Sendable {
  /// One known architecture.
  public struct Entry: Sendable {
    public var name: String
    /// The heading that it stands under: "Decoder-only".
    public var section: String
    public var figure: Diagrams.Figure
    /// What its configuration says beside the shape: the `model_type`.
    public var kind: String

    public init(name: String, section: String, kind: String, figure: Diagrams.Figure) {
      (self.name, self.section, self.kind, self.figure) = (name, section, kind, figure)
    }
  }

  public static let file = "architectures.md"
  /// Sections in the order of the page.
  let sections: [(title: String, groups: [[Entry]])]
  /// The figures as SVG with the DOT that each shows, by name.
  let drawings: [String: (svg: String, dot: String)]

  /// - Parameters:
  ///   - entries: within a section in the order in which they are to stand; the first of a shape lends its figure.
  ///   - draw: SVG of a figure's DOT; nil where no painter is at hand.
  public init(_ entries: [Entry], draw: @escaping (String) -> String?) {
    var titles: [String] = []
    for entry in entries where !titles.contains(entry.section) { titles.append(entry.section) }
    sections = titles.map { title in
      var groups: [[Entry]] = []
      for entry in entries where entry.section == title {
        if let same = groups.firstIndex(where: { $0[0].kind == entry.kind && $0[0].figure.recipe == entry.figure.recipe }) {
          groups[same].append(entry)
        } else {
          groups.append([entry])
        }
      }
      return (title, groups)
    }
    drawings = Dictionary(
      sections.flatMap(\.groups).compactMap { group in
        let dot = group[0].figure.dot()
        return draw(dot).map { (group[0].name, ($0, dot)) }
      }, uniquingKeysWith: { first, _ in first })
  }

  public var files: [BookFile] {
    let source = "lessons/architectures"
    var files = [BookFile(path: Self.file, parts: [.exact(page)], source: source)]
    for group in sections.flatMap(\.groups) {
      if let drawing = drawings[group[0].name] {
        files.append(BookFile(path: path(group[0]), parts: [GeneratedMarker.drawing(drawing.svg, of: drawing.dot, from: source)], source: source))
      }
    }
    return files
  }

  /// A name as part of a file's name: "LSTM (Zaremba, large)" → "lstm-zaremba-large".
  private func path(_ entry: Entry) -> String {
    let words = entry.name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".")) }
    return "figures/architecture-\(words.joined(separator: "-")).svg"
  }

  private var page: String {
    let count = sections.reduce(0) { $0 + $1.groups.reduce(0) { $0 + $1.count } }
    var text = GeneratedMarker.comment("lessons/architectures") + "\n# Architectures\n\n"
    text += "The \(count) published configurations that `orrery inspect` and `orrery diagram` know by name, each drawn from its recipe. "
    text += "Those that differ only in their sizes share a figure. A picture leads to itself in full size; `orrery diagram NAME` draws any of them, "
    text += "`orrery inspect --table` compares their counts.\n"
    for (title, groups) in sections {
      text += "\n## \(title)\n\n<table>\n"
      for row in stride(from: 0, to: groups.count, by: 3) {
        text += "<tr>\n" + groups[row..<min(row + 3, groups.count)].map(cell).joined() + "</tr>\n"
      }
      text += "</table>\n"
    }
    return text + "\n---\n\n[All lessons](README.md)\n"
  }

  private func cell(_ group: [Entry]) -> String {
    let first = group[0], escape = HTMLText.escape
    let facts = first.figure.facts.map { "\($0.value) \($0.label)" }.joined(separator: ", ")
    var text = "<td valign=\"top\" width=\"33%\"><a href=\"\(path(first))\"><img src=\"\(path(first))\" width=\"260\" alt=\"\(escape(first.figure.alternative))\"></a><br>\n"
    text += "<b>\(escape(first.figure.title))</b><br>\n\(escape(first.figure.recipe))<br>\n\(escape(facts))"
    if group.count > 1 {
      let others = group.dropFirst().map { "\($0.figure.title) (\($0.figure.facts.first?.value ?? ""))" }.joined(separator: ", ")
      text += "<br>\nAlike: \(escape(others))"
    }
    return text + "</td>\n"
  }
}
