// What a plan says, and what is wrong with one: one line with the file, the key and the nearest right thing.

import Files
import Foundation
import Models
import Testing
import Tokenizers

@testable import Training

@Suite struct PlanTests {
  private static let good = """
    {"about": "Stories.", "model": {"model_type": "orrery", "recipe": {"decoder": {"layers": 1, "width": 16, "vocabulary": 43, "context": 32,
     "attention": {"multiHead": {"heads": 2}}, "position": {"learned": {}}}}},
     "corpus": "stories", "objective": {"next": {"begin": true}}, "initialisation": "gpt2",
     "optimiser": {"adamW": {"rate": 0.002, "beta2": 0.95, "decay": 0.1, "clip": 0.5}}, "schedule": {"cosine": {"warmup": 10, "floor": 0.1}},
     "steps": 20, "batch": 4, "seed": 7, "average": 0.99, "evaluate": {"every": 5, "samples": 8}, "precision": "f16", "scores": {"loss": {"at most": 0.5}}}
    """

  private func plan(_ part: String = "", _ other: String = "") throws -> Plan {
    let text = part.isEmpty ? PlanTests.good : PlanTests.good.replacing(part, other)
    #expect(part.isEmpty || text != PlanTests.good, "the plan has no \(part)")
    return try Plan(JSON.parse(Array(text.utf8), name: "my.plan"), file: "my.plan")
  }

