// A part: a node of the recipe, the tree that describes an architecture. Everything that reads a model without running
// it (counting, drawing, loading, saving) walks this tree and asks the questions below.

import Tensors

/// What a part is for; figures colour by it and counts group by it.
public enum Role: String, Sendable, CaseIterable, Codable {
  case embedding, head, norm, attention, feedForward, experts, stateSpace, diffusion, structure
}

/// A size or a choice of a part, with the config key that it came from.
public struct Setting: Sendable, Hashable {
  public let name: String
  public let value: String
  public init(_ name: String, _ value: some CustomStringConvertible) {
    self.name = name
    self.value = value.description
  }
}

/// A node of the recipe.
public protocol Part: Sendable {
  /// The type of the part: `Attention`, `RMSNorm`.
  var kind: String { get }
  var role: Role { get }
  /// What a figure writes on its box, and the smaller line below.
  var title: String { get }
  var detail: String { get }
  /// Sizes and choices: what equality, tooltips and JSON need to know.
  var settings: [Setting] { get }
  /// Children in the order in which they run. An empty name adds nothing to the path.
  var parts: [Child] { get }
  /// The children without those that a count need not visit: of siblings that say the same and share as much, the first, and the second
  /// for itself and all others.
  var counted: [Counted] { get }
  /// Parameters of this part itself, without its children's.
  var parameters: [(name: String, parameter: Parameter)] { get }
  /// Parameters below this part that one token does not touch (experts that it is not sent to).
  var idleParameters: Int { get }
  /// The config keys that its sizes came from, for tooltips and errors.
  var keys: String { get set }
}

/// A child and its name in the path.
public struct Child: Sendable {
  public let name: String
  public let part: any Part
  public init(_ name: String, _ part: any Part) {
    self.name = name
    self.part = part
  }
}

/// A child as a count visits it.
public struct Counted: Sendable {
  public let child: Child
  /// How many siblings it stands for, itself among them.
  public let times: Int
  /// Whether a sibling before it says the same.
  public let isAgain: Bool
  public init(_ child: Child, times: Int = 1, isAgain: Bool = false) { (self.child, self.times, self.isAgain) = (child, times, isAgain) }
}

/// A part that maps a tensor to a tensor: the one forward that serves training, prefill and decoding.
public protocol Block: Part {
  /// - Parameter x: [batch, tokens, width] unless the part says otherwise.
  func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor
}

extension Part {
  public var kind: String { String(describing: Self.self) }
  public var title: String { kind }
  public var detail: String { "" }
  public var settings: [Setting] { [] }
  public var parts: [Child] { [] }
  public var counted: [Counted] { parts.map { Counted($0) } }
  public var parameters: [(name: String, parameter: Parameter)] { [] }
  public var idleParameters: Int { 0 }

  /// The same part, with the config keys that it came from.
  public func from(_ keys: String...) -> Self {
    var copy = self
    copy.keys = keys.joined(separator: ", ")
    return copy
  }

  /// Visits this part and all below it with their paths, parents first.
  public func walk(path: String = "", _ visit: (String, any Part) -> Void) {
    visit(path, self)
    for child in parts {
      let below = child.name.isEmpty ? path : path.isEmpty ? child.name : path + "." + child.name
      child.part.walk(path: below, visit)
    }
  }

  /// Every parameter below this part under the first path that leads to it: a shared one is listed once.
  public var allParameters: [(path: String, parameter: Parameter)] {
    var seen = Set<ObjectIdentifier>()
    var result: [(String, Parameter)] = []
    walk { path, part in
      for (name, parameter) in part.parameters where seen.insert(ObjectIdentifier(parameter)).inserted {
        result.append((path.isEmpty ? name : path + "." + name, parameter))
      }
    }
    return result
  }

  /// Visits this part and all below it that a count need visit, with the number of parts that each stands for.
  public func tally(times: Int = 1, _ visit: (any Part, Int) -> Void) {
    visit(self, times)
    for next in counted { next.child.part.tally(times: Cost.product(times, next.times), visit) }
  }

  /// Number of learned numbers below this part; shared ones count once, buffers not. Like every count it stops at `Cost.most`.
  public var parameterCount: Int {
    var seen = Set<ObjectIdentifier>(), total = 0
    tally { part, times in
      for (_, parameter) in part.parameters where !parameter.isBuffer && seen.insert(ObjectIdentifier(parameter)).inserted {
        total = Cost.sum(total, Cost.product(times, parameter.count))
      }
    }
    return total
  }

  /// Parameters below this part that one token does not touch.
  public var idleParameterCount: Int {
    var idle = 0
    tally { part, times in idle = Cost.sum(idle, Cost.product(times, part.idleParameters)) }
    return idle
  }

  /// Says the same as another part: same kind, sizes, parameters and children. Repeated layers that say the same are drawn once.
  public func describesSame(as other: any Part) -> Bool { Description(self) == Description(other) }
}

/// All that a part and those below it say of themselves, one thing after the other.
struct Description: Hashable {
  private var words: [String] = []
  private var numbers: [Int] = []

  init(_ part: any Part) { add(part) }

  private mutating func add(_ part: any Part) {
    words.append(part.kind)
    for setting in part.settings {
      words.append(setting.name)
      words.append(setting.value)
    }
    for (name, parameter) in part.parameters {
      words.append(name)
      numbers += parameter.shape
      numbers.append(-1)
    }
    if let stack = part as? Repeat { numbers += stack.forms }
    for next in part.counted where !next.isAgain {
      words.append(next.child.name)
      add(next.child.part)
    }
    words.append(".")
  }

  /// Says of a parameter whose it is: the layer's own, or first met in another.
  mutating func add(owner layer: Int) { numbers.append(layer) }
}
