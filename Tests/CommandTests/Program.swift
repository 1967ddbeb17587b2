// The built program, as a pipe and as a terminal meet it.

import Foundation
import Testing

/// `orrery`, run to its end with its output in pipes.
struct Program {
  let printed: String, said: String
  let status: Int32

  /// The executable beside the test program.
  static func path() throws -> String {
    URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      .deletingLastPathComponent().appendingPathComponent("orrery").path
  }

  /// - Parameter line: words after `orrery`, split at blanks.
  init(_ line: String, input: String = "", environment: [String: String] = [:]) throws {
    try self.init(line.split(separator: " ").map(String.init), input: input, environment: environment)
  }

  init(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws {
    let process = Process(), typed = Pipe(), output = Pipe()
    // Standard error goes to a file: two pipes that are read one after the other could block each other.
    let errors = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.executableURL = URL(fileURLWithPath: try Program.path())
    process.arguments = arguments
    process.currentDirectoryURL = Shown.root
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    (process.standardInput, process.standardOutput) = (typed, output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    try typed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try typed.fileHandleForWriting.close()
    printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    said = try String(contentsOf: errors, encoding: .utf8)
    status = process.terminationStatus
  }
}
