// The fuzzers for a little while: the corpus of past failures, and the first inputs of every target. `make fuzz` goes on from there.

import Foundation
import Testing

@Suite struct FuzzTests {
  @Test(arguments: [
    ["json", "shards", "tokenizers", "texts", "markdown", "plans", "configs", "language"], ["cells", "lessoncells", "recipes", "composed"], ["models", "lessons", "arguments", "files"],
  ])
  func everyTarget(_ targets: [String]) throws {
    let process = Process(), output = Pipe()
    process.executableURL = URL(fileURLWithPath: try Program.path()).deletingLastPathComponent().appendingPathComponent("fuzz")
    process.arguments = ["--seconds", "240", "--count", "120"] + targets.flatMap { ["--target", $0] }
    process.currentDirectoryURL = Shown.root
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.hasSuffix("nothing found\n") && !said.contains(" 0 inputs"))
  }
}
