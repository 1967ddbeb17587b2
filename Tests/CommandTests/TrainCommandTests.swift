// `orrery train` as a person meets it: it writes a model that loads, stops at Ctrl-C without losing the work, goes on to the same bits, and says in
// one line what a plan or a place has wrong.

import Foundation
import Testing

@Suite struct TrainCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  private func place(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// A decoder of 5 thousand numbers, with changes to single keys.
  private func plan(_ name: String = "small.plan", _ changes: [String: Any?] = [:]) throws -> String {
    var plan: [String: Any] = [
      "model": ["model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 43, "n_positions": 64, "n_embd": 16, "n_layer": 1, "n_head": 2],
      "corpus": "stories", "objective": "next", "steps": 40, "batch": 2, "seed": 3, "scores": ["loss": ["at most": 4]],
    ]
    for (key, value) in changes { plan[key] = value }   // nil: without the key
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try JSONSerialization.data(withJSONObject: plan).write(to: URL(fileURLWithPath: place(name)))
    return place(name)
  }

  @Test func writesAModelThatEveryCommandTakes() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let trained = try Program(["train", try plan(), "--curve", place("loss.svg"), "--log", place("log.jsonl"), "--plain"])
    #expect(trained.status == 0, "\(trained.said)")
    #expect(trained.printed.contains("loss ") && trained.printed.hasSuffix("wrote \(place("small"))\n"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["log.jsonl", "loss.svg", "small", "small.plan"])
    let lines = try String(contentsOfFile: place("log.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 40)
    let last = try #require(try JSONSerialization.jsonObject(with: Data(lines[39].utf8)) as? [String: Any])
    #expect(last["step"] as? Int == 40)
    #expect(try String(contentsOfFile: place("loss.svg"), encoding: .utf8).contains("<svg"))
    let written = try Program(["generate", place("small"), "--text", "tom has", "--max-new-tokens", "3"])
    #expect(written.status == 0 && written.printed.hasPrefix("tom has "), "\(written.said)")
    #expect(try Program(["score", place("small"), "--text", "tom has his kite"]).status == 0)
  }

  @Test func goesOnToTheSameBitsAfterCtrlC() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let long = try plan("long.plan", ["steps": 1500, "scores": ["loss": ["at most": 9]]])
    #expect(try Program(["train", long, "--output", place("whole.safetensors"), "--threads", "1"]).status == 0)

    let log = place("log.jsonl"), errors = place("errors")
    #expect(FileManager.default.createFile(atPath: errors, contents: nil))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Program.path())
    process.arguments = ["train", long, "--output", place("parts.safetensors"), "--threads", "2", "--log", log]
    process.currentDirectoryURL = Shown.root
    process.standardOutput = Pipe()
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
    var seen = 0
    while process.isRunning, seen < 20 {
      usleep(2000)
      seen = ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").count
    }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    #expect(said.contains("stopped after step ") && said.hasSuffix("the work is kept in \(place("parts.training")): --resume goes on\n"), "\(said)")
    #expect(!FileManager.default.fileExists(atPath: place("parts.safetensors")))

    let again = try Program(["train", long, "--output", place("parts.safetensors")])
    #expect(again.said == "orrery: \(place("parts.training")) holds a training that was stopped: go on with --resume, or remove it to begin again\n")
    // The same plan with another setting of its corpus is another training.
    let other = try plan("other.plan", ["steps": 1500, "scores": ["loss": ["at most": 9]], "objective": ["masked": ["rate": 0.2]]])
    let refused = try Program(["train", other, "--output", place("parts.safetensors"), "--resume"])
    #expect(refused.status != 0 && refused.said.contains("objective") && refused.said.split(separator: "\n").count == 1, "\(refused.said)")

    #expect(try Program(["train", long, "--output", place("parts.safetensors"), "--resume"]).status == 0)
    #expect(FileManager.default.contents(atPath: place("parts.safetensors")) == FileManager.default.contents(atPath: place("whole.safetensors")))
    #expect(!FileManager.default.fileExists(atPath: place("parts.training")))
  }

  /// Whoever leaves while the scores are measured has all the steps; what is left is to measure and to write.
  @Test func goesOnToItsScoresAfterCtrlC() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let slow = try plan("slow.plan", ["steps": 10, "scores": ["valid": ["at least": 0, "samples": 3000] as [String: Any]]])
    let errors = place("errors")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Program.path())
    process.arguments = ["train", slow, "--output", place("slow.safetensors")]
    process.currentDirectoryURL = Shown.root
    process.standardOutput = Pipe()
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
    while process.isRunning, !FileManager.default.fileExists(atPath: place("slow.training")) { usleep(2000) }
    usleep(20_000)
    process.interrupt()
    process.waitUntilExit()
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    #expect(process.terminationStatus == 130)
    #expect(said.hasSuffix("orrery: stopped behind the last step, while the scores were measured; the work is kept in \(place("slow.training")): --resume goes on\n"), "\(said)")
    #expect(try Program(["train", slow, "--output", place("slow.safetensors"), "--resume"]).status == 0)
    #expect(FileManager.default.fileExists(atPath: place("slow.safetensors")) && !FileManager.default.fileExists(atPath: place("slow.training")))
  }

  @Test func aModelThatMissesItsScoreTakesNobodysPlace() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try Program(["train", try plan()]).status == 0)
    let before = FileManager.default.contents(atPath: place("small/model.safetensors"))
    let missed = try Program(["train", try plan("small.plan", ["seed": 4, "scores": ["loss": ["at most": 0.1]]])])
    #expect(missed.status == 1)
    #expect(missed.said == "orrery: the new model misses its scores: \(place("small")) was left as it was, and the new one is \(place("small.missed"))\n")
    #expect(before != nil && FileManager.default.contents(atPath: place("small/model.safetensors")) == before)
    #expect(try Program(["generate", place("small.missed"), "--ids", "1,2", "--max-new-tokens", "1"]).status == 0)
    // With --output as without it; nothing is in the way of the next training.
    let again = try Program(["train", try plan("small.plan", ["seed": 5, "scores": ["loss": ["at most": 0.1]]]), "--output", place("small")])
    #expect(again.status == 1 && again.said.hasSuffix("the new one is \(place("small.missed-2"))\n"), "\(again.said)")
    #expect(FileManager.default.contents(atPath: place("small/model.safetensors")) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["small", "small.missed", "small.missed-2", "small.plan"])
  }

  /// What is not ours is refused before the work, in the words that `save` has; and nothing that only looks like ours is removed.
  @Test func whatIsNotOursStays() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try plan()
    func make(_ name: String, _ text: String) throws {
      try FileManager.default.createDirectory(atPath: (place(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try text.write(toFile: place(name), atomically: true, encoding: .utf8)
    }
    try make("foreign/config.json", "{\"model_type\": \"gpt2\"}")
    try make("notes/diary.txt", "mine")
    try make("other/config.json", "{\"model_type\": \"orrery\", \"recipe\": {}}")
    try make("numbers.safetensors", "mine")
    for (name, reason) in [
      ("foreign", "holds a model that was not made here; choose another place"), ("notes", "holds diary.txt, which Orrery did not write; choose another place"),
      ("other", "holds a model of another architecture; choose another place, or remove it first"),
      ("numbers.safetensors", "holds a model that was not made here; choose another place"),
    ] {
      let refused = try Program(["train", file, "--output", place(name)])
      #expect(refused.status == 2 && refused.said == "orrery: \(place(name)) \(reason)\n" && refused.printed.isEmpty, "\(refused.said)")
    }
    #expect(try String(contentsOfFile: place("numbers.safetensors"), encoding: .utf8) == "mine")
    // Twice into the same place, with folders and files beside it that are called as temporaries might be.
    for name in ["small.part/kept", "numbers.safetensors.part/kept", "small.old/kept", "small.new/kept"] { try make(name, "mine") }
    try FileManager.default.removeItem(atPath: place("numbers.safetensors"))
    for output in ["small", "numbers.safetensors"] {
      for seed in [3, 4] {
        let trained = try Program(["train", file, "--seed", "\(seed)", "--output", place(output)])
        #expect(trained.status == 0, "\(trained.said)")
      }
    }
    for name in ["small.part/kept", "numbers.safetensors.part/kept", "small.old/kept", "small.new/kept"] {
      #expect(try String(contentsOfFile: place(name), encoding: .utf8) == "mine")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place("small")).sorted() == ["card.json", "config.json", "model.safetensors", "tokenizer.json"])
  }

  @Test(arguments: [
    ("stepps", "3", "unknown key 'stepps'; did you mean 'steps'?"),
    ("corpus", "\"storys\"", "no corpus is called 'storys'; did you mean 'stories'?"),
    ("steps", "0", "steps is 0, but must lie between 1 and 10000000"),
    ("corpus", nil, "the key 'corpus' is missing (one of "),
    ("optimiser", "{\"adam\": {\"rate\": 1}}", "optimiser must be {\"adamW\": {…}} or {\"sgd\": {…}}"),
  ] as [(String, String?, String)])
  func saysWhatAPlanHasWrong(_ key: String, _ value: String?, _ expected: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try plan("bad.plan", [key: try value.map { try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed) }])
    let result = try Program(["train", file])
    #expect(result.said.hasPrefix("orrery: \(file):") && result.said.contains(expected) && result.said.split(separator: "\n").count == 1, "\(result.said)")
    #expect(result.status == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["bad.plan"])
  }

  @Test func aVocabularyThatDoesNotFitIsOneLine() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let model: [String: Any] = ["model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 40, "n_positions": 64, "n_embd": 16, "n_layer": 1, "n_head": 2]
    let result = try Program(["train", try plan("bad.plan", ["model": model])])
    #expect(result.status == 2 && result.said.contains("40") && result.said.contains("43") && result.said.split(separator: "\n").count == 1, "\(result.said)")
  }

  @Test func textsThatAreTooLongAndPlansThatAreNotThereAreUnusableInput() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let model: [String: Any] = ["model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 43, "n_positions": 20, "n_embd": 16, "n_layer": 1, "n_head": 2]
    let long = try Program(["train", try plan("bad.plan", ["model": model])])
    #expect(long.status == 2 && long.said == "orrery: a sample of the corpus stories has 32 tokens, but the model reads at most 20\n", "\(long.said)")
    let none = try Program(["train", place("other.plan")])
    #expect(none.status == 2 && none.said.hasPrefix("orrery: \(place("other.plan")): ") && none.said.split(separator: "\n").count == 1, "\(none.said)")
    let unknown = try Program(["train", "zzzzzz"])
    #expect(unknown.status == 2 && unknown.said == "orrery: there is no plan 'zzzzzz'; `orrery models` lists what has one, by its name\n", "\(unknown.said)")
  }

  @Test func divergenceNamesTheStepAndTheTensor() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let wild: [String: Any?] = ["optimiser": ["sgd": ["rate": 10, "momentum": 0.99, "clip": NSNull()] as [String: Any]], "steps": 400]
    let result = try Program(["train", try plan("wild.plan", wild)])
    #expect(result.status == 1 && result.said.hasPrefix("orrery: the training diverged at step ") && result.said.split(separator: "\n").count == 1, "\(result.said)")
  }
}
