// A training at the prompt: a small thing learns within seconds, and can be looked at before, during and after.

import Blocks
import Diagrams
import Files
import Language
import Models
import Tensors
import Tokenizers
import Training

/// A training that is done: its curve, and the model at several of its steps.
final class TrainingObject: Object, @unchecked Sendable {
  let title: String
  let trainer: Trainer
  /// The model as it was after some steps, the first (0) and the last among them.
  let stages: [(step: Int, model: ModelObject)]
  /// The loss on held-out samples at the end.
  let heldOut: Float?

  init(_ title: String, _ trainer: Trainer, stages: [(step: Int, model: ModelObject)], heldOut: Float?) {
    (self.title, self.trainer, self.stages, self.heldOut) = (title, trainer, stages, heldOut)
  }

  var typeName: String { "Training" }
  var summary: String { "\(title): \(trainer.step) steps, loss \(formatted(Double(trainer.history.last?.loss ?? .nan)))" }
  var description: String { trainer.curve(summary).terminal() }
  func description(fitting width: Int) -> String { trainer.curve(summary).terminal(width: min(72, width - 1)) }
  var plain: String { trainer.curve(summary).alternative }

  var members: [Member] {
    [
      .property("model", returns: "Model", "the model after the last step"), .property("before", returns: "Model", "the model before the first"),
      .method("at", [.value("step", .integer)], returns: "Model", "the model as it was at the kept step nearest to this one", example: "train(…).at(50)"),
      .property("kept", returns: "[Int]", "the steps at which the model was kept"), .property("losses", returns: "[Double]", "the loss of every step"),
      .property("loss", returns: "Double", "the loss on held-out samples at the end, in nats"),
      .property("floor", returns: "Double", "the entropy of the corpus in nats a token, where it is known: no loss lies lower on average"),
      .property("steps", returns: "Int", "steps that were done"), .property("svg", returns: "String", "the curve as SVG"),
    ]
  }

  func property(_ name: String) throws -> Value? {
    switch name {
    case "model": .object(stages[stages.count - 1].model)
    case "before": .object(stages[0].model)
    case "kept": .elements(stages.map { .integer($0.step) })
    case "losses": .elements(trainer.history.map { .number(Double($0.loss)) })
    case "loss": .number(Double(heldOut ?? trainer.history.last?.loss ?? .nan))
    case "floor": trainer.corpus.floor.map { .number($0) } ?? .nothing
    case "steps": .integer(trainer.step)
    case "svg": .string(trainer.curve(summary).svg())
    default: nil
    }
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    guard method == "at" else { return nil }
    let step = try a.integer("step")
    return stages.min { abs($0.step - step) < abs($1.step - step) }.map { .object($0.model) }
  }
}

/// What `train(…)` was given, carried out.
struct LiveTraining {
  let a: Arguments
  let stop: UnsafeMutablePointer<Int32>
  let onlooker: Onlooker

