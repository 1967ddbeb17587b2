// What links of a Markdown file lead to and what its headings are called: the book's check of links is made of this.

public struct MarkdownOutline: Sendable {
  public var links: [MarkdownLink]
  /// The names that `#…` may have, as forges make them from headings, and those of HTML anchors.
  public var anchors: Set<String>

  public init(_ text: String) {
    let reading = MarkdownReader.read(Array(text.utf8))
    links = reading.links
    anchors = []
    var used: [String: Int] = [:]
    for heading in reading.headings {
      let slug = Self.slug(heading.text)
      let count = used[slug, default: 0]
      used[slug] = count + 1
      anchors.insert(count == 0 ? slug : "\(slug)-\(count)")
    }
    for (line, html) in reading.html {
      for (name, isPicture) in [("src=\"", true), ("href=\"", false)] {
        var rest = html[...]
        while let start = rest.firstRange(of: name) {
          rest = rest[start.upperBound...]
          links.append(MarkdownLink(destination: String(rest.prefix { $0 != "\"" }), line: line, isPicture: isPicture))
        }
      }
      for name in ["id=\"", "name=\""] {
        var rest = html
        while let start = rest.firstRange(of: name) {
          rest = String(rest[start.upperBound...])
          anchors.insert(String(rest.prefix { $0 != "\"" }))
        }
      }
    }
  }

  /// A heading's anchor: lower case, spaces to `-`, everything left out but letters, digits, `-` and `_`.
  public static func slug(_ heading: String) -> String {
    var out = ""
    for scalar in heading.trimmed.lowercased().unicodeScalars {
      if scalar == " " {
        out += "-"
      } else if scalar == "-" || scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
