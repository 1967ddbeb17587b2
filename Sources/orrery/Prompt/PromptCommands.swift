// The prompt's own commands: lines that begin with a colon. What they print comes from the session; they know no model.

import Files
import Glibc
import Lessons
import Notebook
import Terminal

enum PromptCommand: String, CaseIterable {
  case help, doc, type, vars, step, back, to, why, time, reset, save, record, lesson, quit

  /// What follows the name; in brackets, what may be left out.
  var argument: String {
    switch self {
    case .help, .vars, .why, .reset, .quit: ""
    case .step, .back: "[COUNT]"
    case .doc, .to: "NAME"
    case .type: "EXPRESSION"
    case .time: "CELL"
    case .save, .record: "FILE"
    case .lesson: "[NAME]"
    }
  }

  var meaning: String {
    switch self {
    case .help: "this list"
    case .doc: "what a name means: a function, a variable, Type.member, an operator"
    case .type: "the type and the shape of a value"
    case .vars: "your variables"
    case .step: "goes on in the run that you named last, by operations"
    case .back: "goes back in it"
    case .to: "goes to the operation that made a tensor"
    case .why: "the operation where you are: formula, inputs, output"
    case .time: "runs a cell and says how long it took"
    case .reset: "forgets your variables"
    case .save: "this session as a lesson file, which `orrery run` runs again"
    case .record: "saves now and after every cell; `:record off` ends it"
    case .lesson: "opens a lesson, or the next one; `:lesson off` comes back here"
    case .quit: "leaves, as Ctrl-D does"
    }
  }
}

final class PromptCommands {
  /// Where cells run: a lesson's play has its own.
  var session: Session
  private let screen: Screenful
  /// What was typed, for `:save`.
  var record = SessionRecord()
  /// Takes a cell that a command ran, where somebody else keeps the record (a lesson); nil: it is kept here.
  var note: ((String, CellResult) -> Void)?
  /// Opens a lesson by its name, the next one without, or leaves it with `off`.
  var openLesson: (String) -> Outcome = { _ in .failed }
  /// The file that `:record` keeps up to date.
  private var recording: String?
  /// Files that this session has written: those may be written again.
  private var ownFiles: Set<String> = []
  /// Further lines of `:help`, in a lesson.
  var more: [(String, String)] = []

  init(session: Session, screen: Screenful) {
    self.session = session
    self.screen = screen
  }

