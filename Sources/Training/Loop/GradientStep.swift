// One forward and the way back: what every optimiser asks for.

import Blocks
import Tensors

/// Loss and gradients of a model, one batch at a time.
public final class GradientStep {
  /// What is learned, each once, whoever shares it.
  public let parameters: [Parameter]
  /// What the steps report to: its stop flag ends a step between two operations.
  public let trace: Trace

  /// Makes the parameters float32 numbers of their own, seen by the trace: what is computed from them is recorded.
  /// - Parameter trace: its recording is replaced at each step.
  /// - Throws: the fault of parameters that there is no memory for: they, their gradients and what an optimiser keeps of each.
  public init(_ parameters: [Parameter], trace: Trace = Trace()) throws(Fault) {
    var seen: Set<ObjectIdentifier> = []
    self.parameters = parameters.filter { seen.insert(ObjectIdentifier($0)).inserted }
    self.trace = trace
    let bytes = self.parameters.reduce(0) { Cost.sum($0, Cost.product(4 * 4, $1.count)) }
    if let refusal = Budget.refusal(of: bytes) { throw Fault(refusal) }
    for parameter in self.parameters {
      let own = try Tensor(asking: parameter.shape).checked()
      parameter.tensor.write(into: own)
      parameter.bind(own.tracked(by: trace))
    }
  }

  /// What a model learns: all its parameters but buffers.
  public convenience init(_ model: Architecture, trace: Trace = Trace()) throws(Fault) {
    try self.init(model.allParameters.map(\.parameter).filter { !$0.isBuffer }, trace: trace)
  }

  /// - Parameter loss: computes one number within the run it is given, which keeps no memory.
  /// - Returns: the loss, and a gradient for each of `parameters`, zero where the loss does not depend on one.
  /// - Throws: `Fault`: shapes, an operation that cannot be walked, `.interrupted`.
  public func callAsFunction(_ loss: (Run) throws -> Tensor) throws -> (loss: Float, gradients: [Tensor]) {
    let recording = Recording(isDetailed: false)
    trace.recording = recording
    defer { trace.recording = nil }
    let value = try loss(Run(trace: trace, keepsMemory: false)).checked()
    trace.recording = nil
    let found = try recording.gradients(of: value, by: parameters.map(\.tensor), trace: trace, freeing: true)
    return (value.item, parameters.map { found[$0.tensor]?.materialised ?? .filled($0.shape, with: 0) })
  }
}
