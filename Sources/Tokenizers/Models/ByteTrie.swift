/// A trie over bytes in one table of (node, byte) → node: finds all tokens that begin at a position in one walk.
struct ByteTrie: Sendable {
  private var keys: [UInt64]
  private var children: [Int32]
  private var mask: Int
  private var used = 0
  /// What ends at each node, or −1. Node 0 is the root.
  private(set) var values: [Int32] = [-1]
  private let seed = UInt64.random(in: .min ... .max) | 1

  init(capacity: Int) {
    var size = 64
    while size < capacity * 6 { size *= 2 }
    keys = [UInt64](repeating: .max, count: size)
    children = [Int32](repeating: 0, count: size)
    mask = size - 1
  }

  @inline(__always)
  private func place(_ key: UInt64) -> Int {
    let product = (key ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    var slot = Int(truncatingIfNeeded: product.high ^ product.low) & mask
    while keys[slot] != key, keys[slot] != .max { slot = (slot + 1) & mask }
    return slot
  }

  /// The node below, or nil.
  @inline(__always)
  func child(_ node: Int, _ byte: UInt8) -> Int? {
    let slot = place(UInt64(node) << 8 | UInt64(byte))
    return keys[slot] == .max ? nil : Int(children[slot])
  }

  /// A text that is there already gets the new value.
  mutating func insert(_ bytes: some Sequence<UInt8>, _ value: Int32) {
    var node = 0
    for byte in bytes {
      let key = UInt64(node) << 8 | UInt64(byte)
      let slot = place(key)
      if keys[slot] == key {
        node = Int(children[slot])
        continue
      }
      node = values.count
      values.append(-1)
      keys[slot] = key
      children[slot] = Int32(node)
      used += 1
      if used * 2 > keys.count { grow() }
    }
    values[node] = value
  }

  private mutating func grow() {
    let (oldKeys, oldChildren) = (keys, children)
    keys = [UInt64](repeating: .max, count: oldKeys.count * 2)
    children = [Int32](repeating: 0, count: keys.count)
    mask = keys.count - 1
    for (i, key) in oldKeys.enumerated() where key != .max {
      let slot = place(key)
      keys[slot] = key
      children[slot] = oldChildren[i]
    }
  }

  /// The longest entry that begins at `start`, walking on from `node`.
  func longest(_ text: UnsafeBufferPointer<UInt8>, from start: Int, node first: Int = 0) -> (end: Int, value: Int32)? {
    var node = first
    var at = start
    var best: (Int, Int32)?
    while at < text.count, let next = child(node, text[at]) {
      node = next
      at += 1
      if values[node] >= 0 { best = (at, values[node]) }
    }
    return best
  }

  /// The node at which a text ends, or nil.
  func node(_ bytes: [UInt8]) -> Int? {
    var node = 0
    for byte in bytes {
      guard let next = child(node, byte) else { return nil }
      node = next
    }
    return node
  }
}
