// Kill −9 at every change that a command makes to the disk: what was there before, or what was to be there, and never a mixture. A library that is preloaded into
// the program kills it (Tests/Kill/shim.c); where there is no C compiler the tests are skipped.

import Foundation
import Testing

/// The library, compiled once.
private enum Shim {
  static let path: String? = {
    let library = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-kill-\(getpid()).so").path
    let source = Shown.root.appendingPathComponent("Tests/Kill/shim.c").path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "c=$(command -v clang || command -v cc) && \"$c\" -shared -fPIC -O1 -o \"$1\" \"$2\"", "sh", library, source]
    try? process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? library : nil
  }()

  static var isThere: Bool { path != nil }
}

/// A folder as it is: every file with its bytes, what a killed writer left beside it apart.
private typealias Files = [String: Data]

@Suite(.enabled(if: Shim.isThere, "no C compiler")) struct KillTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func place(_ name: String) -> String { folder.appendingPathComponent(name).path }
  private func write(_ name: String, _ text: String) throws {
    try FileManager.default.createDirectory(atPath: (place(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  private func files(_ name: String = "") throws -> Files {
    var found: Files = [:]
    let top = name.isEmpty ? folder : folder.appendingPathComponent(name)
    for case let file as String in FileManager.default.enumerator(atPath: top.path) ?? .init() {
      // What is being written has a name of its own, which no reader looks at.
      if file.split(separator: "/").contains(where: { $0.hasPrefix(".") && ($0.hasSuffix(".part") || $0.hasSuffix(".new")) }) || file.hasSuffix(".lock") { continue }
      if let data = FileManager.default.contents(atPath: top.appendingPathComponent(file).path), !isFolder(top.appendingPathComponent(file).path) { found[file] = data }
    }
    return found
  }

  private func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }

  /// Runs a command again and again, each time killed one change later, and once to its end.
  /// - Parameters:
  ///   - reset: makes the disk as it is before the command.
  ///   - check: looks at it after every kill.
  private func killing(_ arguments: [String], input: String = "", environment: [String: String] = [:], reset: () throws -> Void, check: (Int) throws -> Void) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let shim = try #require(Shim.path)
    for change in 1...400 {
      try reset()
      let result = try Program(arguments, input: input, environment: environment.merging(["LD_PRELOAD": shim, "KILL_AT": "\(change)", "XDG_STATE_HOME": place("state")]) { $1 })
      if result.status == 9 {
        try check(change)
        continue
      }
      #expect(result.status == 0, "\(result.said)")
      #expect(change > 2, "nothing was killed")
      return
    }
    Issue.record("it goes on changing")
  }

  private static let decoder = "decoder(layers: 1, width: 8, vocabulary: 10, attention: multiHead(heads: 2)).initialised(seed:"

  @Test func save() throws {
    func save(_ seed: Int) -> [String] { ["eval", "\(Self.decoder) \(seed)).save(\"\(place("m"))\")"] }
    func made(_ seed: Int) throws -> Files {
      try? FileManager.default.removeItem(atPath: place("m"))
      #expect(try Program(save(seed)).status == 0)
      return try files("m")
    }
    let new = try made(2), old = try made(1)
    #expect(old != new && old.count == 2)
    try killing(save(2), reset: {
      if try files("m") != old { _ = try made(1) }
    }, check: { change in
      let now = try files("m")
      #expect(now == old || now == new, "change \(change): \(now.keys.sorted())")
    })
  }

  @Test func saveIntoNothing() throws {
    try killing(["eval", "\(Self.decoder) 1).save(\"\(place("m"))\")"], reset: { try? FileManager.default.removeItem(atPath: place("m")) }, check: { change in
      let count = try files("m").count
      #expect([0, 2].contains(count) || !FileManager.default.fileExists(atPath: place("m")), "change \(change)")
    })
  }

  @Test func train() throws {
    let model = "{\"model_type\": \"gpt2\", \"architectures\": [\"GPT2LMHeadModel\"], \"vocab_size\": 43, \"n_positions\": 64, \"n_embd\": 16, \"n_layer\": 1, \"n_head\": 2}"
    try write("p.plan", "{\"model\": \(model), \"corpus\": \"stories\", \"objective\": \"next\", \"steps\": 2, \"batch\": 2, \"seed\": 3, \"scores\": {\"loss\": {\"at most\": 9, \"samples\": 4}}}")
    func train(_ seed: Int) -> [String] { ["train", place("p.plan"), "--output", place("m"), "--seed", "\(seed)", "--threads", "1"] }
    func made(_ seed: Int) throws -> Files {
      for name in ["m", "m.training"] { try? FileManager.default.removeItem(atPath: place(name)) }
      let trained = try Program(train(seed))
      #expect(trained.status == 0, "\(trained.said)")
      return try files("m")
    }
    let new = try made(4), old = try made(3)
    #expect(old != new && old.count == 4)
    try killing(train(4), reset: {
      try? FileManager.default.removeItem(atPath: place("m.training"))
      if try files("m") != old { _ = try made(3) }
    }, check: { change in
      let now = try files("m")
      #expect(now == old || now == new, "change \(change): \(now.keys.sorted())")
      // What was kept of the work goes on to the same model.
      if now == old, FileManager.default.fileExists(atPath: place("m.training")), change % 4 == 0 {
        let resumed = try Program(train(4) + ["--resume"])
        #expect(resumed.status == 0, "change \(change): \(resumed.said)")
        #expect(try files("m") == new, "change \(change)")
      }
    })
  }

  @Test(arguments: ["save", "record"]) func theSession(_ command: String) throws {
    let typed = command == "save" ? "let a = 1\na + 1\n:save \(place("s.md"))\n" : "let a = 1\n:record \(place("s.md"))\na + 1\na + 2\n:record off\n"
    #expect(try Program([], input: typed, environment: ["XDG_STATE_HOME": place("state")]).status == 0)
    let whole = try #require(try files()["s.md"])
    try killing([], input: typed, reset: { try? FileManager.default.removeItem(atPath: place("s.md")) }, check: { change in
      guard let now = try files()["s.md"] else { return }
      // As a recording grows it is a whole lesson at every moment.
      guard now != whole else { return }
      let checked = try Program(["run", place("s.md"), "--check"]).status
      #expect(command == "record" && checked == 0, "change \(change): \(String(decoding: now, as: UTF8.self))")
    })
  }

  private static let lesson = "---\norrery: 1\nid: a.sum\ntitle: A sum\n---\n\n# A sum\n\n```orrery {#a}\n1 + 1\n```\n\n```output {of=a}\n"

  @Test func bless() throws {
    let old = Self.lesson + "3\n```\n", new = Self.lesson + "2\n```\n"
    try killing(["run", place("l.md"), "--bless"], reset: { try write("l.md", old) }, check: { change in
      let now = String(decoding: try #require(try files()["l.md"]), as: UTF8.self)
      #expect(now == old || now == new, "change \(change): \(now)")
    })
  }

  @Test func docsBuild() throws {
    let home = ["ORRERY_HOME": place("home")]
    func book(_ text: String) throws -> Files {
      try? FileManager.default.removeItem(atPath: place("home"))
      try write("home/lessons/sum.md", Self.lesson + "2\n```\n\n\(text)\n")
      #expect(try Program(["docs", "build"], environment: home).status == 0)
      return try files("home/Docs")
    }
    let new = try book("After."), old = try book("Before.")
    #expect(old != new && old.count > 1)
    try killing(["docs", "build"], environment: home, reset: {
      if try files("home/Docs") != old { _ = try book("Before.") }
      try write("home/lessons/sum.md", Self.lesson + "2\n```\n\nAfter.\n")
    }, check: { change in
      for (name, now) in try files("home/Docs") { #expect(now == old[name] || now == new[name], "change \(change): \(name)") }
      #expect(try files("home/Docs").count == old.count, "change \(change)")
    })
  }

  /// A line that was torn is left out, and what comes after it is read.
  @Test func progress() throws {
    let home = ["ORRERY_HOME": place("home"), "XDG_STATE_HOME": place("state")]
    try write("home/lessons/sum.md", Self.lesson + "2\n```\n\n```exercise {#x}\nlet z = ___\n```\n```check {of=x}\nz == 1 else \"no\"\n```\n")
    func learn(_ input: String) throws -> Program { try Program(["lesson", "sum"], input: input, environment: home) }
    func done() throws -> (Int, String) {
      let listed = try Program(["lessons", "--format", "json"], environment: home)
      let all = try #require(try JSONSerialization.jsonObject(with: Data(listed.printed.utf8)) as? [[String: Any]])
      return (try #require(all.first?["done"] as? Int), listed.said)
    }
    let before = try done().0
    #expect(try learn("1 + 1\n").status == 0)
    let after = try done().0
    #expect(before < after)
    try killing(["lesson", "sum"], input: "1 + 1\n", environment: home, reset: { try? FileManager.default.removeItem(atPath: place("state")) }, check: { change in
      let (now, said) = try done()
      #expect(now >= before && now <= after && said.isEmpty, "change \(change): \(now) of \(before)…\(after) \(said)")
      // The next entry is not joined to the half of another.
      #expect(try learn("1 + 1\n").status == 0)
      let (again, complaint) = try done()
      #expect(again == after && complaint.isEmpty, "change \(change): \(again) \(complaint)")
    })
  }

  /// The history of the prompt: nothing that was there is lost, also where the file is written anew.
  @Test(arguments: [3, 6100]) func history(_ count: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let shim = try #require(Shim.path), file = "state/orrery/history"
    let old = (0..<count).map { "entry \($0)" }
    for change in 1...60 {
      try? FileManager.default.removeItem(atPath: place("state"))
      try write(file, old.map { $0 + "\n" }.joined())
      func enter(_ cell: String, _ environment: [String: String]) throws -> Int32 {
        let home = ["ORRERY_HOME": Shown.root.path, "NO_COLOR": "1"].merging(environment) { $1 }
        let terminal = try PseudoTerminal(environment: home, state: place("state"), command: "exec \(try Program.path())")
        try terminal.expect("> ")
        terminal.type(cell + "\r:quit\r")
        return try terminal.end()
      }
      let ended = try enter("let fresh = 1", ["LD_PRELOAD": shim, "KILL_AT": "\(change)"])
      let now = try #require(FileManager.default.contents(atPath: place(file))).split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
      let kept = now.filter { $0.hasPrefix("entry") }
      #expect(kept == old || count > 5000 && kept == Array(old.suffix(kept.count)) && kept.count >= 4999, "change \(change): \(kept.count)")
      let typed = ["let fresh = 1", ":quit"], others = now.filter { !$0.hasPrefix("entry") }
      #expect(others.count <= 2 && zip(others, typed).allSatisfy { $1.hasPrefix($0) }, "change \(change): \(others)")
      guard ended == -9 else {
        #expect(ended == 0 && others == typed && change > 2)
        break
      }
      if change % 3 == 0 {
        #expect(try enter("let next = 2", [:]) == 0)
        let after = String(decoding: try #require(FileManager.default.contents(atPath: place(file))), as: UTF8.self)
        #expect(after.hasSuffix("\nlet next = 2\n:quit\n"), "change \(change): \(after.suffix(60))")
      }
    }
  }
}
