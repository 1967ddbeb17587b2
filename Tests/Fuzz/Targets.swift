// What is fed, and with what. A target makes an input from a seed, and takes one.

import Blocks
import Checkpoints
import Files
import Foundation
import Language
import Lessons
import Models
import Notebook
import Tensors
import Tokenizers
import Training

struct Target: Sendable {
  let name: String
  /// Inputs of the first batch.
  var batch = 200
  let make: @Sendable (inout SeededGenerator) -> [UInt8]
  let run: @Sendable ([UInt8]) -> Void

  func input(_ seed: UInt64, _ index: Int) -> [UInt8] {
    let salt = name.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    var random = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ salt ^ UInt64(bitPattern: Int64(index)) &* 0xD6E8_FEB8_6659_FD93)
    _ = random.next()
    return make(&random)
  }

  /// Inputs that once did harm.
  var corpus: [[UInt8]] {
    let folder = Scratch.root + "/Tests/Fuzz/Corpus/" + name
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().compactMap { FileManager.default.contents(atPath: folder + "/" + $0).map(Array.init) }
  }

  static func named(_ name: String) -> Target? { all.first { $0.name == name } }

  static let all: [Target] = readers + sessions + programs
}

/// Files of the checkout that begin mutations.
enum Seeds {
  static func files(_ folder: String, _ ending: String) -> [[UInt8]] {
    let all = FileManager.default.enumerator(atPath: Scratch.root + "/" + folder)?.compactMap { $0 as? String } ?? []
    return all.filter { $0.hasSuffix(ending) }.sorted().compactMap { FileManager.default.contents(atPath: Scratch.root + "/" + folder + "/" + $0).map(Array.init) }
  }
  static let configurations = files("lessons/architectures", "config.json")
  static let plans = files("lessons/models", ".plan")
  static let lessons = files("lessons", ".md")
  static let tokenizers = files("Tests/Fixtures/tokenizers", ".json").filter { $0.count < 200_000 } + files("lessons/models", "tokenizer.json").filter { $0.count < 40_000 }.prefix(6)
  static let shards = files("Tests/Fixtures", ".safetensors").filter { $0.count < 100_000 }
  static let models = ShippedModel.all.map(\.name)
  static let recipes = files("lessons/models", "config.json")
  static let cells: [[UInt8]] = lessons.flatMap { lesson -> [[UInt8]] in
    let parts = String(decoding: lesson, as: UTF8.self).components(separatedBy: "```")
    return parts.indices.filter { $0 % 2 == 1 && parts[$0].hasPrefix("orrery") }.map { Array(parts[$0].split(separator: "\n", maxSplits: 1).last.map(String.init)?.utf8 ?? "".utf8) }
  }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

extension Target {
  /// Whatever reads what others wrote.
  static let readers: [Target] = [
    Target(name: "json", batch: 5000, make: { Mutation.mutated($0.one(of: $0.isOnce(in: 2) ? Seeds.plans : Seeds.recipes), &$0) }) { bytes in
      if let json = try? JSON.parse(bytes, name: "fuzz.json", limits: .init(bytes: 1 << 20)) { _ = JSON.encode(JSONTree(json), .compact) }
    },
    Target(name: "shards", batch: 1000, make: { Mutation.mutated($0.one(of: Seeds.shards), &$0) }) { bytes in
      guard let file = try? Safetensors(Scratch.file("fuzz.safetensors", bytes)) else { return }
      for entry in file.entries { _ = (entry.shape.count, entry.bytes.last) }
    },
    Target(name: "tokenizers", batch: 300, make: { Mutation.mutated($0.one(of: Seeds.tokenizers), &$0) }) { bytes in
      guard let json = try? JSON.parse(bytes, name: "tokenizer.json"), let tokenizer = try? Tokenizer(json: json) else { return }
      for text in ["", "Once there was a cat.", "  e\u{301}\u{1F469}\u{200D}\u{1F4BB}\n\t\u{0}<s>[MASK]", "我 现在"] { _ = tokenizer.decode(tokenizer.encode(text).ids) }
    },
    Target(name: "texts", batch: 1000, make: { Mutation.mutated($0.one(of: Seeds.cells), &$0) }) { bytes in
      for tokenizer in Loaded.tokenizers { _ = tokenizer.decode(tokenizer.encode(bytes).ids) }
    },
    Target(name: "markdown", batch: 500, make: { Mutation.mutated($0.one(of: Seeds.lessons), &$0) }) { bytes in
      if let lesson = try? LessonParser.parse(bytes, file: "fuzz.md") { _ = (lesson.exercises.count, lesson.quizzes.count) }
    },
    Target(name: "plans", batch: 500, make: { Mutation.mutated($0.one(of: Seeds.plans), &$0) }) { bytes in
      if let json = try? JSON.parse(bytes, name: "fuzz.plan") { _ = try? Plan(json, file: "fuzz.plan") }
    },
    Target(name: "configs", batch: 200, make: { Mutation.mutated($0.one(of: $0.isOnce(in: 3) ? Seeds.recipes : Seeds.configurations), &$0) }) { bytes in
      _ = Scratch.file("config.json", bytes)
      if let model = try? Model(path: Scratch.folder + "/config.json") { _ = model.architecture.parameterCount }
    },
    Target(name: "language", batch: 2000, make: { Mutation.mutated($0.one(of: Seeds.cells), &$0) }) { bytes in
      let source = text(bytes), interpreter = Interpreter()
      interpreter.output = { _ in }
      interpreter.limits.steps = 20_000
      do { _ = try interpreter.run(source).description } catch let failures as Failures {
        for failure in failures.all {
          precondition(failure.source == nil || (failure.span?.end ?? 0) <= failure.source!.bytes.count, "FUZZ: a place beyond the text")
          _ = failure.rendered()
        }
      } catch {}
      _ = (completeness(of: source), highlight(source), try? parseCheck(source))
    },
  ]

