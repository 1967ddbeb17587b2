// Experts: many feed-forwards of which each token runs a few. Only those that a token is sent to are computed: the tokens of an
// expert are gathered, run through it, and added back with their weights.

import Tensors

/// Σ weightᵢ · expertᵢ(x) over the experts that the router chose, plus the shared expert that every token runs
/// (Shazeer et al. 2017; Fedus et al. 2021; Dai et al. 2024).
public struct Experts: Block {
  public let router: Router
  public let experts: Copies
  /// Runs for every token (DeepSeek, Qwen); with a gate it is weighted by σ(gate·x) (Qwen3-Next).
  public let shared: (any Block)?
  public let sharedGate: Projection?
  public var keys = ""

  public init(router: Router, shared: (any Block)? = nil, sharedGate: Projection? = nil, expert: @escaping @Sendable () -> any Block) {
    (self.router, self.shared, self.sharedGate) = (router, shared, sharedGate)
    experts = Copies(router.experts, of: expert)
  }

  public var role: Role { .experts }
  public var title: String { "Mixture of experts" }
  public var detail: String {
    if let nested = experts.first as? Experts { return "\(router.routing.active) of \(experts.count) groups of experts · in each \(nested.detail)" }
    return "\(router.routing.active) of \(experts.count) experts" + (shared == nil ? "" : " · 1 shared")
  }
  public var settings: [Setting] {
    [
      Setting("experts", experts.count), Setting("active", router.routing.active), Setting("shared", shared != nil),
      Setting("sharedGate", sharedGate != nil),
    ]
  }
  public var parts: [Child] {
    [Child("router", router)] + experts.enumerated().map { Child("experts.\($0.offset)", $0.element) } + always
  }
  public var counted: [Counted] { [Counted(Child("router", router))] + experts.counted("experts") + always.map { Counted($0) } }
  /// What every token runs.
  private var always: [Child] { (shared.map { [Child("shared", $0)] } ?? []) + (sharedGate.map { [Child("sharedGate", $0)] } ?? []) }
  /// All experts say the same and have numbers of their own. What is idle inside an expert (a mixture itself) it says itself.
  public var idleParameters: Int {
    guard let expert = experts.first else { return 0 }
    return Cost.product(experts.count - router.routing.active, expert.parameterCount - expert.idleParameterCount)
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard x.rank == 3 else {
      return Tensor(fault: x.fault ?? Fault(.other(operation: "experts", message: "needs [batch, tokens, width]"), part: run.path))
    }
    let flat = x.reshaped([x.shape[0] * x.shape[1], x.shape[2]])              // [n, width]
    let (chosen, weights) = run.within("router") { router(flat, run) }
    var y = mixed(flat, chosen, weights, perSequence: x.shape[1], run).reshaped(x.shape)
    if let shared {
      var always = run.within("shared") { shared(x, run) }
      if let sharedGate { always = always * sharedGate(x).map(.sigmoid).named("sharedGate", run) }
      y = y + always
    }
    return y.named("output", run)
  }

  /// flat [n, width], chosen and weights [n, k] → [n, width]
  private func mixed(_ flat: Tensor, _ chosen: Tensor, _ weights: Tensor, perSequence tokens: Int, _ run: Run) -> Tensor {
    if let fault = chosen.fault ?? weights.fault ?? flat.fault { return Tensor(fault: fault, shape: flat.shape, trace: flat.trace) }
    let (n, width, k) = (flat.shape[0], flat.shape[1], router.routing.active)
    guard !chosen.isOutline, !flat.isOutline else {
      // Without numbers nobody knows who goes where; what is computed is known: every token runs k experts. A recording shows how they are joined.
      if run.trace.recording != nil {
        let sent = Gather(Array(repeating: 0, count: n * k), shape: [1, n * k]).apply([flat])
        run.sources?.choices.append((chosen, sent))
        let output = run.within("experts", 0) { experts[0](sent, run) }
        let factor = Gather(Array(repeating: 0, count: n * k), shape: [n * k]).apply([weights.reshaped([n * k, 1])])
        return AddRows((0..<Int32(n * k)).map { $0 / Int32(k) }, count: n).apply([output.reshaped([n * k, width]) * factor])
      }
      let sent = Tensor(outline: [1, n * k, width], trace: flat.trace)
      let output = run.within("experts", 0) { experts[0](sent, run) }
      return output.fault == nil ? Tensor(outline: [n, width], trace: flat.trace) : output
    }
    let sent = Dispatch(chosen.values.map { Int($0) }, tokens: n, active: k, experts: experts.count, capacity: router.routing.capacity, perSequence: tokens)
    if !sent.dropped.isEmpty {
      run.within("router") {
        sent.droppedMarks(n, k).tracked(by: run.trace).noted("dropped", run, because: "it only tells which choices found their expert full; 'chosen' says who goes where")
      }
    }
    var outputs: [Tensor] = [], rows: [Int32] = []
    for (index, slots) in sent.slots.enumerated() where !slots.isEmpty {
      let own = slots.map { $0 / Int32(k) }
      let input = n == 1 ? flat : Gather(own, shape: [own.count]).apply([flat])
      let output = run.within("experts", index) { experts[index](input.reshaped([1, own.count, width]), run) }
      let factor = Gather(slots, shape: [own.count]).apply([weights.reshaped([n * k, 1])])   // [rows, 1]
      outputs.append(output.reshaped([own.count, width]) * factor)
      rows += own
    }
    guard !outputs.isEmpty else { return Tensor.filled([n, width], with: 0).tracked(by: flat.trace) }
    return AddRows(rows, count: n).apply([outputs.count == 1 ? outputs[0] : concatenate(outputs, axis: 0)])
  }
}

/// Who goes where: the slots (token · active + rank of the choice) of every expert, in the order of the text.
struct Dispatch {
  private(set) var slots: [[Int32]]
  /// Slots that found their expert full.
  private(set) var dropped: [Int32] = []

  init(_ chosen: [Int], tokens: Int, active: Int, experts: Int, capacity: Int?, perSequence: Int) {
    slots = Array(repeating: [], count: experts)
    var taken = Array(repeating: 0, count: experts)
    for token in 0..<tokens {
      if perSequence > 0, token % perSequence == 0 { taken = Array(repeating: 0, count: experts) }
      for rank in 0..<active {
        let slot = token * active + rank, expert = chosen[slot]
        // An edit may have sent a token nowhere.
        guard slots.indices.contains(expert) else { continue }
        if let capacity, taken[expert] >= capacity {
          dropped.append(Int32(slot))
        } else {
          taken[expert] += 1
          slots[expert].append(Int32(slot))
        }
      }
    }
  }

  /// 1 where a choice was dropped.   [tokens, active]
  func droppedMarks(_ tokens: Int, _ active: Int) -> Tensor {
    let marks = Tensor.filled([tokens, active], with: 0)
    if marks.fault != nil { return marks }
    for slot in dropped { marks.pointer[Int(slot)] = 1 }
    return marks
  }
}
