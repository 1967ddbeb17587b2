// The entries that Up brings back: readline's list, kept in step with the file.
//
// An entry is a whole cell, its line breaks included. An entry that is entered again moves to the end. Lines that begin with
// a space are the person's own business: they are kept nowhere.
@preconcurrency import CReadline
import Glibc

public final class History {
  private let file: HistoryFile?
  private let limit: Int
  private var hasWarned = false

  /// `file` is nil for a history that lives only as long as the session.
  public init(file: HistoryFile?, limit: Int = HistoryFile.limit) {
    self.file = file
    self.limit = limit
  }

  func attach() {
    using_history()
    stifle_history(Int32(limit))
  }

  /// Fills readline's list from the file. It is called after the first prompt is shown, so it costs no waiting.
  func load() {
    for entry in file?.load() ?? [] { add_history(entry) }
    using_history()
  }

  /// Notes one entry, here and in the file.
  public func add(_ entry: String) {
    guard let entry = History.kept(entry) else { return }
    var place = history_length
    while place > 0 {
      place -= 1
      guard let old = history_get(history_base + place), let line = old.pointee.line else { continue }
      guard String(cString: line) == entry else { continue }
      let last = place == history_length - 1
      if let removed = remove_history(place) { free(free_history_entry(removed)) }
      if last {
        add_history(entry)
        return using_history()
      }
      break
    }
    add_history(entry)
    using_history()
    // Said once; the work goes on.
    if let failure = file?.append(entry), !hasWarned {
      hasWarned = true
      Screen.tell("orrery: your history is not kept: \(failure)")
    }
  }

  /// The entry as it is kept, or nil if it is not.
  static func kept(_ entry: String) -> String? {
    guard let first = entry.first, first != " " else { return nil }
    var text = entry[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text.isEmpty ? nil : String(text)
  }
}
