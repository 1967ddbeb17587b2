// Graphviz's SVG, made fit for a page: a role and a text alternative, tooltips as `title` elements, and nothing that
// points outside the file. It works on Graphviz's own lines and is no general SVG reader.

/// Rewrites Graphviz's SVG.
///
/// - `role="img"`, and the figure's `title` and `desc` as the first children, so that a screen reader speaks them.
/// - A node's `title` becomes its tooltip (Graphviz writes the node's name there and the tooltip on a link).
/// - The links without a target, the document type with its address and the comments go away.
func accessibleSVG(_ svg: String, title: String, description: String) -> String {
  var result: [Substring] = []
  var openTitle: Int?
  var inHeader = true
  for line in svg.split(separator: "\n", omittingEmptySubsequences: false) {
    if inHeader {
      if line.hasPrefix("<?xml") { result.append(#"<?xml version="1.0" encoding="UTF-8"?>"#) }
      guard line.hasPrefix("<svg") else { continue }
      inHeader = false
      result.append(Substring(line.replacing("<svg ", with: #"<svg role="img" "#)))
      continue
    }
    if line.hasPrefix("<!--") { continue }
    if line.contains("xmlns:xlink"), result.last?.hasPrefix("<svg") == true {
      result.append(Substring(line.replacing(#" xmlns:xlink="http://www.w3.org/1999/xlink""#, with: "")))
      result.append("<title>\(title)</title>")
      result.append("<desc>\(description)</desc>")
      continue
    }
    if let start = line.firstRange(of: "<title>") {
      // The node's name says nothing to a reader; keep the group's opening tag, hold the place for a tooltip.
      result.append(line[..<start.lowerBound])
      openTitle = result.count
      continue
    }
    if line.contains("<a ") && line.contains("xlink:title") {
      let tooltip = line.between("xlink:title=\"", "\"")
      if let openTitle, let tooltip, !tooltip.allSatisfy(\.isWhitespace) {
        result.insert("<title>\(tooltip)</title>", at: openTitle)
      }
      openTitle = nil
      if line.hasPrefix("<g") { result.append("<g>") }
      continue
    }
    if line.hasPrefix("</a>") { continue }
    result.append(line)
  }
  // Graphviz writes hyphens as character references, in ids too.
  return result.filter { !$0.isEmpty }.joined(separator: "\n").replacing("&#45;", with: "-") + "\n"
}

extension Substring {
  /// What stands between two marks, if both are there.
  fileprivate func between(_ start: String, _ end: String) -> Substring? {
    guard let from = firstRange(of: start)?.upperBound else { return nil }
    guard let to = self[from...].firstRange(of: end)?.lowerBound else { return nil }
    return self[from..<to]
  }
}
