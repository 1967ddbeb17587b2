import Files
import Tensors

/// Why a training cannot begin, go on or be resumed. One line each; the wording is here.
public enum TrainingFailure: Error, Equatable, Sendable {
  /// The stop flag was raised; what was done up to this step is kept.
  case interrupted(step: Int)
  /// The loss, or a gradient, is no number. `tensor` is the first that went bad.
  case diverged(step: Int, loss: Float, tensor: String?)
  case emptyCorpus(String)
  case vocabulary(corpus: String, words: Int, model: Int)
  case tooLong(corpus: String, tokens: Int, context: Int)
  /// What was given to resume from is no checkpoint of a training.
  case notCheckpoint(file: String)
  case otherShape(file: String, tensor: String, there: Shape, here: Shape)
  case otherTensors(file: String, missing: String?, extra: String?)
  case otherPlan(file: String, keys: [String])
  case damaged(file: String, String)
}

extension TrainingFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .interrupted(let step): "interrupted after step \(step)"
    case .diverged(let step, let loss, let tensor):
      "the training diverged at step \(step): "
        + (loss.isFinite ? "the loss is \(loss), but \(tensor ?? "a gradient") is not finite" : "the loss is \(loss), and " + (tensor.map { "the first tensor that went bad is \($0)" } ?? "every tensor before it is finite"))
        + "; a lower rate, a longer warm-up or clipping helps"
    case .emptyCorpus(let name): "the corpus \(name) gave an empty sample: there is nothing to learn from"
    case .vocabulary(let corpus, let words, let model):
      "the corpus \(corpus) has \(words) words, but the model has a vocabulary of \(model); it must be at least \(words)"
    case .tooLong(let corpus, let tokens, let context): "a sample of the corpus \(corpus) has \(tokens) tokens, but the model reads at most \(context)"
    case .notCheckpoint(let file): "\(file.shown(limit: 400)): this is no checkpoint of a training (orrery train writes them)"
    case .otherShape(let file, let tensor, let there, let here):
      "\(file.shown(limit: 400)): this checkpoint is of another model: \(tensor) is \(there.described) there and \(here.described) here; nothing was changed"
    case .otherTensors(let file, let missing, let extra):
      "\(file.shown(limit: 400)): this checkpoint is of another model: "
        + (missing.map { "it has no \($0)" } ?? extra.map { "it has \($0), which the model has not" } ?? "its tensors differ") + "; nothing was changed"
    case .otherPlan(let file, let keys):
      "\(file.shown(limit: 400)): this checkpoint comes from a plan with another \(keys.joined(separator: ", ")); put \(keys.count == 1 ? "it" : "them") back, or begin again without --resume; nothing was changed"
    case .damaged(let file, let what): "\(file.shown(limit: 400)): \(what); begin again without --resume"
    }
  }
}
