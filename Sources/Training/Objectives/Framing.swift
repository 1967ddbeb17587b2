// What stands around a text where a model reads it: the tokenizer that goes with a trained model puts the same around it, so that whoever
// continues a text need not know of `<bos>`.

extension Corpus {
  /// tokenizer.json for a model that an objective has trained: a begin token before a text that is continued, the separator behind a source. nil: the
  /// corpus is of numbers.
  public func tokenizer(for objective: any Objective) -> String? {
    if let publishedTokenizer { return publishedTokenizer }
    guard !words.isEmpty else { return nil }
    let objective = objective.plain, sample = samples(1, .training, seed: 0).first
    // A text with answers of its own is read as it is.
    let begins = objective.beginsTexts && sample?.answers.isEmpty == true
    let separates = objective.separatesSources && sample?.source.isEmpty == false
    return vocabulary.tokenizerJSON(begins: begins, ends: objective is BothDirections, separates: separates)
  }
}

extension Objective {
  /// Whether texts are read behind a begin token.
  fileprivate var beginsTexts: Bool {
    switch self {
    case let next as NextToken: next.begins
    case let masked as MaskedDenoising: masked.begins
    case is SimplexDenoising: true
    case let further as FurtherTokens: further.base.begins
    case is BothDirections: true
    case let tuned as FineTuning: tuned.rows.begins
    case let preferring as DirectPreference: preferring.rows.begins
    case let judging as RewardLearning: judging.rows.begins
    case let policy as PolicyLearning: policy.rows.begins
    default: false
    }
  }

  /// Whether a source stands in front of what is to be said, and not in an encoder.
  fileprivate var separatesSources: Bool {
    switch self {
    case let pairs as Pairs: pairs.reading != .encoder
    case let denoising as VectorDenoising: !denoising.encodes
    case is MaskedDenoising: true
    default: false
    }
  }
}
