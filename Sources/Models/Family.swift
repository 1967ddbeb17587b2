// A family is data: from a configuration to a recipe and a table of names. Nothing else knows which family a model is of.

import Blocks
import Checkpoints

/// How configurations of some `model_type`s become recipes.
public struct Family: Sendable {
  /// The `model_type`s of config.json that it reads.
  public let modelTypes: [String]
  /// The recipe. `file` tells what the checkpoint holds, where a configuration leaves it open (a tied head or not).
  public let recipe: @Sendable (Configuration, Holdings) throws -> Architecture
  public let names: @Sendable (Configuration) throws -> NameTable

  /// All families, in the order of the curriculum.
  public static let all: [Family] = [
    .bert, .roberta, .albert, .electra, .distilbert,
    .t5, .switchTransformers, .bart,
    .gpt1, .gpt2, .gptNeo,
    .llama, .glm,
    .mixtral, .gptOss, .deepSeek,
    .rwkv,
    .mamba,
    .mamba2,
    .jamba,
    .falconH1,
    .qwen3Next,
    .llada,
    .orrery,
  ]

  /// The family of a configuration.
  public static func of(_ configuration: Configuration) throws -> Family {
    let type = try configuration.string("model_type")
    if let family = all.first(where: { $0.modelTypes.contains(type) }) { return family }
    let known = all.flatMap(\.modelTypes)
    throw ModelFailure.unknownType(type, file: configuration.file, nearest: nearest(to: type, configuration, known: known), known: known)
  }
}

/// What a checkpoint holds, as far as a recipe must know. Without a checkpoint: nothing is known, and the configuration decides.
public struct Holdings: Sendable {
  /// Whether a tensor is in the file (with or without the class's prefix); nil: there is no file.
  public let has: @Sendable (String) -> Bool?
  /// Whether two tensors are in the file with different numbers.
  public let differ: @Sendable (String, String) -> Bool

  public static let unknown = Holdings(has: { _ in nil }, differ: { _, _ in false })

  public init(has: @escaping @Sendable (String) -> Bool?, differ: @escaping @Sendable (String, String) -> Bool) {
    (self.has, self.differ) = (has, differ)
  }
}
