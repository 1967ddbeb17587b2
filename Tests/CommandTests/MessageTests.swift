// What the commands say of wrong usage: one line, exit code 2, what is wrong and the nearest right thing.

import Foundation
import Testing

@Suite struct MessageTests {
  @Test(arguments: [
    ("logits stories --ids 5,x", "--ids: 'x' is no token id; write numbers with commas between them, such as 5,6,7 (orrery tokenize gives the ids of a text)"),
    ("logits stories --ids 5,,6", "--ids: number 2 of '5,,6' is empty; write numbers with commas between them, such as 5,6,7 (orrery tokenize gives the ids of a text)"),
    ("logits stories --ids 5 --mask prefx:1", "--mask: there is no mask 'prefx:1'; did you mean 'prefix:1'?"),
    ("logits stories --ids 5 --mask zzz", "--mask: there is no mask 'zzz'; it is causal, bidirectional, prefix:N or window:N"),
    ("logits stories --ids 5 --mask prefix", "--mask: 'prefix' needs a number of tokens, such as prefix:3"),
    ("logits stories --ids 5 --mask window:0", "--mask: 'window' takes a whole number from 1, not '0', such as window:3"),
    ("logits stories --ids 5 --mask causal:2", "--mask: 'causal' takes no number, but 'causal:2' gives one"),
    ("tensors stories --ids 5 --name pattern", "no tensor matches 'pattern'; a name is a whole path such as 'layers.0.attention.pattern'; '*pattern*' matches 4"),
    ("tensors stories --ids 5 --name layer.*.attention.pattern", "no tensor matches 'layer.*.attention.pattern'; did you mean 'layers.0.attention.pattern'?"),
    ("tensors stories --ids 5 --name zzz", "no tensor matches 'zzz'; without --name all 63 are listed"),
    ("generate stories --text A --top-k x", "--top-k takes a whole number, not 'x'"),
    ("generate stories --text A --temperature x", "--temperature takes a number, not 'x'"),
    ("generate stories --text A --format jsn", "there is no format 'jsn'; did you mean 'json'?"),
    ("trace stories --text A --block 2", "stories writes token by token: --max-new-tokens, --block and --remasking are for diffusion models; --steps counts the tokens"),
    ("generate d3pm-absorbing-stories --text sam --clamp", "d3pm-absorbing-stories has no use for --clamp: its noise is absorbing noise, 32 steps; it takes --steps"),
    ("generate diffusion-lm-stories --text sam --block 4", "diffusion-lm-stories has no use for --block: its noise is Gaussian, sqrt schedule, 200 steps, gives the clean vector; it takes --steps and --clamp"),
    ("generate bd3-stories --text sam --drafts", "bd3-stories removes noise: --drafts is for models that write token by token"),
    ("generate bd3-stories --text sam --top-k 3", "bd3-stories removes noise: --beams, --top-k and --top-p are for models that write token by token"),
    ("generate diffusion-lm-stories --text sam --temperature 1", "diffusion-lm-stories has no use for --temperature: its noise is Gaussian, sqrt schedule, 200 steps, gives the clean vector; it takes --steps and --clamp"),
    ("generate stories --text A --clamp", "stories writes token by token: --steps, --remasking, --block and --clamp are for diffusion models"),
    ("generate multi-token-stories --text sam --drafts --beams 2", "--drafts goes with neither --beams nor --no-cache"),
    ("generate stories --text A --beams 2 --top-k 3", "--beams searches and does not sample: leave out --temperature, --top-k and --top-p"),
    ("trace diffusion-lm-stories --text sam --remasking random", "diffusion-lm-stories has no use for --remasking: its noise is Gaussian, sqrt schedule, 200 steps, gives the clean vector; it takes --steps and --clamp"),
    ("fill blanks --text Once", "there is no blank in the text: write <mask> where a word is missing"),
    ("bench stories --prompt-tokens 99999999", "--prompt-tokens is 99999999, but must lie between 1 and 1048576"),
    ("inspect stories --context 0", "--context is 0, but must lie between 1 and 16777216"),
    ("generate blanks --text The", "blanks is an encoder: it reads text and does not write it; `orrery fill` fills its blanks, `orrery embed` gives its vectors"),
    ("score translator --text i", "translator is an encoder–decoder: its loss needs a source and a target; score works for decoders and encoders"),
    ("score Tests/Fixtures/checkpoints/gpt2 --text A", "Tests/Fixtures/checkpoints/gpt2 has no tokenizer.json and cannot read text; where a command takes --ids, give token ids"),
    ("mask causl", "there is no mask 'causl'; did you mean 'causal'?"),
    ("embed blanks --text A --pooling men", "there is no pooling 'men'; did you mean 'mean'?"),
    ("docs biuld", "no command 'biuld'; did you mean 'build'?"),
    ("logit stories --ids 1", "no command 'logit'; did you mean 'logits'?"),
    ("lesson maks", "there is no lesson 'maks'; did you mean 'masks'?"),
  ])
  func areOneLine(_ line: String, _ expected: String) throws {
    let result = try Program(line)
    #expect(result.said == "orrery: \(expected)\n")
    #expect(result.printed.isEmpty)
    #expect(result.status == 2)
  }

  @Test(arguments: [
    ("softmx(3)", "error: no function named 'softmx' (column 1); did you mean 'softmax'?\n"),
    ("1 +\n2 *", "error: expected an expression, but the text ends here (line 2, column 4)\n"),
  ])
  func evalSaysOneLineToALog(_ expression: String, _ expected: String) throws {
    let result = try Program(["eval", expression])
    #expect(result.said == expected)
    #expect(result.status == 2)
  }

