// How good a model has become, on held-out samples. Every measure is taken the same way at the end of a training and whenever the shipped file is checked.

import Blocks
import Generation
import Tensors

/// What can be measured.
public enum Measure: Sendable, Equatable {
  /// The objective's loss, in nats.
  case loss
  /// The loss above the corpus's own entropy.
  case gap
  /// Share of the counted positions whose most probable token (or, where replaced tokens are told, whose judgement) is the right one.
  case right
  /// The same on texts half again as long as any that was trained on.
  case longer
  /// Share of the sources whose text is written exactly as the corpus has it.
  case exact
  /// Share of the written texts that the corpus finds nothing wrong with.
  case valid
  /// Share of the right classes.
  case classified
  /// Passes of the model for one written token.
  case passes
  /// Of preferences: share of the pairs whose better answer has the higher score of a reward model, else the higher likelihood.
  case preferred
  /// Of preferences: share of the responses that the corpus's own rule likes, and share that is right after its prompt.
  case liked, continued
  /// Of preferences: KL of the responses to the model that the plan starts from, in nats a response.
  case kl
  /// The largest share of the choices that an expert gets, in the layer where it is largest.
  case load
  /// A question of the corpus's own, by its name.
  case probe(String)

  static let plain: [(String, Measure)] = [
    ("loss", .loss), ("gap", .gap), ("right", .right), ("longer", .longer), ("exact", .exact), ("valid", .valid), ("classified", .classified), ("passes", .passes),
    ("preferred", .preferred), ("liked", .liked), ("continued", .continued),
    ("kl", .kl), ("load", .load),
  ]
  private static let ofPreferences: [Measure] = [.preferred, .liked, .continued, .kl]

  public var name: String {
    if case .probe(let name) = self { return name }
    return Measure.plain.first { $0.1 == self }?.0 ?? ""
  }

  /// The measure of a name; nil if the corpus has none of that name.
  init?(_ name: String, corpus: any Corpus) {
    guard Measure.names(for: corpus).contains(name) else { return nil }
    self = Measure.plain.first { $0.0 == name }?.1 ?? .probe(name)
  }

  static func names(for corpus: any Corpus) -> [String] {
    plain.filter { corpus.floor != nil || corpus is any LawfulCorpus || $0.1 != .gap }.filter { corpus is any JudgedCorpus || $0.1 != .valid }
      .filter { corpus is any LengthwiseCorpus || $0.1 != .longer }.filter { corpus is PreferencesCorpus || !ofPreferences.contains($0.1) }.map(\.0) + corpus.probes.map(\.name)
  }

  var usualSamples: Int {
    switch self {
    case .loss, .gap, .right, .longer, .classified, .preferred, .load: 512
    case .liked, .continued, .kl: 500
    case .valid, .exact, .passes: 100
    case .probe: 200
    }
  }
}

/// What a measure needs to know.
public struct Measuring: Sendable {
  public let model: Architecture
  public let corpus: any Corpus
  public let objective: any Objective
  public let writing: Plan.Writing
  /// What the samples are of.
  public let part: CorpusPart
  /// The model that the training began with, where a measure asks for it.
  public let start: Architecture?
  public var stop: UnsafeMutablePointer<Int32>? { stopFlag }
  private nonisolated(unsafe) let stopFlag: UnsafeMutablePointer<Int32>?

  public init(
    _ model: Architecture, _ corpus: any Corpus, _ objective: any Objective, _ writing: Plan.Writing, on part: CorpusPart = .heldOut, start: Architecture? = nil,
    stop: UnsafeMutablePointer<Int32>? = nil
  ) {
    (self.model, self.corpus, self.writing, self.part, self.start, stopFlag) = (model, corpus, writing, part, start, stop)
    // A loss that is held against the start is held against it here too.
    let referring = start.flatMap { start in (objective as? any ReferringObjective)?.held(by: FrozenNumbers(model, asIn: start)) }
    self.objective = referring ?? objective
  }

  public init(_ plan: Plan, _ model: Architecture, on part: CorpusPart = .heldOut, start: Architecture? = nil, stop: UnsafeMutablePointer<Int32>? = nil) {
    self.init(model, plan.corpus, plan.objective, plan.writing, on: part, start: start, stop: stop)
  }

