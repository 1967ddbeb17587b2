// Drawing from small sets with the seeded generator. The standard library's own draws are not promised to stay the same from version to
// version; a corpus must.

import Tensors

extension SeededGenerator {
  mutating func pick<C: RandomAccessCollection>(_ items: C) -> C.Element where C.Index == Int { items[items.startIndex + below(items.count)] }
  mutating func chance(_ p: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < p }
  /// Some of 0..<n without repetition, in random order.
  mutating func distinct(_ count: Int, below n: Int) -> [Int] {
    if 4 * count > n {
      var all = Array(0..<n)
      for i in 0..<count { all.swapAt(i, i + below(n - i)) }
      return Array(all.prefix(count))
    }
    var chosen: [Int] = [], seen = Set<Int>()
    while chosen.count < count {
      let x = below(n)
      if seen.insert(x).inserted { chosen.append(x) }
    }
    return chosen
  }
}
