/// The learned merges: (left id, right id) → (rank, merged id), in one table of open addresses.
struct MergeTable: Sendable {
  private var keys: [UInt64]
  private var values: [(rank: UInt32, id: UInt32)]
  private let mask: Int
  private let seed = UInt64.random(in: .min ... .max)

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    keys = [UInt64](repeating: .max, count: size)
    values = [(rank: UInt32, id: UInt32)](repeating: (0, 0), count: size)
    mask = size - 1
  }

  @inline(__always)
  private func place(_ key: UInt64) -> Int {
    let product = (key ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    var slot = Int(truncatingIfNeeded: product.high ^ product.low) & mask
    while keys[slot] != key, keys[slot] != .max { slot = (slot + 1) & mask }
    return slot
  }

  /// A pair that is there already gets the new rank. At most `capacity` different pairs may be inserted.
  mutating func insert(_ left: UInt32, _ right: UInt32, rank: UInt32, merged: UInt32) {
    let key = UInt64(left) << 32 | UInt64(right)
    let slot = place(key)
    keys[slot] = key
    values[slot] = (rank, merged)
  }

  @inline(__always)
  subscript(left: UInt32, right: UInt32) -> (rank: UInt32, id: UInt32)? {
    let key = UInt64(left) << 32 | UInt64(right)
    let slot = place(key)
    return keys[slot] == key && key != .max ? values[slot] : nil
  }
}
