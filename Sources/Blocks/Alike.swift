// Blocks that say the same: described once, made one by one only where somebody needs each (to bind its numbers, to run it). So a mixture
// of 14,848 experts is counted and drawn as fast as one expert.

import Synchronization
import Tensors

/// Blocks of one description, each with numbers of its own: the experts of a mixture. They are made in order, when one is asked for.
public struct Copies: RandomAccessCollection, Sendable {
  private final class Made: Sendable {
    let blocks = Mutex<[any Block]>([])
  }
  public let count: Int
  private let make: @Sendable () -> any Block
  private let made = Made()

  /// - Parameter make: gives a fresh block that says the same at every call.
  public init(_ count: Int, of make: @escaping @Sendable () -> any Block) { (self.count, self.make) = (count, make) }

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }
  public subscript(index: Int) -> any Block {
    precondition(indices.contains(index), "block \(index) of \(count)")
    return made.blocks.withLock { blocks in
      while blocks.count <= index { blocks.append(make()) }
      return blocks[index]
    }
  }

  /// As children `name.0`, `name.1`, … of a part, those that a count visits.
  func counted(_ name: String) -> [Counted] {
    (0..<Swift.min(2, count)).map { Counted(Child("\(name).\($0)", self[$0]), times: $0 == 0 ? 1 : count - 1, isAgain: $0 > 0) }
  }
}

/// Which layers of a stack say the same; found when it is first asked for.
final class Likeness: Sendable {
  /// For each layer the first one that says the same: they are drawn once.
  let forms: [Int]
  /// For each layer the first one that says the same and has as many parameters of its own, the others being shared with the same layers
  /// (ALBERT; a table that serves a whole stack): they cost the same.
  let kinds: [Int]

  init(_ layers: [any Block]) {
    var said: [Description: Int] = [:], cost: [Description: Int] = [:], owners: [ObjectIdentifier: Int] = [:]
    var forms: [Int] = [], kinds: [Int] = []
    for (index, layer) in layers.enumerated() {
      var description = Description(layer)
      forms.append(said[description] ?? index)
      if forms[index] == index { said[description] = index }
      layer.tally { part, _ in
        for (_, parameter) in part.parameters {
          let owner = owners[ObjectIdentifier(parameter)]
          if owner == nil { owners[ObjectIdentifier(parameter)] = index }
          description.add(owner: owner == nil || owner == index ? -1 : owner!)
        }
      }
      kinds.append(cost[description] ?? index)
      if kinds[index] == index { cost[description] = index }
    }
    (self.forms, self.kinds) = (forms, kinds)
  }
}

/// A value that is found when it is first asked for, and kept for all copies of its owner.
final class Later<Value: Sendable>: Sendable {
  private let found = Mutex<Value?>(nil)

  func value(_ find: () -> Value) -> Value {
    if let known = found.withLock({ $0 }) { return known }
    // Not under the lock: what is found is the same, whoever finds it.
    let fresh = find()
    return found.withLock { value in
      if value == nil { value = fresh }
      return value!
    }
  }
}