  /// The same samples at every call.
  func samples(_ count: Int, seed: UInt64 = 0x68656C64) -> [Sample] { corpus.samples(count, part, seed: seed) }
  private func run() -> Run { Run(trace: Trace(stop: stop), keepsMemory: false) }

  public func value(of measure: Measure, samples count: Int) throws -> Double {
    switch measure {
    case .loss: return try loss(count)
    case .gap: return try loss(count) - floor(count)
    case .right: return try right(count)
    case .longer:
      guard let longer = (corpus as? any LengthwiseCorpus)?.longer else { return .nan }
      return try Measuring(model, longer, objective, writing, on: part, start: start, stop: stop).right(count)
    case .exact: return try exact(count)
    case .valid: return try written(count).valid
    case .classified: return try classified(count)
    case .passes: return try written(count).passes
    case .preferred: return try preferred(count)
    case .liked: return try responses(count).liked
    case .continued: return try responses(count).right
    case .kl: return try divergence(count)
    case .load: return try load(count)
    case .probe(let name): return try probed(name, count)
    }
  }

  private func loss(_ count: Int) throws -> Double {
    var choices = SeededGenerator(seed: 0x6F7574), loss = 0.0
    for piece in try objective.batch(samples(count), using: &choices).pieces(of: 64) {
      loss += Double(try objective.plain.loss(model, piece, run()).checked().item)
    }
    return loss
  }

  /// What the law itself scores: on the very samples where it can be asked, else on average.
  private func floor(_ count: Int) -> Double {
    guard let lawful = corpus as? any LawfulCorpus else { return corpus.floor ?? 0 }
    let drawn = samples(count)
    return drawn.reduce(0) { $0 + lawful.nats(of: $1.tokens) } / Double(drawn.reduce(0) { $0 + $1.tokens.count })
  }

  private func right(_ count: Int) throws -> Double {
    var choices = SeededGenerator(seed: 0x6F7574), right = 0, counted = 0
    for piece in try objective.batch(samples(count), using: &choices).pieces(of: 64) {
      let weights = piece.weights.flatMap { $0 }
      if let judging = objective.plain as? ReplacedTokens {
        let said = try judging.judgements(model, piece, run()).checked().values
        for ((z, label), weight) in zip(zip(said, ReplacedTokens.labels(piece).flatMap { $0 }), weights) where weight > 0 {
          counted += 1
          if (z > 0) == (label == 1) { right += 1 }
        }
        continue
      }
      let best = Reduce(.argmax).apply([try model.read(piece, run()).checked()]).values
      let targets = piece.targets.flatMap { $0 }
      for (i, target) in targets.enumerated() where target >= 0 && weights[i] > 0 {
        counted += 1
        if Int(best[i]) == target { right += 1 }
      }
    }
    return counted == 0 ? .nan : Double(right) / Double(counted)
  }

  private func classified(_ count: Int) throws -> Double {
    let classes = objective.plain as? Classification, pairs = objective.plain as? SentencePairs
    var choices = SeededGenerator(seed: 0x6F7574), right = 0, asked = 0
    for piece in try objective.batch(samples(count), using: &choices).pieces(of: 64) {
      guard let scores = try classes?.scores(model, piece, run()) ?? pairs?.scores(model, piece, run()) else { return .nan }
      let best = Reduce(.argmax).apply([scores]).values
      right += zip(piece.extras.labels, best).filter { $0 == Int($1) }.count
      asked += piece.extras.labels.count
    }
    return asked == 0 ? .nan : Double(right) / Double(asked)
  }

  private func load(_ count: Int) throws -> Double {
    var choices = SeededGenerator(seed: 0x6F7574), loads: [String: [Float]] = [:]
    for piece in try objective.batch(samples(count), using: &choices).pieces(of: 64) {
      let run = run()
      run.routings = []
      _ = try objective.plain.loss(model, piece, run).checked()
      for record in run.routings ?? [] {
        var load = loads[record.path] ?? [Float](repeating: 0, count: record.experts)
        for expert in record.chosen.values where load.indices.contains(Int(expert)) { load[Int(expert)] += 1 }
        loads[record.path] = load
      }
    }
    return loads.values.map { Double(($0.max() ?? 0) / max(1, $0.reduce(0, +))) }.max() ?? .nan
  }
}

extension Objective {
  /// The objective itself, without the balancing losses around it.
  public var plain: any Objective { (self as? Balanced)?.base ?? self }
}
