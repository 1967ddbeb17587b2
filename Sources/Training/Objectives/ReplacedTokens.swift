// ELECTRA's objective (Clark et al. 2020, 2003.10555): some words of a text are exchanged, and the model says of every word whether it is the one that
// stood there. Every place counts, not only those that were touched. ELECTRA's words come from a small masked model that is trained beside it; here they
// are drawn evenly from the vocabulary.

import Blocks
import Tensors

/// Detection of replaced tokens.
public struct ReplacedTokens: Objective {
  public let name = "replaced"
  public let special: SpecialTokens
  /// Exchanges words, as masked-token prediction does with a tenth of its choices.
  var exchange: MaskedTokens

  public init(_ special: SpecialTokens) throws {
    self.special = special
    exchange = try MaskedTokens(special)
    (exchange.masked, exchange.random) = (0, 1)
  }

  /// Share of the words that is exchanged.
  public var rate: Double {
    get { exchange.rate }
    set { exchange.rate = newValue }
  }

  /// The target of a place is the word that stood there: the label is whether what is read is another. A word that was exchanged for itself was not replaced.
  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { sample -> Example in
      let text = exchange.framed(sample.tokens)
      var example = try exchange.corrupted(text, using: &generator)
      example.targets = text.map { special.isSpecial($0) ? Batch.none : $0 }
      example.notes = [("replaced", zip(text, example.tokens).map { special.isSpecial($0) ? "" : $0 == $1 ? "no" : "yes" })]
      return example
    }
    return try Batch(examples, filler: special.filler, readsBothWays: true, objective: name)
  }

  /// 1 where a word was replaced, 0 where it stands as it stood.   [b][t]
  static func labels(_ batch: Batch) -> [[Float]] { zip(batch.input.ids, batch.targets).map { zip($0, $1).map { $0 == $1 ? 0 : 1 } } }

  /// Σ weight · −log of the probability of each label, softplus(z) − label · z.
  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    let z = try judgements(model, batch, run), shape = z.shape
    let weights = Tensor(batch.weights.flatMap { $0 }, shape), labels = Tensor(ReplacedTokens.labels(batch).flatMap { $0 }, shape)
    return ((z.map(.softplus) - labels * z) * weights).total
  }

  /// What the model says of every place: above 0, it was replaced.   [b, t]
  func judgements(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    guard model.head?.judges == true else { throw ObjectiveFailure.noPart("a head that judges each token", of: model.name) }
    let z = try model.read(batch, run)
    return z.reshaped([z.shape[0], z.shape[1]])
  }
}
