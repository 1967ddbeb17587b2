// The terminal belongs to its user: what lessons, tokenizers, names and tensors say is shown, never obeyed. Whatever a file holds, the only escape sequences that
// arrive are the colours that Orrery gives.

import Foundation
import Testing

/// A text as it came out of a program.
private func isHarmless(_ text: String, colours: Bool = false) -> Bool {
  let ours = colours ? text.replacing(/\u{1B}\[[0-9;]*m/, with: "") : text
  return ours.unicodeScalars.allSatisfy { scalar in
    switch scalar.value {
    case 0x09, 0x0A: true
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}

/// Sets the title, writes the clipboard, clears the screen, a C1 introducer, and a mark that turns the direction of reading.
private let evil = "\u{1B}]0;owned\u{7}\u{1B}]52;c;aGk=\u{7}\u{1B}[2J\u{9B}2J\u{202E}abc\r"
/// The same as JSON writes it.
private let evilJSON = "\\u001b]0;owned\\u0007\\u001b[2J\\u009b2J\\u202eabc\\r"

@Suite struct EscapeTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func write(_ name: String, _ text: String) throws -> String {
    let place = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: place, atomically: true, encoding: .utf8)
    return place.path
  }

  private func lesson() throws -> String {
    let evil = evil.replacingOccurrences(of: "\r", with: "")  // a line end, to Markdown
    return try write("escape.md", """
      ---
      orrery: 1
      id: a.escape
      title: T\(evil)x
      ---
      # Heading\(evil)

      Prose \(evil) **bold\(evil)** `code\(evil)` [link\(evil)](http://x/\(evil))

      | a\(evil) | b |
      |---|---|
      | 1\(evil) | 2 |

      ```text
      fence\(evil)
      ```

      ```orrery {#a}
      print("out\\u{1B}]52;c;aGk=\\u{7}\\u{9B}2J\\u{202E}")
      "val\\u{1B}[2J"
      ```
      ```orrery {#b}
      let xx = "\(evil) raw in source"
      xx
      ```
      ```orrery {#c}
      foo\(evil)
      ```
      ```orrery {#d}
      model("no\(evil)pe")
      ```
      ```orrery {#e}
      decoder(layers: 1, width: 8, attention: multiHead(heads: 2), name: "n\\u{1B}[2J\\u{9B}2J").diagram
      ```
      ```exercise {#x}
      let z = ___
      ```
      ```check {of=x}
      z == 1   else "msg\(evil)"
      ```
      ```hint {of=x}
      hint\(evil)
      ```
      ```quiz {#q}
      Question\(evil)?
      - [ ] A\(evil)
      - [x] B — because\(evil)
      ```
      """)
  }

  private func expectHarmless(_ result: Program, _ what: String) {
    #expect(isHarmless(result.printed), "\(what): \(result.printed.debugDescription.prefix(600))")
    #expect(isHarmless(result.said), "\(what): \(result.said.debugDescription.prefix(600))")
  }

  @Test func lessonsAreShownAndNotObeyed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try lesson()
    let state = ["XDG_STATE_HOME": folder.path]
    for arguments in [["run", file], ["run", file, "--check"], ["run", file, "--plain"]] {
      let result = try Program(arguments, environment: state)
      expectHarmless(result, "\(arguments)")
      #expect((result.printed + result.said).contains("\\u{1B}"))
    }
    let walked = try Program(["lesson", file], input: String(repeating: "\n", count: 8) + "let z = 2\nhint\nskip\nA\nB\nlist\nrecap\n", environment: state)
    expectHarmless(walked, "lesson")
    #expect(walked.printed.contains("Heading\\u{1B}]0;owned"))
  }

  /// At a terminal as well, where colours are ours.
  @Test func atATerminal() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try lesson()
    let terminal = try PseudoTerminal(
      environment: ["ORRERY_HOME": Shown.root.path], state: folder.path, command: "exec \(try Program.path()) run \(file)")
    _ = try terminal.end()
    let text = terminal.output.replacing("\r\n", with: "\n")
    #expect(isHarmless(text, colours: true), "\(text.debugDescription.prefix(600))")
    #expect(text.contains("\u{1B}[") && text.contains("Heading\\u{1B}]0;owned"))
  }

  @Test func tokensAreShownAndNotObeyed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = Shown.root.appendingPathComponent("lessons/models/stories"), model = folder.appendingPathComponent("model")
    try FileManager.default.copyItem(at: source, to: model)
    let tokenizer = try String(contentsOf: source.appendingPathComponent("tokenizer.json"), encoding: .utf8)
    _ = try write("model/tokenizer.json", tokenizer.replacingOccurrences(of: "<s>", with: "<s\(evilJSON)>"))
    for arguments in [
      ["trace", model.path, "--text", "Once there was", "--steps", "2"], ["generate", model.path, "--ids", "0,300,0"], ["generate", model.path, "--text", "a\(evil)b"],
      ["score", model.path, "--text", "Once"], ["logits", model.path, "--ids", "0,5"], ["tokenize", model.path, "--text", "Once"], ["tensors", model.path, "--ids", "0,5"],
      ["eval", "model(\"\(model.path)\").run(\"Once\")"], ["eval", "model(\"\(model.path)\").run(\"Once\")[\"layers.0.attention.pattern\"]"],
      ["tokenize", model.path, "--text", "Once", "--format", "json"], ["trace", model.path, "--text", "Once", "--steps", "1", "--format", "json"],
      ["eval", "\"a\u{202E}b\u{9B}2J\"", "--format", "json"],
    ] { expectHarmless(try Program(arguments), "\(arguments)") }
    // JSON is exact all the same.
    let exact = try Program(["eval", "\"a\u{202E}b\u{9B}2J\"", "--format", "json"])
    #expect(try JSONSerialization.jsonObject(with: Data(exact.printed.utf8), options: .fragmentsAllowed) as? String == "a\u{202E}b\u{9B}2J")
  }

  @Test func namesAreShownAndNotObeyed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let config = try write(
      "config.json", "{\"model_type\": \"orrery\", \"recipe\": {\"decoder\": {\"name\": \"\(evilJSON)\", \"layers\": 1, \"width\": 8, \"attention\": {\"multiHead\": {\"heads\": 2}}}}}")
    let type = try write("type/config.json", "{\"model_type\": \"\(evilJSON)\", \"\(evilJSON)\": 1}")
    // One tensor, whose name is no name.
    let header = "{\"\(evilJSON)\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}"
    _ = try write("tensor/config.json", String(contentsOf: Shown.root.appendingPathComponent("lessons/models/stories/config.json"), encoding: .utf8))
    var bytes = Data(withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) })
    bytes.append(contentsOf: header.utf8)
    bytes.append(contentsOf: [0, 0, 0, 0])
    try bytes.write(to: folder.appendingPathComponent("tensor/model.safetensors"))
    let named = folder.appendingPathComponent("f\(evil.replacingOccurrences(of: "\r", with: ""))")
    try FileManager.default.createDirectory(at: named, withIntermediateDirectories: true)
    try Data("{\"hidden_size\": ".utf8).write(to: named.appendingPathComponent("config.json"))
    for arguments in [
      ["inspect", config], ["diagram", config], ["diagram", config, "--output", "-"], ["inspect", config, "--format", "json"], ["inspect", "--table", config], ["inspect", type],
      ["inspect", folder.appendingPathComponent("tensor").path], ["generate", folder.appendingPathComponent("tensor").path, "--ids", "1"], ["inspect", named.path],
      ["inspect", named.path + "/none"], ["eval", "model(\"\(config)\")"], ["eval", evil], ["run", named.path], [evil], ["run", "-"], ["train", named.path], ["lesson", evil],
    ] { expectHarmless(try Program(arguments, input: "1 +\(evil)\n"), "\(arguments)") }
  }

  /// What reaches the terminal goes through one place: no other file of the command line writes to it by itself.
  @Test func nothingGoesPastTheEdge() throws {
    let sources = Shown.root.appendingPathComponent("Sources")
    let ways = ["Swift.print(", "fputs(", "puts(", "putchar(", "fwrite(", "FileHandle.standardOutput", "FileHandle.standardError", "write(STDOUT_FILENO", "write(STDERR_FILENO", "\\u{1B}"]
    // Constants of our own, the editor's own stream, and the edge itself.
    let known: Set = [
      "Terminal/Output/Screen.swift", "Terminal/Output/Style.swift", "Terminal/Output/Width.swift", "Terminal/Output/ScreenText.swift", "Terminal/Editing/LineEditor.swift",
      "Terminal/Editing/TerminalGuard.swift", "Terminal/Graphics/Graphics.swift", "Terminal/Graphics/Sixel.swift", "Terminal/Graphics/TerminalQuery.swift",
      "orrery/Shell/CommandLine.swift",
    ]
    var found: [String] = []
    for target in ["orrery", "Terminal"] {
      let files = try #require(FileManager.default.enumerator(atPath: sources.appendingPathComponent(target).path))
      for case let name as String in files where name.hasSuffix(".swift") && !known.contains("\(target)/\(name)") {
        let text = try String(contentsOf: sources.appendingPathComponent("\(target)/\(name)"), encoding: .utf8)
        found += ways.filter { text.contains($0) }.map { "\(target)/\(name): \($0)" }
      }
    }
    #expect(found == [])
  }
}