  private func message(_ part: String, _ other: String) -> String {
    do {
      let plan = try plan(part, other)
      _ = try PlannedTraining(plan, opening: { _ in throw PlanFailure("my.plan", "opened") })
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  @Test func everyKeyIsRead() throws {
    let plan = try plan()
    #expect(plan.name == "my" && plan.about == "Stories." && plan.initialisation == .gpt2 && plan.precision == .f16)
    #expect(plan.settings == TrainingSettings(
      optimiser: OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.95, epsilon: 1e-8), rate: 0.002, decay: 0.1, clip: 0.5),
      schedule: Schedule(.cosine, warmup: 10, floor: 0.1), steps: 20, batch: 4, seed: 7, average: 0.99, evaluateEvery: 5, heldOutSamples: 8))
    #expect(plan.scores.map(\.bound) == ["loss at most 0.5"])
    let training = try PlannedTraining(plan, opening: { _ in throw PlanFailure("my.plan", "opened") })
    try training.train { _ in }
    #expect(training.trainer.step == 20)
  }

  /// The shipped tokenizers are those that the plans make: a model that was trained behind `<bos>` or before `<sep>` is asked so at the command line too.
  @Test func shippedTokenizersAreThePlans() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("lessons/models")
    var compared = 0
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where file.hasSuffix(".plan") {
      let shipped = folder.appendingPathComponent("\(file.dropLast(5))/tokenizer.json").path
      guard FileManager.default.fileExists(atPath: shipped) else { continue }
      let path = folder.appendingPathComponent(file).path, plan = try Plan(JSON.read(path), file: path)
      guard let made = plan.tokenizer else { continue }
      func frame(_ json: JSON) -> String { json["post_processor"].map { JSON.encode(JSONTree($0)) } ?? "null" }
      let own = frame(try JSON.parse(Array(made.utf8), name: file)), held = frame(try JSON.read(shipped))
      #expect(own == held, "\(file)")
      compared += 1
    }
    #expect(compared > 60)
  }

  /// What the objective puts around a text, the shipped tokenizer puts around it too: whoever continues a text need not know of `<bos>`.
  @Test func tokenizerFramesATextAsTheObjectiveDoes() throws {
    func ids(_ part: String, _ other: String, _ text: String = "tom has") throws -> [Int] {
      let tokenizer = try #require(try plan(part, other).tokenizer)
      return try Tokenizer(json: JSON.parse(Array(tokenizer.utf8), name: "tokenizer.json")).encode(text).ids
    }
    let words = StoriesCorpus().vocabulary[words: "tom has"], objective = "{\"next\": {\"begin\": true}}"
    #expect(try ids(objective, "\"next\"") == [1] + words)
    #expect(try ids(objective, "{\"next\": {\"begin\": false}}") == words)
    #expect(try ids(objective, "\"further\"") == [1] + words)
    #expect(try ids(objective, "\"both directions\"") == [1] + words + [2])
    #expect(try ids(objective, "\"masked\"") == words)
    #expect(try ids(objective, "{\"masked diffusion\": {\"begin\": true}}") == [1] + words)
    #expect(try ids(objective, "{\"masked diffusion\": {\"begin\": false}}") == words)
    #expect(try ids(objective, "\"prefix\"") == words)
    // A source is closed by the separator, of prefix models; an encoder reads it as it is.
    let pair = "\"corpus\": \"stories\", \"objective\": {\"next\": {\"begin\": true}}", list = TranslationCorpus().vocabulary
    let source = list[words: "i love you"], separator = try #require(list.special[.separator])
    #expect(try ids(pair, "\"corpus\": \"translation\", \"objective\": \"prefix\"", "i love you") == source + [separator])
    let tuned = pair.replacing("\"stories\"", with: "\"preferences\"").replacing("\"next\"", with: "\"fine-tuning\"")
    #expect(try ids(pair, tuned) == [1] + words + [#require(StoriesCorpus().vocabulary.special[.separator])])
    #expect(try ids(pair, tuned.replacing("\"begin\": true", with: "\"begin\": true, \"template\": false")) == [1] + words)
    #expect(try ids(pair, "\"corpus\": \"translation\", \"objective\": \"translation\"", "i love you") == source)
  }

  @Test func messages() {
    let expected: [(part: String, other: String, message: String)] = [
      ("\"steps\"", "\"step\"", "my.plan: unknown key 'step'; did you mean 'steps'?"),
      ("\"every\"", "\"evrey\"", "my.plan: unknown key 'evaluate.evrey'; did you mean 'every'?"),
      ("\"decay\"", "\"decya\"", "my.plan: unknown key 'optimiser.adamW.decya'; did you mean 'decay'?"),
      ("\"corpus\": \"stories\"", "\"corpus\": \"storys\"", "my.plan: no corpus is called 'storys'; did you mean 'stories'?"),
      ("\"next\"", "\"nextt\"", "my.plan: no objective is called 'nextt'; did you mean next?"),
      ("\"begin\": true", "\"begins\": true", "my.plan: next has no setting 'begins'; did you mean begin?"),
      ("\"gpt2\"", "\"gpt3\"", "my.plan: initialisation is \"gpt3\", but must be one of own, mini, bert, llama, gpt2, t5, palm, olmo, mamba, mamba2, s4d, rwkv, retnet; did you mean 'gpt2'?"),
      ("\"rate\": 0.002", "\"rate\": \"fast\"", "my.plan: optimiser.adamW.rate is \"fast\", but must be a number from 0 to 10"),
      ("\"vocabulary\": 43", "\"vocabulary\": 40", "the corpus stories has 43 words, but the model has a vocabulary of 40; it must be at least 43"),
      ("\"loss\": {", "\"los\": {", "my.plan: scores: the corpus stories has no measure 'los'; did you mean 'loss'?"),
    ]
    for (part, other, wanted) in expected { #expect(message(part, other) == wanted) }
  }

  /// Of a file on disk the line is told as well: of the key, or of the object that it is missing in.
  @Test func messagesTellTheLine() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("lines-\(UUID().uuidString).plan").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (part, other, line, message) in [
      ("\"corpus\": \"stories\"", "\"corpus\": \"storys\"", 3, "no corpus is called 'storys'; did you mean 'stories'?"),
      ("\"decay\"", "\"decya\"", 4, "unknown key 'optimiser.adamW.decya'; did you mean 'decay'?"),
      ("\"rate\": 0.002, ", "", 4, "the key 'optimiser.adamW.rate' is missing"), ("\"steps\": 20", "\"steps\": 0", 5, "steps is 0, but must lie between 1 and 10000000"),
      ("\"layers\": 1", "\"layers\": -1", 1, "recipe: decoder: layers must be a whole number between 1 and 10000, not -1"),
    ] {
      try PlanTests.good.replacing(part, with: other).write(toFile: path, atomically: true, encoding: .utf8)
      #expect({ do { _ = try Plan(path: path); return "" } catch { return "\(error)" } }() == "\(path):\(line): \(message)")
    }
    try PlanTests.good.replacing("\"steps\": 20, ", with: "").write(toFile: path, atomically: true, encoding: .utf8)
    #expect({ do { _ = try Plan(path: path); return "" } catch { return "\(error)" } }().hasPrefix("\(path): "))
  }

  /// A model takes the place of another at once: what else lies in its folder stays, and nothing is left beside it.
  @Test func aModelIsMovedIntoItsPlaceWhole() throws {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent("whole-\(UUID().uuidString)").path, folder = place + "/small"
    defer { try? FileManager.default.removeItem(atPath: place) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let training = try PlannedTraining(plan(), opening: { _ in throw PlanFailure("my.plan", "opened") })
    try training.write(to: folder, results: [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["small"])
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == ["card.json", "config.json", "model.safetensors", "tokenizer.json"])
    #expect(try Model(path: folder).architecture.parameterCount == training.model.architecture.parameterCount)
    // A folder by the name of one of our files is somebody else's: one line, and what is there is as it was.
    try FileManager.default.removeItem(atPath: folder + "/card.json")
    try FileManager.default.createDirectory(atPath: folder + "/card.json/in", withIntermediateDirectories: true)
    #expect(throws: ModelFolder.Refusal.holds(path: folder, other: "card.json")) { try training.write(to: folder, results: []) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["small"])
  }

  @Test func whatIsNoObject() {
    #expect(throws: (any Error).self) { try Plan(JSON.parse(Array("[1]".utf8), name: "my.plan"), file: "my.plan") }
  }
}
