import Glibc
import Terminal
import Testing

@testable import struct Terminal.HistoryFile

@Suite struct HistoryFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  var file: HistoryFile { HistoryFile(path: scratch.path + "/deep/state/history", limit: 10) }

  @Test func keepsEntriesWithTheirLineBreaksAndBackslashes() {
    #expect(file.load() == [])
    for entry in ["a", "f(\n  \"\\n\"\n)", "🦙\\", "a"] { file.append(entry) }
    #expect(file.load() == ["f(\n  \"\\n\"\n)", "🦙\\", "a"])
    #expect(scratch.read("deep/state/history") == "a\nf(\\n  \"\\\\n\"\\n)\n🦙\\\\\na\n")
    #expect(scratch.mode("deep") == 0o700)
    #expect(scratch.mode("deep/state/history") == 0o600)
  }

  @Test func aFolderInItsPlaceIsSaidAndNotRead() {
    let path = scratch.path + "/history"
    mkdir(path, 0o700)
    let blocked = HistoryFile(path: path)
    #expect(blocked.load() == [])
    #expect(blocked.append("1") == "\(path): Is a directory")
  }

  /// A session that hangs with the lock in its hand takes nothing from the others.
  @Test func aHeldLockHoldsNobody() {
    file.append("before")
    let lock = open(file.path + ".lock", O_RDWR)
    flock(lock, LOCK_EX)
    #expect(file.append("after") == nil)
    close(lock)
    #expect(file.load() == ["before", "after"])
  }

  @Test func isWrittenAnewWhenItHasGrown() {
    for number in 1...12 { file.append("entry \(number)") }
    #expect(scratch.read("deep/state/history").split(separator: "\n").count == 12)
    file.append("entry 5")
    #expect(file.load() == [3, 4, 6, 7, 8, 9, 10, 11, 12, 5].map { "entry \($0)" })
    #expect(scratch.read("deep/state/history") == file.load().map { $0 + "\n" }.joined())
    #expect(scratch.mode("deep/state/history.new") == 0)
  }

  @Test func readsWhatSomebodyElseHasDamaged() throws {
    mkdir(scratch.path + "/deep", 0o700)
    mkdir(scratch.path + "/deep/state", 0o700)
    try scratch.write("fine\n\n\\q\\\nend without a line break", to: "deep/state/history")
    #expect(file.load() == ["fine", "q", "end without a line break"])
  }

  @Test func standsInTheStateFolder() {
    #expect(HistoryFile.standard(environment: ["XDG_STATE_HOME": "/s", "HOME": "/h"])?.path == "/s/orrery/history")
    #expect(HistoryFile.standard(environment: ["XDG_STATE_HOME": "relative", "HOME": "/h"])?.path == "/h/.local/state/orrery/history")
    #expect(HistoryFile.standard(environment: ["HOME": "/h"])?.path == "/h/.local/state/orrery/history")
    #expect(HistoryFile.standard(environment: [:]) == nil)
    #expect(HistoryFile.limit == 5_000)
  }

  @Test func manyWritersLoseNothing() async {
    let file = HistoryFile(path: scratch.path + "/history", limit: 1_000)
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<8 { group.addTask { for number in 0..<50 { file.append("\(writer).\(number)") } } }
    }
    let all = (0..<8).flatMap { writer in (0..<50).map { "\(writer).\($0)" } }
    #expect(file.load().sorted() == all.sorted())
  }
}
