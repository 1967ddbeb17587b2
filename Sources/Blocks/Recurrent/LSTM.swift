// The recurrent networks that came before: the state enters the next step through a nonlinearity, so the steps must wait for each other. Only
// the products with the input can be computed for all tokens at once.

import Tensors

/// hₜ = tanh(W_x·xₜ + W_h·hₜ₋₁ + b) (Elman 1990).
public struct RNN: Block {
  public let width: Int, hidden: Int
  public let input: Projection, recurrent: Projection
  public var keys = ""

  public init(_ width: Int, hidden: Int) {
    (self.width, self.hidden) = (width, hidden)
    input = Projection(width, hidden, bias: true, deviation: 1 / Float(max(1, hidden)).squareRoot(), role: .stateSpace)
    recurrent = Projection(hidden, hidden, deviation: 1 / Float(max(1, hidden)).squareRoot(), role: .stateSpace)
  }

  public var role: Role { .stateSpace }
  public var title: String { "Recurrent layer" }
  public var detail: String { "state of \(hidden) · tanh" }
  public var settings: [Setting] { [Setting("width", width), Setting("hidden", hidden)] }
  public var parts: [Child] { [Child("input", input), Child("recurrent", recurrent)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let given = input(x)                                                       // [b, t, hidden]
    let start = run.state("state", [x.shape.first ?? 1, 1, hidden], like: x)
    let (all, end) = run.steps(given, from: [start]) { z, state in
      let h = (z + recurrent(state[0])).map(.tanh)
      return (h, [h])
    }
    run.leave("state", end[0].materialised)
    return all.named("output", run)
  }
}

/// Long short-term memory (Hochreiter & Schmidhuber 1997; with the forget gate of Gers et al. 2000): c ← σ(f)·c + σ(i)·tanh(g), h = σ(o)·tanh(c).
/// With a projection, what goes on and comes back is a narrower W_p·h (Sak et al. 2014), as in ELMo, which also clips both.
public struct LSTM: Block {
  public let width: Int, hidden: Int, projected: Int?
  /// Rows of both matrices: input gate, forget gate, candidate, output gate.
  public let input: Projection, recurrent: Projection
  public let projection: Projection?
  /// Cell and projection are kept within ± this; nil: not bounded.
  public let clip: Float?
  public var keys = ""

  /// - Parameter projected: numbers of what the layer gives; nil: all of its `hidden`.
  public init(_ width: Int, hidden: Int, projected: Int? = nil, clip: Float? = nil) {
    (self.width, self.hidden, self.projected, self.clip) = (width, hidden, projected, clip)
    let deviation = 1 / Float(max(1, hidden)).squareRoot()
    input = Projection(width, 4 * hidden, deviation: deviation, role: .stateSpace)
    // The forget gate starts open.
    recurrent = Projection(projected ?? hidden, 4 * hidden, bias: { $0 / max(1, hidden) == 1 ? 1 : 0 }, deviation: deviation, role: .stateSpace)
    projection = projected.map { Projection(hidden, $0, deviation: deviation, role: .stateSpace) }
  }

  /// Numbers that the layer gives for each token.
  public var outputs: Int { projected ?? hidden }
  public var role: Role { .stateSpace }
  public var title: String { "LSTM" }
  public var detail: String { "cell of \(hidden)" + (projected.map { " · projected to \($0)" } ?? "") }
  public var settings: [Setting] {
    [Setting("width", width), Setting("hidden", hidden), Setting("projected", outputs), Setting("clip", clip ?? 0)]
  }
  public var parts: [Child] {
    [Child("input", input), Child("recurrent", recurrent)] + (projection.map { [Child("projection", $0)] } ?? [])
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let given = input(x)                                                       // [b, t, 4·hidden]
    let batch = x.shape.first ?? 1
    let start = [run.state("state", [batch, 1, outputs], like: x), run.state("cell", [batch, 1, hidden], like: x)]
    let shows = run.wants("decay", "write") && !x.isOutline
    var kept: [Tensor] = [], written: [Tensor] = []
    let (all, end) = run.steps(given, from: start) { z, state in
      let gates = (z + recurrent(state[0])).split([hidden, hidden, hidden, hidden])
      let keep = gates[1].map(.sigmoid), write = gates[0].map(.sigmoid) * gates[2].map(.tanh)
      if shows {
        kept.append(keep)
        written.append(write)
      }
      let c = bounded(keep * state[1] + write)
      var h = gates[3].map(.sigmoid) * c.map(.tanh)
      if let projection { h = bounded(projection(h)) }
      return (h, [h, c])
    }
    if shows, all.fault == nil {
      let reason = "each token's is used before the next one's is made"
      concatenate(kept, axis: 1).noted("decay", run, because: reason)          // the forget gate, [b, t, hidden]
      concatenate(written, axis: 1).noted("write", run, because: reason)
    }
    run.leave("state", end[0].materialised)
    run.leave("cell", end[1].materialised)
    return all.named("output", run)
  }

  private func bounded(_ x: Tensor) -> Tensor {
    guard let clip else { return x }
    return Binary(.minimum).apply([Binary(.maximum).apply([x, Tensor(-clip)]), Tensor(clip)])
  }
}

extension Run {
  /// Takes a step for each token: from the token's numbers and the states to what goes on and the new states.   x and states [b, t or 1, n]
  fileprivate func steps(
    _ x: Tensor, from states: [Tensor], _ step: (Tensor, [Tensor]) -> (Tensor, [Tensor])
  ) -> (all: Tensor, states: [Tensor]) {
    guard x.rank == 3, x.fault == nil else { return (x, states) }
    // Outlines need no order: one step over all tokens has the shapes and the cost of all steps.
    if x.isOutline, x.shape[1] != 1 {
      let many = states.map { Tensor(outline: [x.shape[0], x.shape[1], $0.shape[2]], trace: trace) }
      return (step(x, many).0, states)
    }
    var rows: [Tensor] = [], states = states
    for t in 0..<x.shape[1] {
      let (row, next) = step(x.slice(t..<(t + 1), axis: 1), states)
      rows.append(row)
      states = next
      if row.fault != nil { break }
    }
    return (rows.count == 1 ? rows[0] : concatenate(rows, axis: 1), states)
  }
}
