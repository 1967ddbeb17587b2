import Files

/// What keeps an objective from making a batch or a loss. Each is one line; the wording is here.
public enum ObjectiveFailure: Error, Equatable, Sendable {
  case unknown(String, known: [String])
  case unknownSetting(objective: String, String, known: [String])
  case wrongType(objective: String, String, expected: String, found: String)
  case outOfRange(objective: String, String, expected: String, found: String)
  case unknownWord(objective: String, String, String, words: [String])
  case noToken(objective: String, String, names: [String])
  case noSamples(objective: String)
  case empty(objective: String, String)
  case lacking(objective: String, SamplePart)
  case tooShort(objective: String, tokens: Int, least: Int)
  case tooLong(tokens: Int, context: Int, model: String)
  case noPart(String, of: String)
  /// A batch has a mask that nothing in the model would heed.
  case noAttention(of: String)
  case noBound(of: String, String)
  case sentinels(needed: Int, found: Int)
  case missing(objective: String, String)
  case vocabulary(objective: String, String, Int, vocabulary: Int)
}

/// What a sample may have beside its text, and what only several samples have.
public enum SamplePart: Sendable, CaseIterable {
  case label, rejected, numbers, second

  var lack: String {
    switch self {
    case .label: "a sample has no class"
    case .rejected: "a sample has no rejected answer"
    case .numbers: "a sample needs at least two rows of numbers (x, y)"
    case .second: "a second segment from another text needs a batch of at least two"
    }
  }
}

extension ObjectiveFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "no objective is called '\(name.shown())'" + (Suggestion.nearest(to: name, in: known).map { "; did you mean \($0)?" } ?? "; there are \(known.joined(separator: ", "))")
    case .unknownSetting(let objective, let name, let known):
      "\(objective) has no setting '\(name.shown())'" + (Suggestion.nearest(to: name, in: known).map { "; did you mean \($0)?" } ?? "; it takes \(known.joined(separator: ", "))")
    case .wrongType(let objective, let name, let expected, let found): "\(objective): \(name) must be \(expected), not \(found)"
    case .outOfRange(let objective, let name, let expected, let found): "\(objective): \(name) must be \(expected), not \(found)"
    case .unknownWord(let objective, let name, let word, let words):
      "\(objective): \(name) must be one of \(words.joined(separator: ", ")), not '\(word.shown())'" + Suggestion.clause(for: word, in: words)
    case .noToken(let objective, let role, let names):
      "\(objective) needs \(role), and the vocabulary has none; add one of \(names.joined(separator: ", ")) to it"
    case .noSamples(let objective): "\(objective): a batch needs at least one sample"
    case .empty(let objective, let what): "\(objective): \(what)"
    case .lacking(let objective, let part): "\(objective): \(part.lack)"
    case .tooShort(let objective, let tokens, let least): "\(objective): a text of \(tokens) token\(tokens == 1 ? "" : "s") is too short; it needs at least \(least)"
    case .tooLong(let tokens, let context, let model): "a text of \(tokens) tokens is longer than the context of \(context) tokens\(model.isEmpty ? "" : " of \(model)")"
    case .noPart(let part, let model): "\(model.isEmpty ? "the model" : model) has no \(part.hasPrefix("a") ? String(part.drop { $0 != " " }.dropFirst()) : part), which this objective trains"
    case .noAttention(let model): "\(model.isEmpty ? "the model" : model) has no attention: it would read on as it does, whatever this objective lets it see"
    case .noBound(let model, let noise):
      "\(model.isEmpty ? "the model" : model) predicts in place, and its kind of noise (\(noise)) states no bound of a text's cost in nats that is computed here"
    case .sentinels(let needed, let found): "\(needed) spans need \(needed) sentinels, and the vocabulary has \(found); add <extra_id_\(found)> and the following to it"
    case .missing(let objective, let what): "\(objective): \(what)"
    case .vocabulary(let objective, let role, let id, let vocabulary): "\(objective): \(role) is the token \(id), which is outside of the vocabulary 0..<\(vocabulary)"
    }
  }
}
