import ArgumentParser
import CKernels
import Checkpoints
import Diagrams
import Files
import Foundation
import Models
import Notebook
import Terminal
import Training

// It answers Ctrl-C itself: the step that runs ends, and what was done is written before the program leaves.
struct TrainCommand: ParsableCommand, Conversational {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a mini model from its plan.",
    discussion: """
      A plan says what is trained, on what, how, and what it must reach. Ctrl-C ends at a step and keeps the work: --resume goes on to the same bits.
      A model that misses what its plan demands never takes the place of one that is there: it is written beside it. What Orrery did not write, and models of
      another architecture, are never replaced.

      EXAMPLES
        orrery train gpt2-stories --output ./my-model
        orrery train ./mine.plan --steps 200
        orrery train ./mine.plan --resume
      """)

  @Argument(help: "A plan file, or the name of a shipped plan.", completion: .file(extensions: ["plan"])) var plan: String
  @Option(parsing: .unconditional, help: "Steps, instead of the plan's.") var steps: Int?
  @Option(parsing: .unconditional, help: "Seed, instead of the plan's.") var seed: Int?
  @Option(help: "Folder of the model, or a .safetensors for its numbers alone; NAME beside the plan if left out.") var output: String?
  @Flag(help: "Go on from where a training of this plan was stopped.") var resume = false
  @Flag(help: "Measure the scores on fresh training samples, to choose settings without a look at the held-out ones; no model is written.") var development = false
  @Option(help: "Write the loss curve as SVG.") var curve: String?
  @Option(help: "Append a line of JSON for every step to this file.") var log: String?
  @Option(parsing: .unconditional, help: "Threads; by default all processors. The bits are the same.") var threads: Int?
  @Option(parsing: .unconditional, help: "Steps between two reports; about twenty in all if left out.") var every: Int?
  @Option(help: "text for people, json for scripts: a line a report.") var format: Format = .text
  @OptionGroup var display: DisplayOptions

  func run() throws {
    if let every, every < 1 { throw Refusal("--every is \(every), but must be at least 1") }
    if let steps, steps < 1 { throw Refusal("--steps is \(steps), but must be at least 1") }
    if let seed, seed < 0 { throw Refusal("--seed is \(seed), but must be at least 0") }
    if let threads, threads < 1 { throw Refusal("--threads is \(threads), but must be at least 1") }
    if let curve {
      guard curve.hasSuffix(".svg") else { throw Refusal("--curve writes SVG: the name must end in .svg") }
      try Places.check(Path.folder(of: curve))
    }
    if let threads { ork_set_threads(Int32(min(threads, 64))) }
    let path = try ShippedPlan.path(of: plan)
    var plan = try Plan(path: path)
    if let steps { plan.settings.steps = steps }
    if let seed { plan.settings.seed = UInt64(seed) }
    let places = try Places(output ?? (path.hasSuffix(".plan") ? String(path.dropLast(5)) : path + ".model"))
    let stopped = Path.exists(places.unfinished)
    if stopped, !resume { throw Refusal("\(places.unfinished) holds a training that was stopped: go on with --resume, or remove it to begin again") }
    if resume, !stopped { throw Refusal("there is no \(places.unfinished): nothing of this plan was stopped half-way") }
    let training = try PlannedTraining(plan, opening: { try OpenModel($0).model }, stop: stopFlag)
    if !development { try places.check(for: training) }
    if resume { try training.resume(places.unfinished) }
    try Interrupts.whileRunning {
      let began = Date()
      try train(training, places, since: began)
      do { try finish(training, places, since: began) } catch {
        guard stopFlag.pointee != 0 else { throw error }
        let kept = Path.exists(places.unfinished) ? "the work is kept in \(places.unfinished): --resume goes on" : "nothing was written"
        sayError("orrery: stopped behind the last step, while the scores were measured; \(kept)")
        throw ExitCode(130)
      }
    }
  }

  private func train(_ training: PlannedTraining, _ places: Places, since began: Date) throws {
    let total = training.plan.settings.steps
    let often = every ?? max(1, total / 20), already = training.trainer.step
    let bar = ProgressBar(training.plan.name, total: total, already: already, unit: "steps", style: display.style)
    var tokens = 0
    var saved = now()
    func save() throws {
      try training.save(places.unfinished)
      saved = now()
    }
    defer { bar.finish() }
    do {
      try training.train { report in
        tokens += report.tokens
        let seconds = Date().timeIntervalSince(began), speed = Double(tokens) / max(1e-9, seconds)
        bar.note = report.policy.map { String(format: "reward %.3f  KL %.3f  %.0f tokens/s", $0.reward, $0.divergence, speed) }
          ?? String(format: "loss %.4f  %.0f tokens/s", report.loss, speed)
        bar.update(report.step)
        if let log { try LineLog(log).append(report.json()) }
        if format == .json, report.step % often == 0 || report.heldOut != nil || report.step == already + 1 {
          write(report.json(seconds: seconds, tokensPerSecond: speed))
          fflush(nil)
        }
        // A long training survives whatever ends the program with all but its last half minute, and its end survives a score that is interrupted.
        if !development, now() - saved >= 30 || report.step == total { try save() }
      }
    } catch let failure as FileFailure {
      bar.finish()
      guard Path.exists(places.unfinished) else { throw failure }
      throw Refusal("\(failure); what was saved before is in \(places.unfinished)")
    } catch let failure as TrainingFailure {
      bar.finish()
      guard case .interrupted(let step) = failure else {
        // What does not go together was no training yet: unusable input.
        guard case .diverged = failure else { throw failure }
        let kept = Path.exists(places.unfinished) ? "; what was done before is in \(places.unfinished)" : ""
        sayError("orrery: \(failure)\(kept)")
        throw ExitCode(1)
      }
      guard !development, step > already || step > 0 && resume else {
        sayError("orrery: stopped \(step == 0 ? "before the first step" : "after step \(step) of \(total)"); nothing was written")
        throw ExitCode(130)
      }
      try save()
      sayError("orrery: stopped after step \(step) of \(total); the work is kept in \(places.unfinished): --resume goes on")
      throw ExitCode(130)
    }
  }

  /// Scores on fresh samples of the part that is trained on: an experiment; no model is written.
  private func say(_ results: [PlannedTraining.Result], _ training: PlannedTraining, _ drawn: Curve, _ holds: Bool, since began: Date) {
    guard format == .json else {
      print(display.style.plain ? drawn.alternative : drawn.terminal(width: min(72, max(24, Screen.size.columns - 1))))
      for result in results { print(result.text) }
      return
    }
    write(.object([
      ("steps", .int(training.trainer.step)), ("seconds", .double(Date().timeIntervalSince(began))), ("part", .string("training")),
      ("scores", .object(results.map { ($0.score.measure.name, .double($0.value)) })), ("holds", .bool(holds)),
    ]))
  }

  private func finish(_ training: PlannedTraining, _ places: Places, since began: Date) throws {
    let results = try PlannedTraining.results(
      of: training.plan, training.model.architecture, on: development ? .training : .heldOut, opening: { try OpenModel($0).model }, stop: stopFlag)
    let holds = results.allSatisfy(\.holds)
    let drawn = training.lossCurve
    if development { return say(results, training, drawn, holds, since: began) }
    // The plan's own place holds what others rely on: only a model that keeps the plan's word goes there, and nowhere over a model that is there.
    let isBeside = !holds && (output == nil || places.isTaken)
    let written = try places.write(training, results, beside: isBeside)
    unlink(places.unfinished)
    if let curve { try AtomicFile.write(curve, Array(drawn.svg().utf8)) }
    if format == .json {
      write(.object([
        ("model", .string(written)), ("steps", .int(training.trainer.step)), ("seconds", .double(Date().timeIntervalSince(began))),
        ("scores", .object(results.map { ($0.score.measure.name, .double($0.value)) })), ("holds", .bool(holds)),
      ]))
    } else {
      print(display.style.plain ? drawn.alternative : drawn.terminal(width: min(72, max(24, Screen.size.columns - 1))))
      for result in results { print(result.text) }
      if !isBeside { print("wrote \(written)") }
    }
    if isBeside { sayError("orrery: the new model misses its scores: \(places.output) was left as it was, and the new one is \(written)") }
    // Other steps than the plan's are an experiment: its scores are told, not demanded.
    if isBeside || !holds && steps == nil { throw ExitCode(1) }
  }
}

