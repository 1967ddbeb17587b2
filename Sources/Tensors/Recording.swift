// The recording: every operation of a run in order. Stepping is a cursor over it; a gradient walks it backwards.

/// One operation that ran. Its tensors know their place in the recording and belong to no trace: a trace holds its recording, so a
/// recording that held the trace would never be let go.
public struct Node: Sendable {
  public let primitive: any Primitive
  public let inputs: [Tensor]
  public internal(set) var outputs: [Tensor]
  /// Path of the block that it ran in.
  public let part: String
  /// Full names that the model gave to its outputs, such as `layers.0.attention.pattern`.
  public internal(set) var names: [String] = []
}

/// The operations of a run in the order in which they ran.
public final class Recording: @unchecked Sendable {
  public private(set) var nodes: [Node] = []
  /// Every named tensor of the run is there to be stepped through. Else the recording serves a gradient alone: mixers may take their fused forms,
  /// and nobody is told names.
  public let isDetailed: Bool
  /// What a learner's own functions compute from its tensors (an edit, a loss) is recorded as well: set where a gradient is to go through them.
  public var isFollowed = false
  public init(isDetailed: Bool = true) { self.isDetailed = isDetailed }

  /// Appends an operation that ran for `trace`.
  /// - Returns: the outputs as the trace's own, each with its place in the recording.
  public func append(_ primitive: any Primitive, _ inputs: [Tensor], _ outputs: [Tensor], part: String, for trace: Trace) -> [Tensor] {
    let index = Int32(nodes.count)
    var kept = outputs
    for i in kept.indices { kept[i].place(in: nil, node: index, output: Int32(i)) }
    nodes.append(Node(primitive: primitive, inputs: inputs.map { own($0, of: trace) }, outputs: kept, part: part))
    return kept.indices.map { kept[$0].placed(in: trace, node: index, output: Int32($0)) }
  }

  /// An input as a node keeps it. What this recording made is kept once, whoever reads it; what another trace made is a leaf here.
  private func own(_ input: Tensor, of trace: Trace) -> Tensor {
    guard let other = input.trace else { return input }
    guard other === trace, input.node >= 0 else { return input.placed(in: nil) }
    let made = nodes[Int(input.node)].outputs[Int(input.output)]
    return made.looksAtTheSame(as: input) ? made : input.placed(in: nil, node: input.node, output: input.output)
  }

  /// Drops every operation from this one on: what a gradient that has passed them no longer needs.
  func forget(from index: Int) { nodes.removeSubrange(index...) }

  /// Notes that the model calls this tensor `name`.
  public func name(_ tensor: Tensor, _ name: String) {
    guard tensor.node >= 0 else { return }
    nodes[Int(tensor.node)].names.append(name)
  }

  /// Runs node `index` again on the given inputs: what stepping and interventions use.
  public func evaluate(_ index: Int, on inputs: [Tensor]) -> [Tensor] {
    nodes[index].primitive.evaluate(inputs.map(\.untracked))
  }
}