  /// Names come from other people's files and arguments.
  @Test func namesCannotMoveTheCursor() throws {
    let said = try Program(["inspect", "no\u{1B}[2J\nsuch\u{202E}folder"]).said
    #expect(said.contains(#"no\u{1B}[2J such\u{202E}folder"#))
    #expect(said.unicodeScalars.filter { $0.value < 0x20 } == ["\n"])
  }

  /// Through the buffer, past it, and through the pager's way out.
  @Test(arguments: ["mask causal --length 3", "inspect --table", "help", "eval 1+1", "man"])
  func whatCannotBeWrittenIsTold(_ line: String) throws {
    let errors = Pipe(), process = Process()
    process.executableURL = URL(fileURLWithPath: try Program.path())
    process.arguments = line.split(separator: " ").map(String.init)
    process.currentDirectoryURL = Shown.root
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
    process.standardError = errors
    try process.run()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(said == "orrery: standard output: No space left on device\n" || said == "orrery: standard output: not all of it could be written\n")
    #expect(process.terminationStatus == 2)
  }

  /// What is in no token is said beside a result, and not beside an error.
  @Test func anErrorIsAloneOnItsLine() throws {
    let failed = try Program(["fill", "blanks", "--text", "no blank"])
    #expect(failed.said == "orrery: there is no blank in the text: write <mask> where a word is missing\n")
    #expect(failed.status == 2)
    let done = try Program(["fill", "blanks", "--text", "qqq <mask>"])
    #expect(done.said.hasPrefix("orrery: in no token: 'qqq'") && done.said.filter { $0 == "\n" }.count == 1)
    #expect(done.status == 0)
  }

  @Test func tensorsGoToStandardOutput() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try Program(["tensors", "stories", "--ids", "5,6", "--output", file.path]).status == 0)
    let process = Process(), output = Pipe()
    process.executableURL = URL(fileURLWithPath: try Program.path())
    process.arguments = ["tensors", "stories", "--ids", "5,6", "--output", "-"]
    process.currentDirectoryURL = Shown.root
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try bytes == Data(contentsOf: file))
  }

  @Test func filesComeFromStandardInput() throws {
    #expect(try Program("run -", input: "let a = 1\na + 1\n").printed == "2\n")
    #expect(try Program("tokenize stories --jsonl -", input: "{\"text\": \"Once there\"}\n\n").printed == "0 331 319\n")
    let wrong = try Program("tokenize stories --jsonl -", input: "{\"txt\": \"Once there\"}\n")
    #expect(wrong.said == "orrery: standard input:1: a line must be {\"text\": \"…\"}\n" && wrong.status == 2)
    let failed = try Program("run -", input: "1\nx\n2\n")
    #expect(failed.printed == "1\n" && failed.status == 1)
    #expect(failed.said.hasPrefix("standard input:2: error: no variable named 'x'\n"))
  }

  @Test func modelsByName() throws {
    let one = try Program("models --check story-dpo")
    #expect(one.status == 0 && one.printed.hasPrefix("story-dpo") && one.printed.contains("kl ") && !one.printed.contains("story-ppo"))
    let none = try Program("models story-dpp")
    #expect(none.said == "orrery: no shipped model is called 'story-dpp'; did you mean 'story-dpo'?\n" && none.status == 2)
  }

  /// `make test` measures all models again; here, that each has a plan, and that a few hold.
  @Test func modelsHoldTheirPlans() throws {
    let folder = Shown.root.appendingPathComponent("lessons/models")
    let plans = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".plan") }.map { String($0.dropLast(5)) }
    let all = try #require(try JSONSerialization.jsonObject(with: Data(try Program("models --format json").printed.utf8)) as? [[String: Any]])
    #expect(all.compactMap { $0["name"] as? String }.sorted() == plans.sorted())
    let result = try Program("models --check stories translator rnn-stories --format json")
    #expect(result.status == 0)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(result.printed.utf8)) as? [[String: Any]])
    #expect(rows.count == 3)
    for row in rows { #expect(row["passes"] as? Bool == true && (row["scores"] as? [String: Any])?.isEmpty == false, "\(row)") }
  }
}

/// What was printed before a failure is not lost with it.
@Suite struct PrintedBeforeFailureTests {
  @Test func evalKeepsIt() throws {
    let text = try Program(["eval", "[0, 5].map { i in print(i); return [1][i] }"])
    #expect(text.status == 2 && text.printed == "0\n5\n" && text.said.contains("error: "), "\(text)")
    let json = try Program(["eval", "[0, 5].map { i in print(i); return [1][i] }", "--format", "json"])
    #expect(json.status == 2 && json.printed.isEmpty && json.said.contains("0\n5\n"), "\(json)")
  }

  @Test func aBookIsNotBuiltFromALessonThatFails() throws {
    let home = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: home) }
    let lessons = home.appendingPathComponent("lessons")
    try FileManager.default.createDirectory(at: lessons, withIntermediateDirectories: true)
    let lesson = "---\norrery: 1\nid: a.fails\ntitle: It fails\n---\n\n# It fails\n\n```orrery {#a}\n1 + nothing\n```\n"
    try lesson.write(to: lessons.appendingPathComponent("fails.md"), atomically: true, encoding: .utf8)
    let built = try Program(["docs", "build"], environment: ["ORRERY_HOME": home.path])
    #expect(built.status == 1 && built.said.contains("nothing") && built.said.hasSuffix("the book was left as it was\n"), "\(built)")
    #expect(!FileManager.default.fileExists(atPath: home.appendingPathComponent("Docs").path))
  }
}
