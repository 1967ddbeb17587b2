// What the prompt writes: results to standard output, mistakes to standard error, with the colours of their roles.

import Glibc
import Lessons
import Notebook
import Terminal

/// The writing side of a prompt.
struct Screenful {
  let style: Style
  /// Somebody sits in front of it: what is taller than the screen waits in the pager. A run without a person never waits.
  var isRead = true

  func say(_ text: String) { say(ScreenText(text)) }
  func say(_ text: ScreenText) { pass(text.ended) }

  /// A piece of a cell's output, as it comes.
  func pass(_ piece: String) { pass(ScreenText(piece)) }

  func pass(_ piece: ScreenText) {
    print(piece, terminator: "")
    fflush(nil)
  }

  /// A piece of a cell's output for a person: what is taller than the screen opens in the pager, at its top.
  func page(_ piece: ScreenText) {
    guard isRead, Screen.isInteractive, piece.text.utf8.count(where: { $0 == 0x0A }) >= Screen.size.rows else { return pass(piece) }
    Pager.show(piece, environment: Environment.all)
  }

  /// A mistake; `place` says where it stands in piped input.
  func complain(_ message: String, place: String? = nil) {
    var parts = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // A long sentence is broken between its words; the source with its caret stays as it is.
    if parts.count == 1, Screen.isTerminal(STDERR_FILENO) { parts = wrap(parts[0], width: Screen.size.columns, rest: "  ") }
    let lines = parts.enumerated().map { index, part in
      let line = Substring(part)
      return index == 0 ? heading(String(line), place) : isMark(line) ? errorStyle.paint(String(line), .bad) : ScreenText(String(line))
    }
    Screen.tell(lines.joined(separator: "\n"))
  }

  func say(_ lines: [StyledLine]) {
    page(lines.map { $0.spans.map { style.paint($0.text, $0.role.role) }.joined() + "\n" }.joined())
  }

  private var errorStyle: Style { Screen.isTerminal(STDERR_FILENO) ? style : .colourless }

  private func heading(_ line: String, _ place: String?) -> ScreenText {
    let lead = "error:"
    guard line.hasPrefix(lead) else { return ScreenText(line) }
    return "\(place.map { $0 + ": " } ?? "")\(errorStyle.paint(lead, .bad))\(line.dropFirst(lead.count))"
  }

  /// The line of a caret under the source.
  private func isMark(_ line: Substring) -> Bool {
    let body = line.drop { $0 == " " }
    return body.first == "^" || body.first == "~" && body.contains("^")
  }
}

extension TextRole {
  /// The colour of a lesson's text.
  fileprivate var role: Role {
    switch self {
    case .text, .struck, .codeBlock: .plain
    case .heading, .strong, .tableHeader: .heading
    case .emphasis, .marker: .marked
    case .code: .name
    case .source(let kind):
      switch kind {
      case .keyword: .marked
      case .number: .number
      case .string: .string
      case .comment: .quiet
      case .blank: .bad
      case .function, .member: .name
      case .name, .label, .symbol, .plain: .plain
      }
    case .link: .number
    case .tableRule, .rule, .quote, .note: .quiet
    case .good: .good
    case .bad: .bad
    }
  }
}
