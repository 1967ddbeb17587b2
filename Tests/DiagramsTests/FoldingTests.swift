// Insets against the recordings that they are folded from, both ways: every parameter, every constant and every edge of the one is in the other.
import Blocks
import Foundation
import Models
import Tensors
import Testing

@testable import Diagrams

/// One of each family's parts.
private let published = [
  "gpt2", "Llama-3-8B", "Llama-3.1-8B", "Mistral-7B-v0.1", "Qwen3-8B", "GLM-4-9B-0414", "chatglm-6b", "glm-130b", "palm-8b", "gpt-neo-125m", "openai-gpt",
  "bert-base-uncased", "albert-base-v2", "roberta-base", "t5-small", "bart-base", "transformer-base", "switch-base-8", "Mixtral-8x7B-v0.1", "Qwen3-30B-A3B",
  "gpt-oss-20b", "DeepSeek-V2-Lite", "DeepSeek-V3", "DeepSeek-V3.2-Exp", "mamba-130m", "falcon-mamba-7b", "mamba2-130m", "jamba-v0.1", "falcon-h1-0.5b",
  "qwen3-next-80b-a3b", "rwkv-4-169m", "rwkv-7-0.1b", "retnet-1.3b", "linear-transformer-mnist", "delta-net-340m", "gated-deltanet-1.3b", "hyena-153m",
  "s4d-scifar", "elman-1990", "lstm-zaremba-large", "elmo", "sparsely-gated-moe-256", "LLaDA-8B", "diffusion-lm", "bd3-lm", "prefix-tuning-gpt2-medium",
]

func architecture(_ name: String) throws -> Architecture {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return try Model(path: root.appendingPathComponent("lessons/architectures/\(name)").path).outline
}

/// The parts of a model that an inset opens, one of each form.
private func opened(_ model: Architecture) -> [any Block] {
  var found: [any Block] = []
  func visit(_ part: any Part) {
    switch part.role {
    case .attention, .feedForward, .experts, .stateSpace:
      if let block = part as? any Block, !found.contains(where: { $0.describesSame(as: block) }) { found.append(block) }
    case .structure: part.parts.forEach { visit($0.part) }
    default: break
    }
  }
  for stack in model.stacks { for layer in stack.layers.layers.prefix(8) { visit(layer) } }
  return found
}

