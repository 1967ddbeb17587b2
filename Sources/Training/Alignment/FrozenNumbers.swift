// The numbers that a model had at some moment: the reference that DPO and PPO hold a policy against, without a second model in memory but its numbers.

import Blocks
import Tensors

/// Numbers of a model, kept as they are while the model learns.
public final class FrozenNumbers: @unchecked Sendable {
  private let parameters: [Parameter]
  private let numbers: [Tensor]

  /// Copies what the model's parameters hold now.
  public init(_ model: Architecture) {
    var seen: Set<ObjectIdentifier> = []
    parameters = model.allParameters.map(\.parameter).filter { seen.insert(ObjectIdentifier($0)).inserted }
    numbers = parameters.map(\.tensor.copied)
  }

  /// Numbers of another model for this model's parameters, wherever it has the same path and shape; its own elsewhere.
  public init(_ model: Architecture, asIn other: Architecture) {
    let known = Dictionary(other.allParameters.map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<ObjectIdentifier> = []
    let own = model.allParameters.filter { seen.insert(ObjectIdentifier($0.parameter)).inserted }
    parameters = own.map(\.parameter)
    numbers = own.map { path, parameter in known[path].flatMap { $0.shape == parameter.shape && $0.isBound ? $0.tensor.copied : nil } ?? parameter.tensor.copied }
  }

  /// Runs `body` with these numbers in place of the model's. What `body` computes with a run of its own is recorded nowhere.
  public func applied<T>(_ body: () throws -> T) rethrows -> T {
    let kept = parameters.map(\.tensor)
    for (parameter, number) in zip(parameters, numbers) { parameter.bind(number) }
    defer { for (parameter, tensor) in zip(parameters, kept) { parameter.bind(tensor) } }
    return try body()
  }

  /// Puts these numbers back into the model, in place: training goes back to where it was.
  public func restore() {
    for (parameter, number) in zip(parameters, numbers) { number.write(into: parameter.tensor.untracked) }
  }
}

extension Architecture {
  /// Takes over the numbers of another model, as copies, wherever a parameter has the same path and shape: a policy and a reward model begin as their base.
  /// - Returns: paths of parameters that the other does not have; they keep what they hold.
  @discardableResult
  public func adoptNumbers(of other: Architecture) -> [String] {
    let known = Dictionary(other.allParameters.map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    var rest: [String] = []
    for (path, parameter) in allParameters {
      if let old = known[path], old.shape == parameter.shape, old.isBound { parameter.bind(Tensor(old.tensor.values, old.shape)) } else { rest.append(path) }
    }
    return rest
  }
}

/// An objective that holds a model against the numbers that it began with.
public protocol ReferringObjective: Objective {
  /// The same objective with these numbers as its reference.
  func held(by reference: FrozenNumbers) -> any Objective
}

extension ReferringObjective {
  /// The same objective with the model's present numbers as its reference.
  public func referring(to model: Architecture) -> any Objective { held(by: FrozenNumbers(model)) }
}
