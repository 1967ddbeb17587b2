// Equal layers and equal experts are outlined once: what a count says of the first two it says of all. Here every one is visited, and the
// counts must be the same.

import Testing
import Tensors

@testable import Blocks
@testable import Models

@Suite struct AlikeTests {
  /// One of each kind of stack, small enough to visit every expert of.
  static let some = [
    "gpt2", "gpt3-small", "gpt-neo-125m", "t5-small", "flan-t5-small", "bart-base", "transformer-base", "bert-base-uncased", "albert-base-v2", "unilm-large", "glm-large",
    "glm-4-9b", "Mistral-7B-v0.1", "Qwen3-0.6B", "palm-8b", "Multi-Token-7B", "prefix-tuning-gpt2-medium", "Mixtral-8x7B-v0.1", "DeepSeek-V2-Lite", "gpt-oss-20b",
    "switch-base-8", "sparsely-gated-moe-256", "jamba-v0.1", "mamba-130m", "mamba2-130m", "falcon-mamba-7b", "falcon-h1-0.5b", "rwkv-4-169m", "rwkv-7-0.1b",
    "delta-net-340m", "gated-deltanet-1.3b", "linear-transformer-mnist", "retnet-1.3b", "hyena-153m", "s4d-scifar", "lstm-zaremba-large", "elmo", "LLaDA-8B", "bd3-lm",
    "ar-diffusion", "diffuseq", "ssd-lm",
  ]

  @Test(arguments: some) func everyLayerAndExpertVisited(_ name: String) throws {
    let model = try Model(path: "lessons/architectures/\(name)").outline
    var seen = Set<ObjectIdentifier>(), total = 0, idle = 0
    model.walk { _, part in
      idle += part.idleParameters
      for (_, parameter) in part.parameters where !parameter.isBuffer && seen.insert(ObjectIdentifier(parameter)).inserted { total += parameter.count }
    }
    let account = Account(model), thorough = Account(model, looking: .matching(["nothing"]))
    #expect(account.total == total)
    #expect(account.active == total - idle)
    #expect(account.multiplicationsPerToken == thorough.multiplicationsPerToken)
    #expect(account.memory.map(\.name) == thorough.memory.map(\.name))
    #expect(account.memory.map(\.growth) == thorough.memory.map(\.growth))
    #expect(account.memory.map(\.elements) == thorough.memory.map(\.elements))
  }

  /// Layers that differ in nothing but what they share are told apart: of 6 layers in 2 groups only 2 have numbers of their own.
  @Test func sharedLayersCountOnce() {
    let groups = (0..<2).map { _ in Projection(4, 4) }
    let stack = Repeat("layers", 6) { groups[$0 / 3] }
    #expect(stack.parameterCount == 32)
    #expect(stack.forms == [0, 0, 0, 0, 0, 0])
  }

  /// A fault is told of the first layer that has it, though its like are not run.
  @Test func faultsNameTheFirst() {
    let layers: [any Block] = [Projection(8, 8), Projection(8, 8), Projection(4, 4), Projection(4, 4)]
    let stack = Repeat("layers", 4) { layers[$0] }
    let run = Run()
    run.isOutline = true
    let y = stack(Tensor(outline: [1, 2, 8], trace: run.trace), run)
    #expect(y.fault?.part == "layers.2")
  }

  /// Four thousand experts of four thousand experts of four thousand: counted without being made.
  @Test func nestedExpertsAreNotMade() {
    func mixture(_ expert: @escaping @Sendable () -> any Block) -> Experts { Experts(router: Router(8, experts: 4096, routing: Routing(active: 2)), expert: expert) }
    let inner: @Sendable () -> any Block = { GatedFeedForward(8, hidden: 4) }
    let nested = mixture { Experts(router: Router(8, experts: 4096, routing: Routing(active: 2)), expert: inner) }
    let router = 8 * 4096, one = 4096 * (8 * 4 * 3) + router
    #expect(nested.parameterCount == 4096 * one + router)
    #expect(nested.idleParameterCount == 4096 * 4094 * 96 + 4094 * (one - 4094 * 96))
    let run = Run()
    run.isOutline = true
    #expect(nested(Tensor(outline: [1, 2, 8], trace: run.trace), run).shape == [1, 2, 8])
  }

  /// Experts are what they were, however they are reached.
  @Test func expertsKeepTheirNumbers() {
    let mixture = Experts(router: Router(4, experts: 5, routing: Routing(active: 1))) { FeedForward(4, hidden: 4, activation: .relu) }
    let copy = mixture
    let last = (copy.experts[4] as! FeedForward).up.weight
    #expect((mixture.parts.first { $0.name == "experts.4" }?.part as! FeedForward).up.weight === last)
    #expect(Set(mixture.allParameters.map { ObjectIdentifier($0.parameter) }).count == 1 + 5 * 4)
  }
}
