import Checkpoints
import Files
import Tensors

extension Unary.Function {
  /// The names that configurations give to activations.
  private static let published: [String: Unary.Function] = [
    "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .geluTanh, "gelu_pytorch_tanh": .geluTanh, "gelu_python_tanh": .geluTanh,
    "gelu_fast": .geluTanh, "gelu_accurate": .geluTanh,
    "relu": .relu, "silu": .silu, "swish": .silu, "tanh": .tanh, "sigmoid": .sigmoid, "quick_gelu": .quickGelu,
    "relu2": .reluSquared, "relu_squared": .reluSquared, "elu": .elu, "softplus": .softplus,
  ]

  /// The activation that a configuration names.
  static func read(_ name: String, file: String) throws -> Unary.Function {
    if let known = published[name] { return known }
    let near = Suggestion.nearest(to: name, in: published.keys.sorted()).map { "; did you mean '\($0)'?" } ?? ""
    throw ModelFailure.contradiction(file: file, "the activation '\(name)' is unknown\(near)")
  }
}
