// What a prompt needs from whoever evaluates the cells. It does not say what a cell means.

/// Whether a text can be run as it is.
public enum Completeness: Equatable, Sendable {
  /// It can be run.
  case complete
  /// A bracket, a string or a comment is still open: read another line.
  case more
  /// No further line can mend it: run it, so that the host says what is wrong.
  case broken
}

/// One text to run.
public struct Cell: Equatable, Sendable {
  public var text: String
  /// The line of the input that it began at, from 1 (for messages about piped input).
  public var line: Int

  public init(_ text: String, line: Int = 1) {
    self.text = text
    self.line = line
  }
}

/// How a cell ended.
public enum Outcome: Equatable, Sendable {
  case done
  /// It failed, and the host has said why.
  case failed
  /// Ctrl-C stopped it, and the host has said so.
  case stopped
  /// The session ends with this exit code.
  case leave(Int32)
}

/// The session behind a prompt. All calls come from one thread, one at a time.
public protocol PromptHost: AnyObject {
  /// Printed once before the first prompt, and never with piped input. No newline at its end.
  var greeting: ScreenText { get }
  /// Asked before every cell. May hold colour.
  var promptText: ScreenText { get }
  /// In front of the further lines of an unfinished cell.
  var continuationText: ScreenText { get }

  func completeness(of text: String) -> Completeness
  /// `cursor` is a UTF-8 offset into `text`, which is the whole cell, its earlier lines included.
  func completions(of text: String, at cursor: Int) -> Completions
  /// Runs a cell, printing as it goes. It may be empty at a prompt (in a lesson, an empty Enter goes on).
  func run(_ cell: Cell) -> Outcome
  /// Runs a line that begins with `:`.
  func command(_ line: String) -> Outcome
  /// Called on another thread while a cell runs, at once after Ctrl-C (`Interrupts.stopFlag` is set already).
  var stop: @Sendable () -> Void { get }
}

extension PromptHost {
  public var greeting: ScreenText { "" }
  public var promptText: ScreenText { "> " }
  public var continuationText: ScreenText { "… " }
  public func completions(of text: String, at cursor: Int) -> Completions { .none }
  public var stop: @Sendable () -> Void { {} }
}
