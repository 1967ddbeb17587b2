// A plan: everything that a training needs to know, in a file that a person can read. `lessons/models/NAME.plan` is what the shipped model NAME was
// made from, and what it must reach.

import Checkpoints
import Files
import Models
import Tensors

/// What to train, on what, how, and how good it must become.
public struct Plan: Sendable {
  /// The file's name without its ending.
  public let name: String
  public let file: String
  /// What the model shows, in a sentence or two.
  public let about: String
  /// config.json of the model: a published configuration, or `model_type` "orrery" and a recipe.
  public let configuration: JSON
  /// A shipped model whose numbers the training begins with; nil: fresh ones.
  public let start: String?
  public let initialisation: Initialisation
  /// What of the model changes.
  public let learns: Learned
  public let corpus: any Corpus
  public let objective: any Objective
  /// Both with their settings, as the plan has them.
  let corpusJSON: JSON, objectiveJSON: JSON
  public var settings: TrainingSettings
  /// How the shipped numbers are stored.
  public let precision: ElementType
  /// What the held-out measures must reach.
  public let scores: [Score]
  /// How the model writes, where a score asks for texts.
  public let writing: Writing

  /// Which parameters a training changes.
  public enum Learned: String, Sendable, CaseIterable {
    case all
    /// The keys and values in front of the text (prefix tuning); what they stand before stays as it began.
    case prefix
  }

  /// A bound that a measure must keep.
  public struct Score: Sendable {
    public let measure: Measure
    public let atLeast: Double?, atMost: Double?
    /// Samples that it is measured on.
    public let samples: Int

    public func holds(_ value: Double) -> Bool { value >= (atLeast ?? -.infinity) && value <= (atMost ?? .infinity) && !value.isNaN }

    /// "loss at most 0.41"
    public var bound: String { measure.name + (atLeast.map { " at least \(shortened($0))" } ?? "") + (atMost.map { " at most \(shortened($0))" } ?? "") }
  }

  /// How texts are written.
  public struct Writing: Sendable {
    /// Tokens of a text; nil: as many as the corpus's longest has.
    public var length: Int?
    /// Passes of a denoiser; nil: one a token.
    public var steps: Int?
    /// Tokens that a denoiser of masks fills in before anything right of them; nil: the whole text is one block.
    public var block: Int?
    public var temperature: Double = 1
    public init() {}
  }

  /// The model, with fresh numbers (or those that it starts from).
  /// - Parameters:
  ///   - opening: finds a shipped model by its name.
  ///   - stop: a flag that ends the making of numbers.
  public func model(opening: (String) throws -> Model, stop: UnsafeMutablePointer<Int32>? = nil) throws -> Model {
    let model = try Model(configuration: configuration, name: name)
    if let objection = initialisation.objection(to: model.architecture) { throw PlanFailure(file, objection) }
    try model.architecture.initialise(seed: settings.seed, rule: initialisation, stop: stop)
    guard let start else { return model }
    let base = Dictionary(try opening(start).architecture.allParameters.map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    for (path, parameter) in model.architecture.allParameters {
      guard let old = base[path] else { continue }
      guard old.shape == parameter.shape else {
        throw PlanFailure(file, "the start \(start) has \(path) as \(old.shape.described), this model as \(parameter.shape.described)")
      }
      old.tensor.materialised.write(into: parameter.tensor)
    }
    return model
  }

  /// tokenizer.json of the shipped model; nil if the corpus is of numbers.
  public var tokenizer: String? { corpus.tokenizer(for: objective) }
}

/// What is wrong with a plan: one line with the file.
public struct PlanFailure: Error, CustomStringConvertible, Equatable {
  public let description: String
  init(_ file: String, _ what: String) { description = "\(file.shown(limit: 400)): \(what)" }
}

/// A number with as many digits as a person reads.
func shortened(_ x: Double) -> String {
  if x == x.rounded(), abs(x) < 1e6 { return String(Int(x)) }
  let scaled = (x * 10_000).rounded() / 10_000
  return scaled == 0 ? "\(x)" : "\(scaled)"
}