@Suite struct FoldingTests {
  @Test(arguments: published) func everythingOfAPartIsInItsInsetAndBack(_ name: String) throws {
    let model = try architecture(name)
    for part in opened(model) {
      let what = "\(name): \(part.title)"
      let recording = PartRecording(part, width: model.width)
      #expect(recording.output.fault == nil, "\(what): \(String(describing: recording.output.fault))")
      let folded = FoldedRecording(RecordedGraph(recording, of: part), part)

      // Parameters. Of experts that say the same the first stands for all; a router's noise is for training and in no run that is drawn.
      let learned = Set(part.allParameters.map(\.path).filter { path in !path.contains(/experts\.[1-9]/) && !path.hasPrefix("router.noise") }
        // Prefix tuning's own keys and values: the attention's inset does not say yet that they stand in front of the text's.
        .filter { name != "prefix-tuning-gpt2-medium" || !["prefixKeys", "prefixValues"].contains($0) })
      #expect(Set(folded.nodes.flatMap(\.parameters)) == learned, "\(what)")

      // Constants: numbers that the operations read and that are neither 0 nor 1, the ε of norms, and how many a choice takes.
      var constants = Set<Float>(), seen = Set<ObjectIdentifier>()
      func visit(_ tensor: Tensor) {
        if !tensor.values.isEmpty {
          let distinct = Set(tensor.values)
          constants.formUnion(distinct.count <= 8 ? distinct : [tensor.values[0], tensor.values[tensor.values.count - 1]])
        }
        guard tensor.node < 0, let lineage = tensor.lineage, seen.insert(tensor.identity).inserted else { return }
        lineage.inputs.forEach(visit)
      }
      for operation in recording.operations {
        operation.inputs.forEach(visit)
        if let norm = operation.primitive as? RMSNormalise { constants.insert(norm.epsilon) }
        if let norm = operation.primitive as? LayerNormalise { constants.insert(norm.epsilon) }
        if let choice = operation.primitive as? TopK { constants.insert(Float(choice.count)) }
      }
      let drawn = Set(folded.nodes.flatMap(\.constants))
      #expect(constants.subtracting([0, 1]).isSubset(of: drawn.union([0, 1])), "\(what): \(constants.subtracting(drawn))")
      #expect(drawn.isSubset(of: constants), "\(what): \(drawn.subtracting(constants))")

      // Every node can be reached: nothing stands for itself.
      let ends = Set(folded.edges.flatMap { [$0.from, $0.to] })
      for node in folded.nodes where folded.nodes.count > 1 { #expect(ends.contains(node.id), "\(what): \(node.id) is joined to nothing") }
    }
  }

  /// Whether one node's tensor reaches another is asked of the operations one by one, without any folding.
  @Test(arguments: published) func edgesOfAnInsetAreThoseOfItsRecording(_ name: String) throws {
    let model = try architecture(name)
    for part in opened(model) {
      let graph = RecordedGraph(PartRecording(part, width: model.width), of: part)
      let folded = FoldedRecording(graph, part)
      let owner = folded.group
      // Sources of an operation, looking through those that belong to no node.
      func sources(_ source: RecordedGraph.Source) -> Set<Int> {
        guard case .operation(let index, _) = source else { return [] }
        return owner[index] >= 0 ? [owner[index]] : Set(graph.operations[index].inputs.flatMap { sources($0) })
      }
      var expected = Set<[Int]>()
      for index in graph.operations.indices where owner[index] >= 0 {
        for from in graph.operations[index].inputs.flatMap({ sources($0) }) where from != owner[index] { expected.insert([from, owner[index]]) }
      }
      let numbers = Dictionary(uniqueKeysWithValues: folded.groupIDs.enumerated().map { ($1, $0) })
      let drawn = Set(folded.edges.compactMap { edge in numbers[edge.from].flatMap { from in numbers[edge.to].map { [from, $0] } } })
      let choices = Set(graph.choices.flatMap { choice in sources(choice.chosen).flatMap { from in folded.groupIDs.indices.map { [from, $0] } } })
      #expect(expected.isSubset(of: drawn), "\(name): \(part.title) misses \(expected.subtracting(drawn).map { $0.map { folded.groupIDs[$0] } })")
      #expect(drawn.subtracting(choices).isSubset(of: expected), "\(name): \(part.title)")

      // And what is laid out is what was folded.
      let flow = FoldedFlow.flow(folded)
      #expect(Set(flow.nodes.map(\.id)).subtracting(["heads", "y"]) == Set(folded.nodes.map(\.id)))
      #expect(Set(flow.arrows.filter { $0.to != "y" }.map { [$0.from, $0.to] }) == Set(folded.edges.map { [$0.from, $0.to] }))
    }
  }

  @Test func whatWasDrawnWrongIsDrawnRight() throws {
    func flow(_ name: String, _ title: String) throws -> Flow {
      try #require(Figure(model: architecture(name)).insets.first { $0.title == title }?.flow)
    }
    let latent = try flow("DeepSeek-V3", "Inside latent attention")
    #expect(latent.nodes.contains { $0.title.plain == "softmax( Q Kᵀ / 7.39 + causal mask ) V" })
    #expect(try flow("mamba-130m", "Inside Mamba").nodes.contains { $0.title.plain == "step" && $0.subtitle == "48 → 1,536" })
    let hierarchical = try architecture("sparsely-gated-moe-4096-h")
    #expect(Figure(model: hierarchical).shares.contains { $0.note == "each token uses 4 of 4,096" })
  }
}