  func run() throws -> TrainingObject {
    let given: ModelObject = try a.object("model"), open = try given.open()
    let corpus: any Corpus
    do { corpus = try Corpora.named(try a.string("on")) } catch { throw Failure(FailureKind("training"), "\(error)", at: a.span(of: "on")) }
    let words = corpus.words.count
    guard open.architecture.embedding.vocabulary >= words else {
      throw Failure(
        FailureKind("training"), "the corpus \(corpus.name) has \(words) words, but the model has a vocabulary of \(open.architecture.embedding.vocabulary)",
        suggestion: "give it .with(vocabulary: \(words))", at: a.span(of: "model"))
    }
    // Ids of another vocabulary would be learned as if they were its own.
    if let tokenizer = open.tokenizerIfAny, let id = corpus.words.indices.first(where: { tokenizer.token($0)?.string != corpus.words[$0] }) {
      throw Failure(
        FailureKind("training"),
        "the model has a tokenizer of its own, and the corpus \(corpus.name) other tokens: \(id) is '\(tokenizer.token(id)?.string ?? "none")' to it, and '\(corpus.words[id])' there",
        suggestion: "train it on a corpus in its tokens, or an architecture without a tokenizer", at: a.span(of: "model"))
    }
    let steps = try count("steps", 1...100_000), batch = try count("batch", 1...4096), rate = try a.number("rate")
    guard rate > 0, rate <= 1 else { throw a.invalid("rate", "must be above 0 and at most 1") }
    let seed = UInt64(bitPattern: Int64(try a.integer("seed")))
    do {
      let recipe = open.model.recipe
      let model = try Model(recipe: recipe, from: open.model)
      if model.isOutline { model.architecture.initialise(seed: seed, rule: .mini) }
      var name = Objectives.usual(for: model.architecture, on: corpus)
      if case .string(let given) = a["objective"] { name = given }
      let objective = try Objectives.named(name, try a.settings(), corpus.vocabulary.special, for: model.architecture)
      if objective is PolicyLearning {
        throw Failure(
          FailureKind("training"), "PPO learns from what the model writes itself, not from a corpus's texts", suggestion: "a plan trains with it: orrery train story-ppo",
          at: a.span(of: "objective"))
      }
      let trainer = try Trainer(
        model.architecture, on: corpus, objective,
        TrainingSettings(
          optimiser: OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.99), rate: rate, decay: 0.01, clip: 1),
          schedule: Schedule(.cosine, warmup: min(100, max(1, steps / 10)), floor: 0.1), steps: steps, batch: batch, seed: seed, evaluateEvery: max(1, steps / 4),
          heldOutSamples: 64),
        stop: stop)
      let text = try corpus.tokenizer(for: objective).map {
        OpenModel.Text(tokenizer: try Tokenizer(json: JSON.parse(Array($0.utf8), name: corpus.name), name: corpus.name), json: $0)
      }
      let ends = corpus.vocabulary.special[.end].map { [$0] } ?? []
      func stage() throws -> (step: Int, model: ModelObject) {
        let copy = try Model(recipe: recipe, from: model)
        for (_, parameter) in copy.architecture.allParameters where parameter.isBound { parameter.bind(parameter.tensor.copied) }
        return (trainer.step, ModelObject(copy.stopping(at: ends), stop: given.stop, broken: given.broken, text: text))
      }
      var stages = [try stage()]
      let kept = Set([steps / 10, steps / 4, steps / 2, steps].map { max(1, $0) })
      let title = "\(open.architecture.name) on \(corpus.name), rate \(formatted(rate))"
      var heldOut: Float?, stopped: Int?
      do {
        defer { onlooker.tell?(nil) }  // the line of progress goes before anything else is said
        while !trainer.isFinished, stopped == nil {
          // A person's Ctrl-C ends the training and keeps what was learned until then; the cell goes on.
          do { heldOut = try trainer.advance().heldOut } catch TrainingFailure.interrupted(let step) where step > 0 && onlooker.tell != nil {
            stopped = step
            continue
          }
          if kept.contains(trainer.step) { stages.append(try stage()) }
          onlooker.tell?(Underway(title: title, unit: "steps", done: trainer.step, total: steps, note: "loss \(formatted(Double(trainer.history.last?.loss ?? .nan)))"))
        }
      }
      if let step = stopped {
        stop.pointee = 0
        if stages[stages.count - 1].step != step { stages.append(try stage()) }
        a.context.output("stopped after step \(step) of \(steps); what was learned until then is kept\n")
        heldOut = try trainer.heldOutLoss()
      }
      return TrainingObject(title, trainer, stages: stages, heldOut: heldOut)
    } catch let failure as Failure {
      throw failure
    } catch let fault as Fault {
      throw TensorObject.failure(of: fault)
    } catch let failure as TrainingFailure {
      if case .interrupted = failure { throw TensorObject.failure(of: Fault(.interrupted)) }
      throw Failure(FailureKind("training"), failure.description)
    } catch {
      throw Failure(FailureKind("training"), "\(error)")
    }
  }

  private func count(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
    let n = try a.integer(name)
    guard range.contains(n) else { throw a.invalid(name, "must lie between \(range.lowerBound) and \(range.upperBound)") }
    return n
  }
}
