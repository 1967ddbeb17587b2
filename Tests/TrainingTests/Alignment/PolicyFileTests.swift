import Blocks
import Files
import Foundation
import Models
import Tensors
import Testing

@testable import Training

// A plan of PPO from models that are made here: stopped, gone on with, broken off, and held to its KL.
@Suite struct PolicyFileTests {
  private static let decoder = """
    {"decoder": {"layers": 1, "width": 16, "vocabulary": 43, "context": 32, "attention": {"multiHead": {"heads": 2, "bias": true}},
     "position": {"learned": {}}, "feedForward": {"feedForward": {"hidden": 32}}}}
    """
  private static let judge = "{\"classifier\": {\"model\": \(decoder), \"classes\": 1, \"deep\": false}}"

  private func model(_ recipe: String, seed: UInt64) throws -> Model {
    let json = try JSON.parse(Array("{\"model_type\": \"orrery\", \"recipe\": \(recipe)}".utf8), name: "recipe")
    let model = try Model(configuration: json, name: "made")
    try model.architecture.initialise(seed: seed, rule: .mini)
    return model
  }

  private func plan(_ objective: String, scores: String = "{}", steps: Int = 4) throws -> Plan {
    let text = """
      {"model": {"model_type": "orrery", "recipe": \(PolicyFileTests.decoder)}, "start": "base", "corpus": "preferences", "objective": \(objective),
       "optimiser": {"adamW": {"rate": 0.003}}, "schedule": {"constant": {}}, "steps": \(steps), "batch": 8, "seed": 5, "scores": \(scores)}
      """
    return try Plan(JSON.parse(Array(text.utf8), name: "my.plan"), file: "my.plan")
  }

  private let ppo = #"{"ppo": {"begin": true, "reward": "judge", "minibatch": 4}}"#

  private func opening(base: UInt64 = 1, judge: UInt64 = 2) -> (String) throws -> Model {
    { name in try self.model(name == "judge" ? PolicyFileTests.judge : PolicyFileTests.decoder, seed: name == "judge" ? judge : base) }
  }

  private func numbers(_ training: PlannedTraining) -> [[Float]] {
    let policy = training.policy!
    return (policy.policy.allParameters + policy.value.allParameters).map { $0.parameter.tensor.values } + [policy.policyOptimiser, policy.valueOptimiser].flatMap { ($0.first + $0.second).map(\.values) }
  }

