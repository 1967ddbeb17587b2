// The way from the process's arguments to its exit code, by the contract of the command line: 0 fine, 1 a check failed, 2 wrong usage
// or unusable input with one clear line, 130 interrupted. It knows no command.
import ArgumentParser
import Files
@preconcurrency import Glibc
import Terminal

/// Runs the command that `arguments` name below `root`, and ends the process.
func runCommandLine(root: any ParsableCommand.Type, arguments: [String] = Array(CommandLine.arguments.dropFirst())) -> Never {
  Pager.leaveQuietlyWhenTheReaderLeaves()
  Interrupts.exitOnInterrupt()
  CommandTree.root = root
  do {
    var command = try root.parseAsRoot(prepared(arguments))
    if command is any Conversational {
      try command.run()
    } else {
      try Interrupts.whileRunning(stop: endSoon) { try command.run() }
    }
  } catch {
    leave(after: error, root: root, arguments: arguments)
  }
  end(0)
}

/// Ends the process. What was printed must have arrived: a full disk is told; that the reader has left is not (see `Pager`).
private func end(_ code: Int32) -> Never {
  let reason = fflush(nil) == 0 ? nil : errno
  if reason != nil || ferror(stdout) != 0, reason != EPIPE, code == 0 {
    // An earlier part may have failed, whose reason is forgotten.
    sayError("orrery: standard output: \(reason.map { String(cString: strerror($0)) } ?? "not all of it could be written")")
    _exit(2)
  }
  Notices.say()  // below the result, also where both go to one pipe
  exit(code)
}

/// A value such as `-1+2` that stands where no option asks for it is meant as text, not as a flag: it goes behind `--`.
func prepared(_ arguments: [String]) -> [String] {
  guard !arguments.contains("--") else { return arguments }
  var values: [String] = []
  var others: [String] = []
  for argument in arguments {
    let afterOption = others.last.map { $0.hasPrefix("-") && !$0.contains("=") } ?? false
    if argument.isNegativeNumber && !afterOption { values.append(argument) } else { others.append(argument) }
  }
  return values.isEmpty ? arguments : others + ["--"] + values
}

/// A command that reads cells, and answers Ctrl-C itself.
protocol Conversational {}

/// What a command throws that Ctrl-C has stopped.
struct Interrupted: Error {}

/// Ctrl-C raises the stop flag, and what computes ends by itself; what does not poll it ends here.
private let endSoon: @Sendable () -> Void = {
  usleep(80_000)
  sayInterrupted()
  _exit(130)
}

private func sayInterrupted() {
  let message = Array("orrery: interrupted\n".utf8)
  _ = Glibc.write(STDERR_FILENO, message, message.count)
}

private func leave(after error: any Error, root: any ParsableCommand.Type, arguments: [String]) -> Never {
  if error is Interrupted || Interrupts.stopRequested && !(error is ExitCode) {
    fflush(nil)
    sayInterrupted()
    _exit(130)
  }
  let code = root.exitCode(for: error)
  if let given = error as? ExitCode {  // the command has said what there is to say
    end(given.rawValue)
  }
  if code.isSuccess {
    // Help, version, or a completion script that was asked for.
    Pager.show(ScreenText(root.fullMessage(for: error)), environment: Environment.all)
    end(0)
  }
  // Whatever the names in files and arguments hold: one line.
  sayError("orrery: \(UsageMessage(root: root, arguments: arguments).line(for: error).shown(limit: 2000))")
  exit(2)
}

/// What a command has to say beside its result. It is said when the command has ended well: an error is one line, and alone.
enum Notices {
  nonisolated(unsafe) private static var pending: [String] = []

  static func add(_ text: String) { pending.append(text) }

  static func say() {
    pending.forEach(sayError)
    pending = []
  }
}

/// The command whose tree the manual and the completions describe.
enum CommandTree {
  nonisolated(unsafe) static var root: (any ParsableCommand.Type)?
}

enum Environment {
  static var all: [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let pointer = entry.pointee {
      let text = String(cString: pointer)
      if let equals = text.firstIndex(of: "=") { result[String(text[..<equals])] = String(text[text.index(after: equals)...]) }
      entry += 1
    }
    return result
  }
}

extension String {
  fileprivate var isNegativeNumber: Bool {
    guard first == "-", let next = dropFirst().first else { return false }
    return next.isASCII && next.isNumber || next == "." && dropFirst(2).first.map { $0.isASCII && $0.isNumber } ?? false
  }
}
