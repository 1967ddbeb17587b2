// Asks the terminal what it can show. Once, at the first picture, with a fifth of a second to answer; never guessed from TERM.
//
// The last question (primary device attributes) is one that every terminal answers, so its answer ends the waiting. What the
// person typed meanwhile is kept for the next prompt.
import Glibc

struct TerminalQuery {
  /// Kitty's graphics query, the version, the size of a cell in pixels, and the attributes.
  static let question = "\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[>0q\u{1B}[16t\u{1B}[c"

  var kittyGraphics = false
  var version = ""
  /// DA1's list: 4 is sixel.
  var attributes: [Int] = []
  var cell: (width: Int, height: Int)?
  /// Bytes that are no answers.
  var typed: [UInt8] = []
  /// The attributes have come; nothing is outstanding.
  var complete = false

  /// Takes the answers out of what was read.
  init(answers: [UInt8]) {
    var place = 0
    while place < answers.count {
      guard let (body, end) = TerminalQuery.sequence(answers, at: place) else {
        typed.append(answers[place])
        place += 1
        continue
      }
      if take(body) { place = end } else {
        typed += answers[place..<end]
        place = end
      }
    }
  }

  private mutating func take(_ body: String) -> Bool {
    if body.hasPrefix("_Gi=31") {
      kittyGraphics = body.hasSuffix(";OK")
    } else if body.hasPrefix("P>|") {
      version = String(body.dropFirst(3))
    } else if body.hasPrefix("[?"), body.hasSuffix("c") {
      attributes = body.dropFirst(2).dropLast().split(separator: ";").compactMap { Int($0) }
      complete = true
    } else if body.hasPrefix("[6;"), body.hasSuffix("t") {
      let parts = body.dropFirst(3).dropLast().split(separator: ";").compactMap { Int($0) }
      if parts.count == 2, parts[0] > 0, parts[1] > 0 { cell = (parts[1], parts[0]) }
    } else {
      return false
    }
    return true
  }

  /// One escape sequence from `start`: its text without ESC and terminator (CSI keeps its final letter), and where it ends.
  private static func sequence(_ bytes: [UInt8], at start: Int) -> (String, Int)? {
    guard bytes[start] == 0x1B, start + 1 < bytes.count else { return nil }
    switch bytes[start + 1] {
    case 0x5B:  // CSI
      guard let end = bytes[(start + 2)...].firstIndex(where: { (0x40...0x7E).contains($0) }) else { return nil }
      return (String(decoding: bytes[(start + 1)...end], as: UTF8.self), end + 1)
    case 0x50, 0x5F:  // DCS, APC
      var end = start + 2
      while end + 1 < bytes.count {
        if bytes[end] == 0x1B, bytes[end + 1] == 0x5C { return (String(decoding: bytes[(start + 1)..<end], as: UTF8.self), end + 2) }
        end += 1
      }
      return nil
    default: return nil
    }
  }

  /// Writes the question to the terminal and reads for at most 200 ms.
  static func ask(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) -> TerminalQuery {
    var before = termios()
    guard tcgetattr(input, &before) == 0 else { return TerminalQuery(answers: []) }
    var raw = before
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    withUnsafeMutableBytes(of: &raw.c_cc) { keys in
      keys[Int(VMIN)] = 0
      keys[Int(VTIME)] = 0
      keys[Int(VSUSP)] = 0  // stopped here, the terminal would stay raw
    }
    tcsetattr(input, TCSADRAIN, &raw)
    defer { tcsetattr(input, TCSADRAIN, &before) }
    fflush(nil)
    _ = Array(question.utf8).withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
    var answers: [UInt8] = []
    let end = milliseconds() + 200
    while milliseconds() < end {
      var watched = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, Int32(max(1, end - milliseconds()))) > 0 else { continue }
      var chunk = [UInt8](repeating: 0, count: 1024)
      let count = read(input, &chunk, chunk.count)
      guard count > 0 else { break }
      answers += chunk[..<count]
      if TerminalQuery(answers: answers).complete { break }
    }
    return TerminalQuery(answers: answers)
  }

  private static func milliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