/// Where a training writes.
private struct Places {
  /// The model's folder, or a file for its numbers alone.
  let output: String
  /// The state of a training that has not ended.
  let unfinished: String

  /// A place that cannot be written is said before the work, not after it.
  init(_ output: String) throws {
    self.output = output
    unfinished = (output.hasSuffix(".safetensors") ? String(output.dropLast(12)) : output) + ".training"
    let folder = Path.folder(of: output)
    try Path.makeFolder(folder)
    try Places.check(folder)
  }

  static func check(_ folder: String) throws {
    guard access(folder, W_OK) != 0 else { return }
    throw switch errno {
    case EROFS: FileFailure.readOnly(path: folder)
    case ENOENT, ENOTDIR: FileFailure.missing(folder)
    default: FileFailure.noPermission(path: folder, action: .write)
    }
  }

  private var isNumbers: Bool { output.hasSuffix(".safetensors") }

  /// Whether a model is there, which one that misses its plan must not replace.
  var isTaken: Bool { Path.isFile(output) || Path.isFolder(output) && !Path.names(in: output).isEmpty }

  /// What cannot be replaced is said before the work as well.
  func check(for training: PlannedTraining) throws {
    guard isNumbers else { return try ModelFolder.check(output, takes: JSONTree(training.model.configuration.json)) }
    guard Path.isFile(output) else { return }
    guard let there = try? Safetensors(output) else { throw ModelFolder.Refusal.foreign(path: output) }
    guard there.metadata.contains(where: { $0.key == "made_by" && $0.value.hasPrefix("orrery ") }) else { throw ModelFolder.Refusal.foreign(path: output) }
    let here = try training.model.publishedShapes()
    if there.entries.count != here.count || there.entries.contains(where: { here[$0.name] != $0.shape }) {
      throw ModelFolder.Refusal.otherArchitecture(path: output)
    }
  }

  /// - Parameter beside: under a fresh name.
  /// - Returns: where the model is.
  func write(_ training: PlannedTraining, _ results: [PlannedTraining.Result], beside: Bool) throws -> String {
    let place = beside ? Path.unused(output, "missed") : output
    if isNumbers {
      if !beside { try check(for: training) }
      try training.model.publish(numbers: place, as: training.plan.precision, note: ("made_by", "orrery train \(training.plan.name)"))
    } else {
      try training.write(to: place, results: results)
    }
    return place
  }
}

/// Seconds, from anywhere.
private func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
