import ArgumentParser
import Diagrams
import Files
import Foundation
import Models
import Notebook
import Terminal
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a mini model from its plan.",
    discussion: """
      A plan says what is trained, on what, how, and what it must reach. Ctrl-C ends at a step and keeps the work: --resume goes on to the same bits.

      EXAMPLES
        orrery train stories-gpt2 --output ./my-model
        orrery train ./mine.plan --steps 200
        orrery train ./mine.plan --resume
      """)

  @Argument(help: "A plan file, or the name of a shipped plan.") var plan: String
  @Option(parsing: .unconditional, help: "Steps, instead of the plan's.") var steps: Int?
  @Option(parsing: .unconditional, help: "Seed, instead of the plan's.") var seed: Int?
  @Option(help: "Folder of the model; NAME beside the plan if left out.") var output: String?
  @Flag(help: "Go on from where a training of this plan was stopped.") var resume = false
  @Option(help: "Write the loss curve as SVG.") var curve: String?
  @Option(help: "Steps between two reports; about twenty in all if left out.") var every: Int?
  @Option(help: "text for people, json for scripts: a line a report.") var format: Format = .text
  @OptionGroup var display: DisplayOptions

  func run() throws {
    if let every, every < 1 { throw Refusal("--every is \(every), but must be at least 1") }
    if let steps, steps < 1 { throw Refusal("--steps is \(steps), but must be at least 1") }
    if let seed, seed < 0 { throw Refusal("--seed is \(seed), but must be at least 0") }
    let path = try ShippedPlan.path(of: plan)
    var plan = try Plan(path: path)
    if let steps { plan.settings.steps = steps }
    if let seed { plan.settings.seed = UInt64(seed) }
    let training = try PlannedTraining(plan, opening: { try OpenModel($0).model }, stop: stopFlag)
    let folder = output ?? (path.hasSuffix(".plan") ? String(path.dropLast(5)) : path + ".model")
    let unfinished = folder + ".training"
    if resume {
      guard FileManager.default.fileExists(atPath: unfinished) else { throw Refusal("there is no \(unfinished): nothing of this plan was stopped half-way") }
      try training.trainer.resume(unfinished, fingerprint: training.fingerprint)
    }
    let bar = ProgressBar(plan.name, total: plan.settings.steps, unit: "steps", style: display.style)
    let often = every ?? max(1, plan.settings.steps / 20), began = Date(), already = training.trainer.step
    var tokens = 0
    do {
      try training.train { report in
        tokens += report.tokens
        let seconds = Date().timeIntervalSince(began), speed = Double(tokens) / max(1e-9, seconds)
        bar.note = String(format: "loss %.4f  %.0f tokens/s", report.loss, speed)
        bar.update(report.step)
        if format == .json, report.step % often == 0 || report.heldOut != nil || report.step == already + 1 {
          write(report.json(seconds: seconds, tokensPerSecond: speed))
        }
        // A long training survives whatever ends the program.
        if report.step % 500 == 0, report.step < plan.settings.steps { try training.trainer.save(unfinished, fingerprint: training.fingerprint) }
      }
      bar.finish()
    } catch let failure as TrainingFailure {
      bar.finish()
      if case .interrupted(let step) = failure, step > 0 {
        try training.trainer.save(unfinished, fingerprint: training.fingerprint)
        FileHandle.standardError.write(Data("orrery: stopped after step \(step) of \(plan.settings.steps); the work is kept in \(unfinished): --resume goes on\n".utf8))
        throw ExitCode(130)
      }
      throw failure
    }
    let results = try PlannedTraining.results(of: plan, training.model.architecture, stop: stopFlag)
    try training.write(to: folder, results: results)
    try? FileManager.default.removeItem(atPath: unfinished)
    let drawn = training.lossCurve
    if let curve { try AtomicFile.write(curve, Array(drawn.svg().utf8)) }
    if format == .json {
      write(.object([
        ("model", .string(folder)), ("steps", .int(training.trainer.step)), ("seconds", .double(Date().timeIntervalSince(began))),
        ("scores", .object(results.map { ($0.score.measure.name, .double($0.value)) })), ("holds", .bool(results.allSatisfy(\.holds))),
      ]))
    } else {
      print(display.style.plain ? drawn.alternative : drawn.terminal())
      for result in results { print(result.text) }
      print("wrote \(folder)")
    }
    if !results.allSatisfy(\.holds) { throw ExitCode(1) }
  }
}
