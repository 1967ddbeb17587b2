// The class that a configuration names under `architectures`: which head it puts on the trunk, and how many labels that head tells apart.

import Blocks
import Checkpoints

/// A published class, by its name.
struct PublishedClass {
  /// As `architectures` names it; nil: it names none.
  let name: String?
  /// How many labels a classifying head tells apart; two where the file is silent, as in the reference.
  let labels: Int

  init(_ c: Configuration) throws {
    name = try c.strings("architectures")?.first
    let named = try c.section("id2label")?.json.members?.count
    labels = try c.int("num_labels", in: 1...1 << 20, default: named.flatMap { $0 > 0 ? $0 : nil } ?? 2)
  }

  /// The trunk alone: `LlamaModel`, `BertModel`.
  var isBare: Bool { name?.hasSuffix("Model") == true && name?.contains("LMHead") == false }
  /// The encoder of an encoder–decoder alone: `T5EncoderModel`.
  var isEncoderAlone: Bool { name?.hasSuffix("EncoderModel") == true }

  func isFor(_ purposes: String...) -> Bool { name.map { name in purposes.contains { name.hasSuffix("For" + $0) } } ?? false }

  /// The head that a decoder's class has in place of one over the vocabulary; empty if it has none of its own.
  func score(_ width: Int) -> [Child] {
    guard isFor("SequenceClassification", "TokenClassification") else { return [] }
    return [Child("score", Projection(width, labels, bias: isFor("TokenClassification"), role: .head))]
  }

  /// Names of that head's tensors.
  static let scoreNames = ["score.weight": Source("score.weight"), "score.bias": Source("score.bias")]
}
