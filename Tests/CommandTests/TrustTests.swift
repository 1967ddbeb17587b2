// What a lesson that did not come with Orrery may do: read and write below its own folder and the scratch folder, open what came with Orrery, and nothing else
// unless the person says so.

import Foundation
import Testing

@Suite struct TrustTests {
  let folder: URL, outside: URL

  init() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).resolvingSymlinksInPath()
    (folder, outside) = (root.appendingPathComponent("lesson"), root.appendingPathComponent("outside"))
    for place in [folder, outside] { try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true) }
    try FileManager.default.copyItem(at: Shown.root.appendingPathComponent("lessons/models/stories"), to: outside.appendingPathComponent("model"))
  }

  private func clear() { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  private static let small = "decoder(layers: 1, width: 8, vocabulary: 10, attention: multiHead(heads: 2))"

  private func lesson(_ cell: String) throws -> String {
    let file = folder.appendingPathComponent("visit.md")
    try "---\norrery: 1\nid: a.visit\ntitle: A visit\n---\n\n# A visit\n\n```orrery {#a silent}\n\(cell)\n```\n".write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  private func there(_ name: String) -> String { outside.appendingPathComponent(name).path }
  private var state: [String: String] { ["XDG_STATE_HOME": folder.path, "XDG_CACHE_HOME": folder.deletingLastPathComponent().appendingPathComponent("cache").path] }

  @Test func whatItMayDo() throws {
    defer { clear() }
    try FileManager.default.copyItem(atPath: there("model"), toPath: folder.appendingPathComponent("own").path)
    for cell in [
      "stories.parameters", "model(\"stories\").run(\"Once\")", "model(\"llama-3-8b\").parameters", "model(\"\(folder.path)/own\").parameters",
      "\(Self.small).save(\"\(folder.path)/saved\")", "\(Self.small).save(scratch + \"/saved\")\nmodel(scratch + \"/saved\").parameters",
    ] {
      let result = try Program(["run", try lesson(cell), "--check"], environment: state)
      #expect(result.status == 0, "\(cell): \(result.said)")
    }
  }

  @Test func whatItMayNot() throws {
    defer { clear() }
    try FileManager.default.createSymbolicLink(atPath: folder.appendingPathComponent("link").path, withDestinationPath: there("model"))
    try FileManager.default.createSymbolicLink(atPath: folder.appendingPathComponent("out").path, withDestinationPath: there("made"))
    for (cell, action) in [
      ("model(\"\(there("model"))\").parameters", "read"), ("model(\"\(folder.path)/../outside/model\").parameters", "read"), ("model(\"\(folder.path)/link\").parameters", "read"),
      ("\(Self.small).save(\"\(there("made"))\")", "write"), ("\(Self.small).save(\"\(folder.path)/out\")", "write"), ("\(Self.small).save(\"\(folder.path)/none/../../outside/made\")", "write"),
      ("\(Self.small).save(\"\(folder.path)-beside\")", "write"),
    ] {
      let file = try lesson(cell)
      for arguments in [["run", file], ["run", file, "--check"], ["run", file, "--bless"]] {
        let result = try Program(arguments, environment: state)
        if arguments.last == "--bless" { continue }  // there is no output to rewrite; that nothing was touched is seen below
        #expect(result.status != 0, "\(arguments) \(cell)")
        #expect((result.printed + result.said).contains("a lesson that did not come with Orrery may not \(action) it: it lies outside of the lesson's folder; --trust allows it"), "\(cell): \(result)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path) == ["model"])
      #expect(!FileManager.default.fileExists(atPath: folder.path + "-beside"))
    }
    let walked = try Program(["lesson", try lesson("\(Self.small).save(\"\(there("made"))\")")], input: "\n\n\n", environment: state)
    #expect((walked.printed + walked.said).contains("--trust allows it"), "\(walked)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path) == ["model"])
    // And so in a prose number, in a check, and in a book.
    let home = folder.appendingPathComponent("home"), lessons = home.appendingPathComponent("lessons")
    try FileManager.default.createDirectory(at: lessons, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: try lesson("\(Self.small).save(\"\(there("made"))\")"), toPath: lessons.appendingPathComponent("visit.md").path)
    let built = try Program(["docs", "build"], environment: state.merging(["ORRERY_HOME": home.path]) { $1 })
    #expect(built.status == 1 && built.said.contains("--trust allows it"), "\(built)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path) == ["model"])
  }

  @Test func whoSaysSoBeforehandIsNotAsked() throws {
    defer { clear() }
    let file = try lesson("\(Self.small).save(\"\(there("made"))\")")
    #expect(try Program(["run", file, "--check", "--trust"], environment: state).status == 0)
    #expect(FileManager.default.fileExists(atPath: there("made/config.json")))
    // A script is the user's own.
    let script = folder.appendingPathComponent("mine.orrery")
    try "\(Self.small).save(\"\(there("mine"))\")\n".write(to: script, atomically: true, encoding: .utf8)
    #expect(try Program(["run", script.path], environment: state).status == 0)
    #expect(FileManager.default.fileExists(atPath: there("mine/config.json")))
  }

  /// One question, whose answer holds.
  @Test(arguments: [("yes\r", true), ("\r", false)])
  func asksOnceAtATerminal(_ answer: String, _ allowed: Bool) throws {
    defer { clear() }
    let file = try lesson("\(Self.small).save(\"\(there("one"))\")\n```\n\n```orrery {#b}\n\(Self.small).save(\"\(there("two"))\")")
    let terminal = try PseudoTerminal(environment: ["ORRERY_HOME": Shown.root.path, "NO_COLOR": "1"], state: folder.path, command: "exec \(try Program.path()) run \(file)")
    try terminal.expect("wants to write \(there("one")), outside of its folder.")
    try terminal.expect("Enter for no.")
    terminal.type(answer)
    #expect(try terminal.end() == (allowed ? 0 : 1))
    #expect(terminal.output.components(separatedBy: "wants to").count == 2)
    #expect(FileManager.default.fileExists(atPath: there("one/config.json")) == allowed && FileManager.default.fileExists(atPath: there("two/config.json")) == allowed)
  }
}