  private func file() -> String { FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".training").path }

  private struct Stop: Error {}

  @Test func aStoppedTrainingGoesOnToTheSameBits() throws {
    let path = file(), whole = try PlannedTraining(plan(ppo), opening: opening())
    try whole.train { _ in }
    let stopped = try PlannedTraining(plan(ppo), opening: opening())
    #expect(throws: Stop.self) { try stopped.train { if $0.step == 2 { throw Stop() } } }
    try stopped.save(path)
    let further = try PlannedTraining(plan(ppo), opening: opening())
    try further.resume(path)
    #expect(further.trainer.step == 2 && further.policy?.history.count == 2 && numbers(further) == numbers(stopped))
    try further.train { _ in }
    #expect(numbers(further) == numbers(whole))
    #expect(further.trainer.history == whole.trainer.history && further.policy?.history == whole.policy?.history)
    // Every line of the log has reward and KL.
    for report in whole.trainer.history { #expect(report.policy != nil && JSON.encode(report.json()).contains("\"kl\":")) }
    #expect(whole.policy!.history.last!.divergence > 0)
  }

  @Test func onlyWithTheSameModels() throws {
    let path = file(), stopped = try PlannedTraining(plan(ppo), opening: opening())
    #expect(throws: Stop.self) { try stopped.train { _ in throw Stop() } }
    try stopped.save(path)
    func message(_ training: PlannedTraining) -> String {
      let before = numbers(training)
      defer { #expect(numbers(training) == before) }
      do { try training.resume(path); return "nothing was thrown" } catch { return "\(error)" }
    }
    let rest = "; put it back, or begin again without --resume; nothing was changed"
    #expect(message(try PlannedTraining(plan(ppo), opening: opening(judge: 7))) == "\(path): this checkpoint comes from a plan with another reward" + rest)
    #expect(message(try PlannedTraining(plan(ppo), opening: opening(base: 7))) == "\(path): this checkpoint comes from a plan with another start" + rest)
    #expect(message(try PlannedTraining(plan(ppo, steps: 1), opening: opening())).hasPrefix("\(path): this checkpoint comes from a plan with another steps"))
  }

  /// A stop flag ends an iteration that has not been done: nothing of it is left.
  @Test func interruptionKeepsTheWork() throws {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    defer { flag.deallocate() }
    let stopped = try PlannedTraining(plan(ppo), opening: opening(), stop: flag), whole = try PlannedTraining(plan(ppo), opening: opening())
    try whole.train { _ in }
    try stopped.policy!.advance()
    let before = numbers(stopped)
    flag.pointee = 1
    #expect(throws: TrainingFailure.interrupted(step: 1)) { try stopped.policy!.advance() }
    #expect(numbers(stopped) == before && stopped.policy!.history.count == 1)
    flag.pointee = 0
    while !stopped.policy!.isFinished { try stopped.policy!.advance() }
    #expect(numbers(stopped) == numbers(whole))
  }

  /// KL is 0 where nothing was learned, and what a loss of preferences is held against is the start, not the model itself.
  @Test func scoresAreHeldAgainstTheStart() throws {
    let plan = try plan(#"{"dpo": {"begin": true}}"#, scores: #"{"kl": {"at most": 99, "samples": 16}, "loss": {"at most": 9, "samples": 16}}"#)
    let start = try opening()("base").architecture, other = try opening(base: 8)("base").architecture
    let same = try PlannedTraining.results(of: plan, start, opening: opening()), moved = try PlannedTraining.results(of: plan, other, opening: opening())
    #expect(abs(same[0].value) < 1e-4 && abs(same[1].value - 0.6931472) < 1e-5)
    #expect(moved[0].value > 0.5 && abs(moved[1].value - 0.6931472) > 1e-3)
    #expect(moved[0].text.hasPrefix("kl ") && moved[0].text.hasSuffix("(at most 99): holds"))
    // Settings are chosen on other samples than those of the score.
    let chosen = try PlannedTraining.results(of: plan, other, on: .training, opening: opening())
    #expect(chosen[1].value != moved[1].value)
  }
}

@Suite struct PlannedPrefixTests {
  private func plan(_ recipe: String, _ objective: String = #"{"fine-tuning": {"begin": true, "template": false}}"#) throws -> Plan {
    let text = """
      {"model": {"model_type": "orrery", "recipe": \(recipe)}, "start": "base", "learns": "prefix", "corpus": "preferences", "objective": \(objective),
       "optimiser": {"adamW": {"rate": 0.01}}, "schedule": {"constant": {}}, "steps": 3, "batch": 4, "scores": {"liked": {"at least": 0, "samples": 8}}}
      """
    return try Plan(JSON.parse(Array(text.utf8), name: "my.plan"), file: "my.plan")
  }
  private let decoder = #"{"decoder": {"layers": 2, "width": 16, "vocabulary": 43, "context": 64, "attention": {"multiHead": {"heads": 2}}, "position": {"rope": {}}}}"#

  @Test func theBaseStaysAsItIs() throws {
    let text = "{\"model_type\": \"orrery\", \"recipe\": \(decoder)}"
    let base = try Model(configuration: JSON.parse(Array(text.utf8), name: "recipe"), name: "base")
    try base.architecture.initialise(seed: 4, rule: .mini)
    let training = try PlannedTraining(plan("{\"prefixTuned\": {\"architecture\": \(decoder), \"length\": 4}}"), opening: { _ in base })
    let tuned = training.model.architecture, learned = PrefixTuning.learned(tuned), before = learned.map { $0.parameter.tensor.values }
    #expect(PrefixTuning.fingerprint(tuned) == PrefixTuning.fingerprint(base.architecture))
    try training.train { _ in }
    #expect(PrefixTuning.fingerprint(tuned) == PrefixTuning.fingerprint(base.architecture))
    for (one, old) in zip(learned, before) { #expect(one.parameter.tensor.values != old, "\(one.path)") }
  }

  @Test func messages() {
    do { _ = try plan(decoder); Issue.record("nothing was thrown") } catch {
      #expect("\(error)" == #"my.plan: learns is "prefix", but the model has none; put it into {"prefixTuned": {"architecture": {…}, "length": 8}}"#)
    }
  }
}
