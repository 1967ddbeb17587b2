// A session that was copied from a terminal, pasted at a prompt: what stands behind the prompts is typed again, what was printed is left out.

enum PastedSession {
  /// The cells of a pasted session; nil for a text without prompts. No line of the language begins with `>`.
  static func cells(_ text: String) -> [String]? {
    var cells: [String] = []
    var isTyped = false
    var found = false
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      // In a single line `x> 3` is a comparison.
      if let typed = behindPrompt(line), line.hasPrefix(">") || text.contains(where: \.isNewline) {
        found = true
        if !typed.isEmpty { cells.append(typed) }
        isTyped = !typed.isEmpty
      } else if !found {
        if !line.allSatisfy(\.isWhitespace) { return nil }
      } else if isTyped, line.hasPrefix("… ") || line.hasPrefix("... ") {
        cells[cells.count - 1] += "\n" + String(line.drop { $0 == "…" || $0 == "." }.dropFirst())
      } else {
        isTyped = false
      }
    }
    return found ? cells : nil
  }

  /// What follows `> `, `>>> `, `masks> ` or `masks play> ` at the start of a line.
  private static func behindPrompt(_ line: Substring) -> String? {
    guard let mark = line.firstIndex(of: ">") else { return nil }
    let lead = line[..<mark]
    guard lead.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) || lead.hasSuffix(" play") && lead.dropLast(5).allSatisfy({ !$0.isWhitespace }) else { return nil }
    let rest = line[mark...].drop { $0 == ">" }
    // `a > b` has a space before its sign, and `a>b` none behind it.
    guard rest.isEmpty || rest.first == " " else { return nil }
    return String(rest.dropFirst())
  }
}
