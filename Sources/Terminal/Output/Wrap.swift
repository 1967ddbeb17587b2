// Paragraphs broken at spaces to a width, with indentation. Words that are wider than a line are broken inside.

/// `text` in lines of at most `width` columns; the first begins with `first`, the others with `rest`. Line breaks in the text stay.
public func wrap(_ text: String, width: Int, first: String = "", rest: String? = nil) -> [String] {
  let rest = rest ?? String(repeating: " ", count: displayWidth(first))
  var lines: [String] = []
  var indent = first
  for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
    var line = ""
    var used = 0
    let room = { max(8, width - displayWidth(indent)) }
    func end() {
      lines.append((indent + line).withoutTrailingSpaces)
      indent = rest
      line = ""
      used = 0
    }
    for word in paragraph.split(separator: " ") {
      var word = String(word)
      var columns = displayWidth(word)
      if used > 0, used + 1 + columns > room() { end() }
      while columns > room() {
        let head = word.head(ofWidth: room())
        guard !head.isEmpty else { break }
        line = head
        end()
        word.removeFirst(head.count)
        columns = displayWidth(word)
      }
      line += used > 0 ? " " + word : word
      used += columns + (used > 0 ? 1 : 0)
    }
    end()
  }
  return lines
}

extension String {
  /// As many whole characters from the beginning as fit.
  fileprivate func head(ofWidth width: Int) -> String {
    var used = 0
    return String(prefix { character in
      used += character.columns
      return used <= width
    })
  }
}
