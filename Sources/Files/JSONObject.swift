extension JSON {
  public struct Member: Sendable {
    public let key: ByteString
    public let value: JSON
    public init(key: ByteString, value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// Members in the order of the file. Up to `linear` of them are found by looking at each; more, by a table of
  /// positions that is built once, at reading, since the search for duplicates needs it anyway.
  public struct Object: Sendable {
    public let members: [Member]
    /// Per slot the upper half of the key's hash and, below it, the position plus one; 0 is an empty slot. The hash spares
  /// looking at the wrong keys, which lie all over memory.
  private let table: [UInt64]

    static let linear = 12

    /// Of a key that comes twice the first is found; `build` tells where the second is.
    public init(_ members: [Member]) { self = Object.build(members).object }

    /// The object and, when a key comes twice, the position of the second.
    static func build(_ members: [Member]) -> (object: Object, duplicate: Int?) {
      guard members.count > linear else {
        for i in members.indices.dropFirst() {
          for j in 0..<i where members[j].key == members[i].key {
            return (Object(members: members, table: []), i)
          }
        }
        return (Object(members: members, table: []), nil)
      }
      var size = 32
      while size < members.count * 2 { size *= 2 }
      var duplicate: Int?
      let table = [UInt64](unsafeUninitializedCapacity: size) { slots, count in
        slots.initialize(repeating: 0)
        for (i, member) in members.enumerated() {
          let hash = Object.hash(member.key)
          var slot = Int(truncatingIfNeeded: hash) & (size - 1)
          while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32, members[Object.position(slots[slot])].key == member.key {
              duplicate = duplicate ?? i
              break
            }
            slot = (slot + 1) & (size - 1)
          }
          if slots[slot] == 0 { slots[slot] = (hash & ~0xFFFF_FFFF) | UInt64(i + 1) }
        }
        count = size
      }
      return (Object(members: members, table: table), duplicate)
    }

    private init(members: [Member], table: [UInt64]) {
      self.members = members
      self.table = table
    }

    /// Swift's hasher is seeded for each process, so a file cannot be made to collide.
    private static func hash(_ key: ByteString) -> UInt64 {
      var hasher = Hasher()
      key.hash(into: &hasher)
      return UInt64(truncatingIfNeeded: hasher.finalize())
    }

    private static func position(_ slot: UInt64) -> Int { Int(slot & 0xFFFF_FFFF) - 1 }

    public subscript(key: ByteString) -> JSON? {
      guard !table.isEmpty else { return members.first { $0.key == key }?.value }
      let hash = Object.hash(key)
      var slot = Int(truncatingIfNeeded: hash) & (table.count - 1)
      while table[slot] != 0 {
        if table[slot] >> 32 == hash >> 32 {
          let member = members[Object.position(table[slot])]
          if member.key == key { return member.value }
        }
        slot = (slot + 1) & (table.count - 1)
      }
      return nil
    }
  }
}
