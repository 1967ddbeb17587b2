// A small vocabulary for the tests of objectives, and small models that read it.

import Blocks
import Models
import Tensors

@testable import Training

enum Toy {
  static let words =
    ["<pad>", "<bos>", "<eos>", "<mask>", "<sep>", "[CLS]", "[SEP]", "<extra_id_0>", "<extra_id_1>", "<extra_id_2>", "<extra_id_3>", "[S]", "[E]", "<s>", "</s>"]
    + "the dog near cats runs . bird ann has a kite it is red thank you for inviting me to your party last week i love 我 爱 你 A B C D E b c d e f"
      .split(separator: " ").map(String.init)
  static let special = SpecialTokens(words)

  static func ids(_ text: String) -> [Int] { text.split(separator: " ").map { word in words.firstIndex(of: String(word))! } }

  /// A vocabulary with only these specials.
  static func special(_ keep: String...) -> SpecialTokens { SpecialTokens(words.map { $0.hasPrefix("<") || $0.hasPrefix("[") ? (keep.contains($0) ? $0 : "·") : $0 }) }

  static func model(_ recipe: Recipe, seed: UInt64 = 1) throws -> Architecture {
    let model = try recipe.architecture()
    try model.initialise(seed: seed)
    // Small weights hide what a model sees.
    for (_, parameter) in model.allParameters where parameter.shape.count == 2 {
      for i in 0..<parameter.count { parameter.tensor.pointer[i] *= 6 }
    }
    return model
  }

  static func decoder(context: Int = 64) throws -> Architecture { try model(stack("decoder", context)) }
  static func encoder(context: Int = 64) throws -> Architecture { try model(stack("encoder", context)) }
  static func encoderDecoder() throws -> Architecture { try model(stack("encoderDecoder", 64)) }

  static func stack(_ builder: String, _ context: Int, _ more: [Recipe.Argument] = []) -> Recipe {
    Recipe(
      builder,
      [
        .init("layers", .integer(2)), .init("width", .integer(16)), .init("attention", .call(Recipe("multiHead", [.init("heads", .integer(2))]))),
        .init("position", .call(Recipe("learned"))), .init("vocabulary", .integer(words.count)), .init("context", .integer(context)),
      ] + more)
  }
}

extension Objective {
  /// The loss of each position, without weights: what a leak test looks at.
  func positionLosses(_ model: Architecture, _ batch: Batch) throws -> [[Float]] {
    let logits = try model.read(batch, Run(keepsMemory: false))
    let all = crossEntropy(logits, targets: batch.targets.flatMap { $0.map(Int32.init) }).values, width = batch.targets[0].count
    return batch.targets.indices.map { Array(all[($0 * width)..<(($0 + 1) * width)]) }
  }
}
