// Lines joined into cells, at a prompt or from a pipe. Only the host knows when a text is whole; this only asks it.
import Glibc

/// Cells typed at a terminal.
public final class CellReader {
  public enum Entry: Equatable {
    case cell(Cell)
    case interrupted
    case end
  }

  private let editor: LineEditor
  private let host: PromptHost
  private var line = 1

  public init(editor: LineEditor, host: PromptHost) {
    self.editor = editor
    self.host = host
  }

  /// One cell: lines until the host says that the text is whole. Ctrl-C drops all of it.
  public func next() -> Entry {
    var text = ""
    editor.complete = { [host] line, cursor in
      let found = host.completions(of: text + line, at: text.utf8.count + cursor)
      // A candidate may not reach back into a line that is already entered.
      guard found.start >= text.utf8.count else { return .none }
      return Completions(start: found.start - text.utf8.count, found.candidates)
    }
    while true {
      switch editor.readLine(prompt: text.isEmpty ? host.promptText : host.continuationText) {
      case .interrupted: return .interrupted
      case .end: return .end
      case .line(let entered):
        // A pasted text usually ends with a line break; it is not a further line.
        text += entered.last == "\n" ? String(entered.dropLast()) : entered
        if text.first != ":", !text.isBlank, host.completeness(of: text) == .more {
          text += "\n"
          continue
        }
        editor.history.add(text)
        defer { line += text.split(separator: "\n", omittingEmptySubsequences: false).count }
        return .cell(Cell(text, line: line))
      }
    }
  }
}

extension String {
  var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