  /// The language with all that a session knows.
  static let sessions: [Target] = [
    Target(name: "cells", batch: 200, make: { random in
      var grammar = Grammar(random: random)
      return Array(grammar.cell().utf8)
    }) { Loaded.run(text($0)) },
    Target(name: "lessoncells", batch: 100, make: { Mutation.mutated($0.one(of: Seeds.cells), &$0) }) { Loaded.run(text($0)) },
    Target(name: "recipes", batch: 100, make: { random in
      var recipes = Recipes(random: random)
      return Array(JSON.encode(recipes.architecture().json, .compact).utf8)
    }) { bytes in
      guard let json = try? JSON.parse(bytes, name: "recipe"), let recipe = try? Recipe(json) else { return }
      guard let model = try? Model(recipe: recipe), model.architecture.parameterCount < 1_000_000 else { return }
      _ = try? RecipeRuns.forward(model.architecture)
      guard let made = try? model.initialised(seed: 1) else { return }
      _ = try? RecipeRuns.forward(made.architecture)
    },
    Target(name: "composed", batch: 50, make: { random in
      var recipes = Recipes(random: random), more = random
      let call = recipes.architecture(3).description
      _ = more.next()
      return Array("let m = \(call)\n\(more.one(of: RecipeRuns.first))\nlet n = m.initialised(seed: 1)\nlet r = n.run([1, 2, 3])\n\(more.one(of: RecipeRuns.second))\n\(more.one(of: RecipeRuns.second))".utf8)
    }) { bytes in for line in text(bytes).split(separator: "\n") { Loaded.run(String(line), fresh: false) } },
    Target(name: "models", batch: 40, make: { random in
      let texts = ["\"\"", "\"Once there was a cat\"", "\"\\u{0}\"", "\"[MASK] the [MASK]\"", "[]", "[1, 2, 3]", "[-1]", "[99999999]", "[0]", "[5]", "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", "\"日本 ㍿ e\u{301}\"", "(0..<40).map { 3 }", "(0..<2000).map { 1 }"]
      let call = ["run(T)", "run(T).next()", "run(T, mask: prefix(2))", "run(T, mask: window(1))", "run(T, decoder: T)", "generate(T, tokens: 3)", "generate(T, tokens: 0)", "trace(T, tokens: 2)", "score(T)", "fill(T)", "embed(T)", "tokenize(T)", "run(T).gradients()", "run(T).lens()", "run(T).ablate(layer: 0, head: 0)", "run(T).edit(\"*.output\", by: { x in x * 0 })", "run(T).step(3)", "classify(T)", "trace(T, tokens: 2, drafts: true)", "run(T).gradients(target: 1, position: 0)", "generate(T, tokens: 4, canvas: 3)", "run(T, mask: reverseCausal).next()", "run(T).difference(from: m.run(T))", "run(T).patch(\"layers.0.attention.output\", from: m.run(T))", "with(layers: 1).run(T)", "diagram", "inspect", "recipe", "initialised(seed: 2).run(T)", "replacing(\"layers.*.feedForward\", by: swiglu(hidden: 8)).initialised().run(T)"]
      var made = random.one(of: call)
      while let range = made.range(of: "T") { made.replaceSubrange(range, with: random.one(of: texts)) }
      return Array("let m = model(\"\(random.one(of: Seeds.models))\"); m.\(made)".utf8)
    }) { Loaded.run(text($0)) },
    Target(name: "lessons", batch: 20, make: { random in
      let words = ["", "hint", "skip", "play", "back", "recap", "continue", "restart", "solution", "list", "reset", "show", "1", "a", "b, c", "x", "let z = 3", "___", "softmax(tensor([1, 2]))", "z + 1", "quit", "help", "progress", "1 2", "?"]
      let lesson = random.below(6)
      return Array(([String(lesson)] + (0..<12).map { _ in random.one(of: words) }).joined(separator: "\n").utf8)
    }) { bytes in
      let lines = text(bytes).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let names = ["attention", "kv-cache", "masks", "positions", "tour", "training"]
      guard let number = lines.first.flatMap({ Int($0) }), names.indices.contains(number), number != 5 || lines.count < 6,
        let source = FileManager.default.contents(atPath: Scratch.root + "/lessons/\(names[number]).md"), let lesson = try? LessonParser.parse(Array(source), file: "x.md")
      else { return }
      let session = LessonSession(lesson, executor: Loaded.fresh())
      session.open { _ in }
      for line in lines.dropFirst() { session.respond(to: line) { _ in } }
    },
  ]
}

enum RecipeRuns {
  static let first = ["m", "m.inspect", "m.diagram", "m.recipe", "m.with(mask: prefix(2))", "m.run([1, 2])", "m.replacing(\"layers.*.feedForward\", by: geglu(hidden: 8))"]
  static let second = [
    "r", "r.next()", "r.step(3)", "n.generate([1, 2], tokens: 2)", "n.trace([1, 2, 3], tokens: 2)", "r.gradients()", "r.lens()", "n.score([1, 2, 3])", "r.ablate(layer: 0, head: 0)", "n.fill([1, 2])",
    "r.edit(\"*.output\", by: { x in x * 0 })", "n.embed([1, 2])", "train(n, on: \"copying\", steps: 1, batch: 2)", "n.run([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])", "n.run([])", "n.trace([1], steps: 2)", "n.classify([1, 2])", "n.diagram",
  ]

  static func forward(_ architecture: Architecture) throws {
    let run = Run(keepsMemory: true)
    if architecture.encoder != nil { architecture.encode(Architecture.Input([[1, 2, 3]]), run) }
    _ = try architecture(Architecture.Input([[1, 2, 3]]), run)
    _ = try architecture(Architecture.Input([[4]]), run)
  }
}

/// What a process makes once.
enum Loaded {
  nonisolated(unsafe) static let stop: UnsafeMutablePointer<Int32> = {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()
  nonisolated(unsafe) static let session = Session(stop: stop)
  static func fresh() -> Session { Session(stop: stop) }
  nonisolated(unsafe) static let tokenizers: [Tokenizer] = Seeds.tokenizers.prefix(12).compactMap { (try? JSON.parse($0, name: "tokenizer.json")).flatMap { try? Tokenizer(json: $0) } }

  /// - Parameter fresh: without the names of the cells before.
  static func run(_ cell: String, fresh: Bool = true) {
    if fresh { session.reset(seed: 0) }
    // A cell may not write: what it would save goes nowhere.
    if cell.contains("save") || cell.contains("write") { return }
    _ = session.run(cell: cell)
  }
}
