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
    private let table: [Int32]

    static let linear = 12

    /// Keys must differ: `duplicate` of the second initialiser tells where they do not.
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
      let table = [Int32](unsafeUninitializedCapacity: size) { slots, count in
        slots.initialize(repeating: -1)
        for (i, member) in members.enumerated() {
          var slot = Object.hash(member.key) & (size - 1)
          while slots[slot] >= 0 {
            if members[Int(slots[slot])].key == member.key {
              duplicate = duplicate ?? i
              break
            }
            slot = (slot + 1) & (size - 1)
          }
          if slots[slot] < 0 { slots[slot] = Int32(i) }
        }
        count = size
      }
      return (Object(members: members, table: table), duplicate)
    }

    private init(members: [Member], table: [Int32]) {
      self.members = members
      self.table = table
    }

    /// Swift's hasher is seeded for each process, so a file cannot be made to collide.
    private static func hash(_ key: ByteString) -> Int {
      var hasher = Hasher()
      key.hash(into: &hasher)
      return hasher.finalize()
    }

    public subscript(key: ByteString) -> JSON? {
      guard !table.isEmpty else { return members.first { $0.key == key }?.value }
      var slot = Object.hash(key) & (table.count - 1)
      while table[slot] >= 0 {
        let member = members[Int(table[slot])]
        if member.key == key { return member.value }
        slot = (slot + 1) & (table.count - 1)
      }
      return nil
    }
  }
}
