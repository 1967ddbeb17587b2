// Through the built program: command lines, and files that are mutated from good ones.

import Foundation
import Tensors

extension Target {
  /// The words of a command line, one a line, then an empty line and the file that `@` stands for.
  static let programs: [Target] = [
    Target(name: "arguments", batch: 20, make: { random in
      let commands = ["", "lesson", "lessons", "run", "eval", "docs", "generate", "trace", "diagram", "inspect", "logits", "tensors", "tokenize", "score", "fill", "embed", "mask", "models", "corpus", "bench", "completions", "man", "help", "family", "classify"]
      let words = ["stories", "blanks", "translator", "--text", "--ids", "1,2,3", "-1", "--ids=-1", "--format", "json", "text", "html", "--steps", "--max-new-tokens", "0", "3", "99999999999999999999", "--temperature", "-1", "nan", "--top-k", "--seed", "--mask", "prefix:3", "prefix:", "window", "causal", "--length", "--name", "*", "--depth", "block", "op", "--plain", "--columns", "all", "--context", "--help", "--version", "-", "", "--", "llama-3-8b", "gpt2", "--dtype", "bf16", "--beams", "2", "--cell", "softmax(tensor([1]))", "\u{1B}[2J", "--no-cache", "--compare", "bash", "--layer", "--threads", "1", "--decoder-ids", "0"]
      var line = [random.one(of: commands)]
      for _ in 0..<random.below(6) { line.append(random.one(of: words)) }
      if ["bench", "docs", "corpus"].contains(line[0]) { line.append("--help") }
      return Array((line.joined(separator: "\n") + "\n\n").utf8)
    }, run: Program.run),
    Target(name: "files", batch: 20, make: { random in
      let kinds: [([String], [[UInt8]])] = [
        (["inspect", "@/config.json"], Seeds.configurations), (["inspect", "@/config.json"], Seeds.recipes), (["run", "@/x.md", "--check"], Seeds.lessons), (["tokenize", "@/tokenizer.json", "--text", "Once there was"], Seeds.tokenizers),
        (["train", "@/x.plan", "--steps", "1", "--output", "@/out"], Seeds.plans), (["run", "@/x.orrery"], Seeds.cells), (["diagram", "@/config.json", "--output", "@/x.dot"], Seeds.configurations),
      ]
      let (line, seeds) = random.one(of: kinds)
      return Array((line.joined(separator: "\n") + "\n\n").utf8) + Mutation.mutated(random.one(of: seeds), &random)
    }, run: Program.run),
  ]
}

enum Program {
  @Sendable static func run(_ input: [UInt8]) {
    guard let end = input.indices.dropLast().first(where: { input[$0] == 10 && input[$0 + 1] == 10 }) else { return }
    let folder = Scratch.folder + "/work"
    try? FileManager.default.removeItem(atPath: folder)
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let words = String(decoding: input[..<end], as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map { word -> String in
      guard word.hasPrefix("@/") else { return String(word) }
      let path = folder + word.dropFirst()
      if word != "@/out", !word.hasSuffix(".dot") { FileManager.default.createFile(atPath: path, contents: Data(input[(end + 2)...])) }
      return path
    }
    let process = Process(), said = folder + "/said"
    FileManager.default.createFile(atPath: said, contents: nil)
    process.executableURL = URL(fileURLWithPath: Scratch.orrery)
    process.arguments = words.first == "" ? Array(words.dropFirst()) : words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(["XDG_STATE_HOME": folder, "XDG_DATA_HOME": folder, "HOME": folder, "ORRERY_HOME": Scratch.root]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: said)
    guard (try? process.run()) != nil else { fatalError("FUZZ: \(Scratch.orrery) does not start") }
    // A program of its own does not count as this one's work: what it may take is told from outside, with room for a busy machine.
    alarm(60)
    let deadline = Date().addingTimeInterval(40)
    while process.isRunning, Date() < deadline { usleep(2000) }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      fatalError("FUZZ: hang: \(words)")
    }
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal || ![0, 1, 2].contains(process.terminationStatus) {
      let words = FileManager.default.contents(atPath: said).map { String(decoding: $0.suffix(2000), as: UTF8.self) } ?? ""
      let line = words.split(separator: "\n").first { $0.contains("Fatal error") } ?? words.split(separator: "\n").last ?? ""
      fatalError("FUZZ: status \(process.terminationStatus) of \(process.arguments ?? []): \(line)")
    }
  }
}
