// A family is data: from a configuration to a recipe and a table of names. Nothing else knows which family a model is of.

import Blocks
import Checkpoints
import Synchronization

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

  /// What a file said once, to be asked again without it.
  public init(holds: [String], lacks: [String], differ pairs: [[String]]) {
    self.init(
      has: { holds.contains($0) ? true : lacks.contains($0) ? false : nil }, differ: { a, b in pairs.contains([a, b]) })
  }

  /// What a recipe asked, and what the file said.
  final class Answers: Sendable {
    private let noted = Mutex<(asked: [String: Bool], pairs: Set<[String]>)>(([:], []))

    fileprivate func note(_ name: String, _ isHeld: Bool) { noted.withLock { $0.asked[name] = isHeld } }
    fileprivate func note(_ pair: [String]) { noted.withLock { _ = $0.pairs.insert(pair) } }

    /// The answers as arguments of the recipe's call.
    var arguments: [Recipe.Argument] {
      noted.withLock { noted in
        let (asked, pairs) = noted
        func texts(_ names: [String]) -> Recipe.Value { .list(names.sorted().map { .text($0) }) }
        let holds = asked.filter(\.value).map(\.key), lacks = asked.filter { !$0.value }.map(\.key)
        return (holds.isEmpty ? [] : [.init("holds", texts(holds))]) + (lacks.isEmpty ? [] : [.init("lacks", texts(lacks))])
          + (pairs.isEmpty ? [] : [.init("differ", .list(pairs.sorted { $0.lexicographicallyPrecedes($1) }.map { .list($0.map { .text($0) }) }))])
      }
    }
  }

  /// The same holdings, with what is asked noted.
  func noting(in answers: Answers) -> Holdings {
    Holdings(
      has: { name in
        let isHeld = has(name)
        if let isHeld { answers.note(name, isHeld) }
        return isHeld
      },
      differ: { a, b in
        let areDifferent = differ(a, b)
        if areDifferent { answers.note([a, b]) }
        return areDifferent
      })
  }
}