  /// - Parameter report: says what is wrong with a cell that `:time` ran.
  func run(_ line: String, report: (CellFailure?) -> Outcome) -> Outcome {
    let words = line.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    let name = words.first.map(String.init) ?? ""
    let argument = words.count > 1 ? String(words[1]).trimmed : ""
    guard let command = PromptCommand(rawValue: name) ?? begun(name) else {
      let near = nearest(name, in: PromptCommand.allCases.map(\.rawValue)).map { "did you mean ':\($0)'?" } ?? ":help lists them"
      return fail("error: no command ':\(name)'; \(near)")
    }
    if !command.argument.isEmpty, !command.argument.hasPrefix("["), argument.isEmpty { return fail("error: write :\(command.rawValue) \(command.argument)") }
    switch command {
    case .help: screen.say(help)
    case .doc: return attempt { try session.documentation(of: argument) }
    case .type: return attempt { try session.type(of: argument) }
    case .vars: screen.say(variables)
    case .step, .back:
      guard argument.isEmpty || Int(argument).map({ $0 > 0 }) ?? false else {
        return fail("error: :\(command.rawValue) takes a count from 1, got '\(argument)'")
      }
      return walk("\(command.rawValue)(\(argument))", report)
    case .to: return walk("to(\"\(argument.filter { $0 != "\"" && $0 != "\\" })\")", report)
    case .why: return walk("why", report)
    case .time: return time(argument, report)
    case .reset:
      session.reset(seed: 0)
      closeRecording()
      record = SessionRecord()
    case .save: return save(argument)
    case .record: return argument == "off" ? endRecording() : beginRecording(argument)
    case .lesson: return openLesson(argument)
    case .quit: return .leave(0)
    }
    return .done
  }

  /// `:h` is `:help`, as long as no other command begins so.
  private func begun(_ name: String) -> PromptCommand? {
    let found = PromptCommand.allCases.filter { !name.isEmpty && $0.rawValue.hasPrefix(name) }
    return found.count == 1 ? found[0] : nil
  }

  private func fail(_ message: String) -> Outcome {
    screen.complain(message)
    return .failed
  }

  private func attempt(_ text: () throws -> String) -> Outcome {
    do {
      screen.say(try text())
      return .done
    } catch {
      let failure = CellFailure(error)
      screen.complain(failure.kind == CellFailure.interrupted ? "interrupted" : failure.message)
      return failure.kind == CellFailure.interrupted ? .stopped : .failed
    }
  }

  // MARK: commands

  private var help: ScreenText {
    let commands = PromptCommand.allCases.map { (":\($0.rawValue) \($0.argument)", $0.meaning) }
    let rows = more + commands
    let width = rows.map { $0.0.count }.max() ?? 0
    let examples = [
      ("let r = stories.run(\"Once there was\")", "runs a model and keeps every tensor"),
      ("r.names", "their names; Tab completes them: r[\"layers.0."),
      ("r[\"layers.0.attention.pattern\"][head: 0]", "one of them"),
      ("softmax(tensor([1, 2, 3]))", "arithmetic on tensors: + - * / @ .T"),
      ("stories.generate(\"Once there was\")", "how a text goes on"),
    ]
    let wide = examples.map { $0.0.count }.max() ?? 0
    func row(_ call: String, _ meaning: String, _ width: Int) -> ScreenText { "  \(call.padded(toWidth: width))  \(screen.style.paint(meaning, .quiet))" }
    return (["A line is an expression or a `let`; its value is printed. For instance:"] + examples.map { row($0.0, $0.1, wide) }
      + ["Commands:"] + rows.map { row($0.0, $0.1, width) }).joined(separator: "\n")
  }

  private var variables: String {
    let all = session.variables
    if all.isEmpty { return "no variables yet; write: let x = 1" }
    let names = all.map { $0.name.count }.max() ?? 0, types = all.map { $0.type.count }.max() ?? 0
    let room = Screen.size.columns - names - types - 4
    return all.map { name, type, summary in
      let start = name + String(repeating: " ", count: names - name.count + 2) + type
      // A summary that only repeats the type says nothing.
      let value = summary == type ? "" : summary.count > room ? String(summary.prefix(max(0, room - 1))) + "…" : summary
      return value.isEmpty ? start : start + String(repeating: " ", count: types - type.count + 2) + value
    }.joined(separator: "\n")
  }

  private func time(_ cell: String, _ report: (CellFailure?) -> Outcome) -> Outcome {
    let start = now()
    let result = session.run(cell: cell)
    let seconds = now() - start
    add(cell, result)
    if result.failure == nil { screen.say(screen.style.paint(durationText(seconds), .quiet)) }
    return report(result.failure)
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// A step in the run that was named last, as the cell that says the same.
  private func walk(_ member: String, _ report: (CellFailure?) -> Outcome) -> Outcome {
    guard let run = session.lastRun else { return fail("error: no run has a name yet; write: let r = stories.run(\"Once there was\")") }
    let cell = "\(run).\(member)"
    var result = session.run(cell: cell)
    add(cell, result)
    // Nobody has typed the cell that the caret would stand under.
    if let failure = result.failure {
      let lines = failure.message.split(separator: "\n")
      let hint = lines.count > 1 ? lines.last?.firstRange(of: "  did you mean").map { ";" + lines.last![$0.lowerBound...].dropFirst() } : nil
      result.failure = CellFailure(kind: failure.kind, message: String(lines.first ?? "") + (hint ?? ""))
    }
    return report(result.failure)
  }

  /// Keeps a cell that was typed, with what came of it.
  func add(_ cell: String, _ result: CellResult) {
    if let note { note(cell, result) } else { record.add(cell, result) }
    keepRecording()
  }

  /// Brings the file that is recorded to up to date.
  func keepRecording() {
    guard let file = recording else { return }
    do { try write(file) } catch {
      recording = nil
      screen.complain("error: recording ended: \(error)")
    }
  }

  private func beginRecording(_ path: String) -> Outcome {
    let file = lessonFile(path)
    if let refusal = occupied(file) { return fail(refusal) }
    do {
      try write(file)
      recording = file
      screen.say("recording to \(file); :record off ends it")
      return .done
    } catch {
      return fail("error: \(error)")
    }
  }

  /// Ends a recording whose session begins anew: what is recorded stays as it is.
  func closeRecording() {
    if recording != nil { _ = endRecording() }
  }

  private func endRecording() -> Outcome {
    guard let file = recording else { return fail("error: nothing is being recorded") }
    recording = nil
    screen.say("recorded as \(file); run it with: orrery run \(file) --check")
    return .done
  }

  private func lessonFile(_ path: String) -> String { path.hasSuffix(".md") ? path : path + ".md" }

  /// What somebody else wrote is not written over: a slip of the name would cost a lesson.
  private func occupied(_ file: String) -> String? {
    !ownFiles.contains(file) && Path.exists(file) ? "error: \(file) is there already, and this session did not write it; choose another name" : nil
  }

  private func write(_ file: String) throws {
    let name = String(Path.name(of: file).dropLast(3))
    try AtomicFile.write(file, Array(record.lesson(id: name, title: name, seed: 0).utf8))
    ownFiles.insert(file)
  }

  private func save(_ path: String) -> Outcome {
    guard !record.isEmpty else { return fail("error: nothing to save yet") }
    let file = lessonFile(path)
    if let refusal = occupied(file) { return fail(refusal) }
    do {
      try write(file)
      screen.say("saved as \(file); run it with: orrery run \(file) --check")
      return .done
    } catch {
      return fail("error: \(error)")
    }
  }
}

extension String {
  /// Without blanks at its ends.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace ?? false { text.removeFirst() }
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return String(text)
  }
}
