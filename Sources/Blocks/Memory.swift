// Memory: what outlives a call. Keys and values, a convolution's window, a recurrent state: named tensors, owned by the
// run, with exact byte counts. One viewer, one byte count and one trace serve every family.

import Tensors

/// How a named memory behaves; the account of an architecture follows from it.
public enum Growth: Sendable, Equatable {
  /// One entry for every token, without bound.
  case everyToken
  /// One entry for every token, the newest `count` of them: a ring.
  case ring(Int)
  /// Written once (the keys and values of a source text).
  case once
  /// Of one size from the first token on.
  case state
}

/// One named memory of a run.
public struct MemorySlot: @unchecked Sendable {
  public internal(set) var name: String
  public let growth: Growth
  /// Everything held, [batch, positions, …]; a state has a shape of its own.
  var storage: Tensor
  private var expected = 0
  /// Positions held.
  public internal(set) var count: Int
  /// Positions seen since the start: a ring has forgotten the first `seen − count`.
  public internal(set) var seen: Int
  /// What the last forward did, in positions.
  public internal(set) var written = 0, reused = 0, evicted = 0

  /// The shape of what is held.
  public var shape: Shape {
    guard growth != .state else { return storage.shape }
    var shape = storage.shape
    shape[1] = count
    return shape
  }
  /// Bytes of what is held, as float32.
  public var bytes: Int { shape.elementCount * 4 }
  /// Numbers for each position and sequence; for a state, all of it.
  public var elementsPerPosition: Int {
    growth == .state ? shape.dropFirst().elementCount : shape.dropFirst(2).elementCount
  }
  /// The numbers held, in the order of memory (a ring's slots are not in the order of the text).
  public var tensor: Tensor { growth == .state ? storage : storage.view(axis: 1, from: 0, count: count) }

  /// Places of the entries in the text, in the order of memory.
  var places: Places {
    guard case .ring(let size) = growth, seen > size else { return Places(from: 0, count: count) }
    // Slot s holds the newest position p < seen with p mod size = s.
    return Places(listed: (0..<count).map { Int32(seen - 1 - ((seen - 1 - $0) % size + size) % size) })
  }
}

/// Where keys stand in the text: a run of neighbours, or, in a ring, one by one.
public struct Places: Sendable {
  public let start: Int, count: Int
  public let listed: [Int32]?

  public init(from start: Int, count: Int) { (self.start, self.count, listed) = (start, count, nil) }
  public init(listed: [Int32]) { (start, count, self.listed) = (Int(listed.first ?? 0), listed.count, listed) }

  public subscript(index: Int) -> Int { listed.map { Int($0[index]) } ?? start + index }
}

extension MemorySlot {
  /// A growing memory with its first entries.
  /// - Parameter expected: positions that are known to come; at most 4096 of them get their room now.
  init(name: String, growth: Growth, first x: Tensor, expecting expected: Int = 0) {
    self.name = name
    self.growth = growth
    self.expected = min(expected, 4096)
    (count, seen) = (0, 0)
    storage = Tensor(outline: [x.shape[0], 0] + x.shape.dropFirst(2))
    append(x)
  }

  /// Adds entries [batch, tokens, …] after the last one, in place where nobody else looks.
  mutating func append(_ x: Tensor) {
    let added = x.shape[1]
    (reused, written, evicted) = (count, added, 0)
    if case .ring(let size) = growth {
      appendToRing(x, size)
    } else {
      reserve(count + added, like: x)
      if !x.isOutline { x.write(into: storage.view(axis: 1, from: count, count: added)) }
      count += added
    }
    seen += added
  }

  private mutating func appendToRing(_ x: Tensor, _ size: Int) {
    let added = x.shape[1]
    evicted = max(0, count + added - size)
    if evicted > 0 { own() }
    reserve(min(size, count + added), like: x)
    // Only the newest `size` entries stay; each goes to the slot of its position.
    let kept = max(0, added - size)
    if !x.isOutline {
      var i = kept
      while i < added {
        let slot = (seen + i) % size
        let run = min(added - i, size - slot)
        x.view(axis: 1, from: i, count: run).write(into: storage.view(axis: 1, from: slot, count: run))
        i += run
      }
    }
    count = min(size, count + added)
  }

  /// Entries of a ring in the order of the text, for a forward of several tokens.
  func inOrder(_ size: Int) -> Tensor {
    guard seen > size, !storage.isOutline else { return tensor }
    let start = seen % size
    return concatenate(
      [storage.view(axis: 1, from: start, count: size - start), storage.view(axis: 1, from: 0, count: start)], axis: 1)
  }

  /// Makes room for `needed` positions; doubles, so that appending stays linear.
  private mutating func reserve(_ needed: Int, like x: Tensor) {
    var shape = storage.shape
    if x.isOutline {
      shape[1] = needed
      storage = Tensor(outline: shape)
      return
    }
    guard storage.fault == nil, needed > shape[1] || storage.isOutline else { return }
    var room = max(needed, min(shape[1] * 2, shape[1] + 4096), expected, 16)
    if case .ring(let size) = growth { room = min(room, size) }
    shape[1] = room
    let larger = Tensor(asking: shape)
    if count > 0 { tensor.materialised.write(into: larger.view(axis: 1, from: 0, count: count)) }
    storage = larger
  }

  /// A ring writes over old entries: if a recorded step or a fork still looks at them, they are copied first.
  private mutating func own() {
    guard !storage.isUniquelyHeld else { return }
    let fresh = Tensor(asking: storage.shape)
    storage.write(into: fresh)
    storage = fresh
  }
}

extension MemorySlot {
  /// A state: one tensor of one size, whatever was read.
  init(name: String, state: Tensor, seen: Int) {
    self.name = name
    growth = .state
    storage = state
    count = 1
    self.seen = seen
    written = seen
  }
}
