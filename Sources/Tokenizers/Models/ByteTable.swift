import Files

/// A vocabulary: byte strings and their ids, both ways, without `String` and without an object for each token.
///
/// All tokens lie in one buffer; the way from bytes to id is a table of open addresses, seeded for each process so that a file
/// cannot be made to collide.
struct ByteTable: Sendable {
  private var text: [UInt8] = []
  private var starts: [Int32] = [0]
  private var ids: [UInt32] = []
  private var slots: [Int32]
  private var mask: Int
  private let seed = UInt64.random(in: .min ... .max) | 1
  /// Entry of each id; ids far beyond the number of tokens are in `sparse`.
  private var dense: [Int32] = []
  private var sparse: [UInt32: Int32] = [:]

  /// Number of different tokens.
  private(set) var count = 0

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
    mask = size - 1
    starts.reserveCapacity(capacity + 1)
    ids.reserveCapacity(capacity)
  }

  /// Multiplies and folds eight bytes at a time (as wyhash does).
  @inline(__always)
  private func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var state = seed ^ UInt64(truncatingIfNeeded: bytes.count)
    var at = 0
    func mix(_ word: UInt64) {
      let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      state = product.high ^ product.low
    }
    let raw = UnsafeRawBufferPointer(bytes)
    while at + 8 <= raw.count {
      mix(raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      at += 8
    }
    var last: UInt64 = 1
    while at < raw.count {
      last = last << 8 | UInt64(raw[at])
      at += 1
    }
    mix(last)
    return Int(truncatingIfNeeded: state ^ state >> 32)
  }

  private func equals(_ entry: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = Int(starts[entry])
    guard Int(starts[entry + 1]) - start == bytes.count else { return false }
    return text.withUnsafeBufferPointer { all in
      for i in 0..<bytes.count where all[start + i] != bytes[i] { return false }
      return true
    }
  }

  private func place(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var slot = hash(bytes) & mask
    while slots[slot] >= 0, !equals(Int(slots[slot]), bytes) { slot = (slot + 1) & mask }
    return slot
  }

  /// A token that is there already gets the new id, as in the reference.
  mutating func insert(_ token: ByteString, id: UInt32) {
    let (slot, known) = token.bytes.withUnsafeBufferPointer { bytes in
      let slot = place(of: bytes)
      return (slot, Int(slots[slot]))
    }
    let entry: Int
    if known >= 0 {
      entry = known
      ids[entry] = id
    } else {
      entry = ids.count
      text.append(contentsOf: token.bytes)
      starts.append(Int32(text.count))
      ids.append(id)
      slots[slot] = Int32(entry)
      count += 1
      if count * 2 > slots.count { grow() }
    }
    if Int(id) < 2 * slots.count + 1024 {
      while dense.count <= Int(id) { dense.append(-1) }
      dense[Int(id)] = Int32(entry)
    } else {
      sparse[id] = Int32(entry)
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    mask = slots.count - 1
    for entry in ids.indices {
      let range = Int(starts[entry])..<Int(starts[entry + 1])
      let slot = text.withUnsafeBufferPointer { self.place(of: UnsafeBufferPointer(rebasing: $0[range])) }
      slots[slot] = Int32(entry)
    }
  }

  func id(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
    let entry = slots[place(of: bytes)]
    return entry >= 0 ? ids[Int(entry)] : nil
  }

  func id(of token: ByteString) -> UInt32? { token.bytes.withUnsafeBufferPointer { id(of: $0) } }

  func token(_ id: UInt32) -> ByteString? {
    let entry = Int(id) < dense.count ? dense[Int(id)] : sparse[id] ?? -1
    guard entry >= 0 else { return nil }
    return ByteString(bytes: Array(text[Int(starts[Int(entry)])..<Int(starts[Int(entry) + 1])]))
  }

  var greatestID: UInt32? { ids.max() }

  /// All tokens with their ids, in the order of the file.
  func forEach(_ body: (UnsafeBufferPointer<UInt8>, UInt32) -> Void) {
    text.withUnsafeBufferPointer { all in
      for entry in ids.indices {
        body(UnsafeBufferPointer(rebasing: all[Int(starts[entry])..<Int(starts[entry + 1])]), ids[entry])
      }
    }
  }
}
