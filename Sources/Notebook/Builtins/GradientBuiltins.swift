// Gradients of a learner's own functions.

import Language
import Tensors

extension Environment {
  mutating func addGradients(_ trace: Trace) {
    let numbers = ValueType.oneOf([.object("Tensor"), .list(of: nil), .number])
    let function = Language.Parameter.labelled("of", .function, "a function of one tensor that gives one number")
    let point = Language.Parameter.labelled("at", numbers, "where")
    define(type: "Gradients")
    define("gradient", [function, point], returns: "Tensor", "how a function's number changes with each number of a tensor", example: "gradient(of: { x in (x * x).sum() }, at: tensor([1, 2, 3]))") { a in
      try .object(walked(a, trace).tensor("x"))
    }
    define("gradients", [function, point], returns: "Gradients", "the same, to be gone through step by step: its name is x", example: "gradients(of: { x in exp(x).sum() }, at: tensor([0, 1])).step()") { a in
      try .object(walked(a, trace))
    }
  }
}

private func walked(_ a: Arguments, _ trace: Trace) throws -> GradientObject {
  guard case .function(let function) = a["of"] else { throw a.invalid("of", "must be a function") }
  guard let point = TensorObject.tensor(a["at"]) else { throw a.invalid("at", "must be a tensor, or lists of numbers of equal lengths") }
  let forward = Trace(stop: trace.stop, recording: Recording())
  forward.recording!.isFollowed = true
  // A copy: the function may hold the same tensor as a constant.
  let x = Tensor(point.values, point.shape).tracked(by: forward)
  var given = TensorObject(x, label: "x")
  if let labels = TensorObject.of(a["at"])?.labels { given.labels = labels }
  guard let loss = TensorObject.tensor(try a.context.call(function, [.object(given)])) else { throw a.invalid("of", "must give one number") }
  if let fault = loss.fault { throw TensorObject.failure(of: fault) }
  guard loss.count == 1 else { throw a.invalid("of", "must give one number, and gives \(loss.shape.described); take its sum()") }
  let recording = forward.recording!
  forward.recording = nil
  guard loss.node >= 0 || loss.storage === x.storage else {
    throw a.invalid("of", "must compute its number from the tensor that it is given, without taking single numbers out of it")
  }
  return try GradientObject(of: loss, "the function", in: recording, by: [("x", x)], parameters: 0, trace: trace) { _ in given }
}
