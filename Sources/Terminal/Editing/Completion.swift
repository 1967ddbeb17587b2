// What a host answers when Tab is pressed. It does not know what can be completed; that is the host's.

/// One way to go on.
public struct Candidate: Equatable, Sendable {
  /// The text that takes the place of what is completed.
  public var text: String
  /// Added only if this is the one candidate: a closing quote, `(`, `: `. Empty by default, so no stray space appears.
  public var suffix: String
  /// One line about it, shown in the list.
  public var note: String

  public init(_ text: String, suffix: String = "", note: String = "") {
    self.text = text
    self.suffix = suffix
    self.note = note
  }
}

/// The candidates for the text from `start` (UTF-8 offset into the whole cell) to the cursor.
public struct Completions: Equatable, Sendable {
  public var start: Int
  public var candidates: [Candidate]

  public init(start: Int, _ candidates: [Candidate]) {
    self.start = start
    self.candidates = candidates
  }

  public static let none = Completions(start: 0, [])
}

extension Completions {
  /// What the candidates have in common from the beginning, in whole characters of Unicode.
  var commonText: String {
    guard var common = candidates.first?.text.unicodeScalars[...] else { return "" }
    for candidate in candidates.dropFirst() {
      let shared = zip(common, candidate.text.unicodeScalars).prefix { $0 == $1 }.count
      common = common.prefix(shared)
    }
    return String(String.UnicodeScalarView(common))
  }

  /// The lines of the list under the prompt: in columns, or one a line with its note; never more than `rows`.
  func listing(width: Int, rows: Int, style: Style) -> [ScreenText] {
    let names = candidates.map(\.text)
    let widest = names.map(displayWidth).max() ?? 0
    var lines: [ScreenText]
    if candidates.contains(where: { !$0.note.isEmpty }) {
      lines = candidates.map { candidate in
        guard !candidate.note.isEmpty else { return ScreenText(candidate.text) }
        let space = width - widest - 3
        let note = space > 8 ? candidate.note.cut(toWidth: space) : ""
        return "\(candidate.text.padded(toWidth: widest + 2))\(style.paint(note, .quiet))"
      }
    } else {
      let columns = max(1, width / (widest + 2))
      let height = (names.count + columns - 1) / columns
      lines = (0..<height).map { row in
        let cells = stride(from: row, to: names.count, by: height).map { names[$0].padded(toWidth: widest + 2) }
        var line = cells.joined()
        while line.last == " " { line.removeLast() }
        return ScreenText(line)
      }
    }
    let limit = max(rows, 4)
    guard lines.count > limit else { return lines }
    let left = lines.count - (limit - 1)
    return lines.prefix(limit - 1) + [style.paint("… \(left) more lines; type on to narrow them", .quiet)]
  }
}
