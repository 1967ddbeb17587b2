// What a packager and a shell ask for: completion scripts and the manual page.
import ArgumentParser
import Glibc

struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Writes a completion script for a shell.",
    discussion: """
      EXAMPLES
        orrery completions bash > ~/.local/share/bash-completion/completions/orrery
        orrery completions zsh > ~/.zfunc/_orrery
        orrery completions fish > ~/.config/fish/completions/orrery.fish
      """)

  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  @Argument(help: "bash, zsh or fish.") var shell: Shell

  func run() throws {
    guard let root = CommandTree.root, let shell = CompletionShell(rawValue: shell.rawValue) else { return }
    print(root.completionScript(for: shell))
  }
}

struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "man", abstract: "Writes the manual page as roff.",
    discussion: """
      EXAMPLES
        orrery man | man -l -
        orrery man > orrery.1
      """)

  func run() throws {
    guard let root = CommandTree.root else { return }
    print(ManualPage(program: try CommandDescription(root), date: today).roff, terminator: "")
  }

  /// SOURCE_DATE_EPOCH makes a build repeatable (reproducible-builds.org).
  private var today: String {
    var seconds = Environment.all["SOURCE_DATE_EPOCH"].flatMap { time_t($0) } ?? time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let two = { (value: Int32) in value < 10 ? "0\(value)" : "\(value)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }
}
