import Foundation
import Testing

@testable import Lessons

@Suite struct ProgressTests {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-progress-\(UUID().uuidString)").path

  func entry(_ item: String, _ event: ProgressEntry.Event = .done, hash: String = "h") -> ProgressEntry {
    ProgressEntry(time: 5, lesson: "l", item: item, hash: hash, event: event)
  }

  @Test func keepsAndReads() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = ProgressFile(path: folder + "/state/orrery/progress.jsonl")
    #expect(try file.read() == (Progress(), 0))
    try file.append(entry("one"))
    try file.append(entry("two \"quoted\"\n", .skipped))
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    #expect(
      text == """
        {"time":5,"lesson":"l","item":"one","hash":"h","event":"done"}
        {"time":5,"lesson":"l","item":"two \\"quoted\\"\\n","hash":"h","event":"skipped"}

        """)
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let (progress, skipped) = try file.read()
    #expect(skipped == 0)
    #expect(progress.standing(lesson: "l", item: "one", hash: "h") == .done)
    #expect(progress.standing(lesson: "l", item: "one", hash: "other") == .doneChangedSince)
    #expect(progress.standing(lesson: "l", item: "two \"quoted\"\n", hash: "h") == .skipped)
    #expect(progress.standing(lesson: "m", item: "one", hash: "h") == .open)
  }

  @Test func aCrashLosesAtMostTheLineBeingWritten() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = ProgressFile(path: folder + "/progress.jsonl")
    try file.append(entry("one"))
    try file.append(entry("two"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: file.path))
    // Torn at every byte of the second line; the next line starts afresh.
    for cut in whole.count / 2..<whole.count {
      try whole.prefix(cut).write(to: URL(fileURLWithPath: file.path))
      try file.append(entry("three"))
      let (progress, skipped) = try file.read()
      #expect(progress.standing(lesson: "l", item: "one", hash: "h") == .done)
      #expect(progress.standing(lesson: "l", item: "three", hash: "h") == .done)
      let second = progress.standing(lesson: "l", item: "two", hash: "h")
      #expect(second == .done || skipped == 1 || cut == whole.count / 2)
    }
  }

  @Test func twoSessionsDoNotMix() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/progress.jsonl"
    await withTaskGroup(of: Void.self) { group in
      for session in 0..<4 {
        group.addTask {
          for n in 0..<50 {
            try? ProgressFile(path: path).append(
              ProgressEntry(time: n, lesson: "s\(session)", item: "i\(n)", hash: String(repeating: "x", count: 200), event: .done))
          }
        }
      }
    }
    let (progress, skipped) = try ProgressFile(path: path).read()
    #expect(skipped == 0)
    for session in 0..<4 {
      for n in 0..<50 { #expect(progress.standing(lesson: "s\(session)", item: "i\(n)", hash: String(repeating: "x", count: 200)) == .done) }
    }
  }

  @Test func summariesAndResets() throws {
    let lesson = try Samples.lesson()
    var progress = Progress()
    #expect(progress.summary(of: lesson).standing == "new")
    for item in lesson.items.dropLast() {
      progress.add(ProgressEntry(time: 0, lesson: lesson.id, item: item.id, hash: item.hash, event: .done))
    }
    #expect(progress.summary(of: lesson).standing == "3 of 4")
    progress.add(ProgressEntry(time: 0, lesson: lesson.id, item: "order", hash: "old", event: .done))
    #expect(progress.summary(of: lesson).standing == "done, 1 changed since")
    // Skipping what is done takes nothing away.
    progress.add(ProgressEntry(time: 0, lesson: lesson.id, item: "one", hash: "", event: .skipped))
    #expect(progress.summary(of: lesson).done == 4)
    progress.add(ProgressEntry(time: 0, lesson: lesson.id, item: "", hash: "", event: .reset))
    #expect(progress.summary(of: lesson).standing == "new")
  }

  @Test func theStandardPlace() {
    #expect(ProgressFile.standard(environment: ["XDG_STATE_HOME": "/s", "HOME": "/h"])?.path == "/s/orrery/progress.jsonl")
    #expect(ProgressFile.standard(environment: ["XDG_STATE_HOME": "relative", "HOME": "/h"])?.path == "/h/.local/state/orrery/progress.jsonl")
    #expect(ProgressFile.standard(environment: [:]) == nil)
  }
}
