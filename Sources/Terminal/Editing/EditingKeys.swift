// The few keys that entries of several lines need: up and down inside the text, a new line by Alt-Enter.
//
// They are bound before readline reads inputrc, so a person's own bindings win. Nothing else is changed.
@preconcurrency import CReadline
import Glibc

enum EditingKeys {
  static func bind() {
    _ = rl_add_defun(lasting("orrery-up"), { EditingKeys.up($0, $1) }, -1)
    _ = rl_add_defun(lasting("orrery-down"), { EditingKeys.down($0, $1) }, -1)
    _ = rl_add_defun(lasting("orrery-newline"), { _, _ in
      rl_insert_text("\n")
      return 0
    }, -1)
    for sequence in ["\\e[A", "\\eOA"] { bind(sequence, "orrery-up") }
    for sequence in ["\\e[B", "\\eOB"] { bind(sequence, "orrery-down") }
    bind("\\e\\C-m", "orrery-newline")
  }

  /// readline keeps the pointer to a name.
  private static func lasting(_ name: String) -> UnsafePointer<CChar>? { UnsafePointer(strdup(name)) }

  private static func bind(_ sequence: String, _ name: String) {
    var line = Array("\"\(sequence)\": \(name)".utf8CString)
    rl_parse_and_bind(&line)
  }

  private static func up(_ count: Int32, _ key: Int32) -> Int32 {
    let text = lines()
    // Straight after a recalled entry, up means the entry before it; inside an edited text, the line above.
    if text.row > 0 && !cameFromHistory { return move(to: text.row - 1, text) }
    let result = rl_get_previous_history(count, key)
    recalled = (rl_point, rl_end)
    return result
  }

  private static func down(_ count: Int32, _ key: Int32) -> Int32 {
    let text = lines()
    if text.row + 1 < text.starts.count && !cameFromHistory { return move(to: text.row + 1, text) }
    let result = rl_get_next_history(count, key)
    recalled = (rl_point, rl_end)
    return result
  }

  /// From now on the answers to a graphics query are no keys: a slow line brings them after the waiting has ended.
  static func swallowLateAnswers() {
    _ = rl_add_defun(lasting("orrery-skip-string"), { _, _ in
      while true {
        let key = rl_read_key()
        if key < 0 || key == 0x07 || (key == 0x1B && rl_read_key() == 0x5C) { return 0 }
      }
    }, -1)
    _ = rl_add_defun(lasting("orrery-skip-report"), { _, _ in
      while true {
        let key = rl_read_key()
        if key < 0 || (0x40...0x7E).contains(key) { return 0 }
      }
    }, -1)
    for lead in ["\\e_G", "\\eP>"] { bind(lead, "orrery-skip-string") }
    for lead in ["\\e[?", "\\e[6;"] { bind(lead, "orrery-skip-report") }
  }

  /// A new line begins: what was recalled before says nothing about it.
  static func reset() { recalled = nil }

  /// Cursor and length just after an entry was recalled.
  nonisolated(unsafe) private static var recalled: (Int32, Int32)?

  /// Was the last key up or down through the history, with nothing done since?
  private static var cameFromHistory: Bool {
    guard let (point, end) = recalled else { return false }
    return point == rl_point && end == rl_end
  }

  /// Where the lines of the text begin, and which one the cursor is in.
  private static func lines() -> (starts: [Int], row: Int) {
    var starts = [0]
    for index in 0..<Int(rl_end) where rl_line_buffer[index] == 0x0A { starts.append(index + 1) }
    return (starts, starts.lastIndex { $0 <= Int(rl_point) } ?? 0)
  }

  /// The same column of another line, or its end if it is shorter.
  private static func move(to row: Int, _ text: (starts: [Int], row: Int)) -> Int32 {
    let column = characters(from: text.starts[text.row], to: Int(rl_point))
    let end = row + 1 < text.starts.count ? text.starts[row + 1] - 1 : Int(rl_end)
    var place = text.starts[row]
    var left = column
    while place < end && left > 0 {
      place += 1
      while place < end && UInt8(truncatingIfNeeded: rl_line_buffer[place]) & 0xC0 == 0x80 { place += 1 }
      left -= 1
    }
    rl_point = Int32(place)
    return 0
  }

  private static func characters(from start: Int, to end: Int) -> Int {
    (start..<end).count { UInt8(truncatingIfNeeded: rl_line_buffer[$0]) & 0xC0 != 0x80 }
  }
}
