// Whether lessons may reach outside of their folders: said beforehand by --trust, or once when it is asked.

import ArgumentParser
import Files
import Glibc
import Lessons
import Notebook
import Terminal

struct TrustOption: ParsableArguments {
  @Flag(help: "Let a lesson that did not come with Orrery read and write outside of its folder.") var trust = false

  /// The rule for a lesson's cells, set before they run.
  func apply(to session: Session, lesson file: String) { session.access = Trust.access(of: file, isGranted: trust, ask: TrustOption.ask) }

  /// Asks the person at the terminal; false where there is none.
  private static func ask(_ wish: String) -> Bool {
    guard Screen.isInteractive else { return false }
    fflush(nil)
    Screen.tell("This lesson did not come with Orrery, and wants to \(wish), outside of its folder.\nMay it do this, and whatever else it does outside, until it ends? Type yes, or Enter for no.")
    var line = ""
    while !Interrupts.stopRequested {
      var typed = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&typed, 1, 50) > 0 else { continue }
      var byte: UInt8 = 0
      guard read(STDIN_FILENO, &byte, 1) == 1 else { return false }
      if byte == 0x0A || byte == 0x0D { return ["yes", "y"].contains(line.lowercased().trimmed) }
      line.unicodeScalars.append(Unicode.Scalar(byte))
      if line.utf8.count > 80 { return false }
    }
    return false
  }
}
