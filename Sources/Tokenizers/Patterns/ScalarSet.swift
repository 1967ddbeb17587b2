/// A set of code points for a character class: bits for the first plane, ranges for all above.
struct ScalarSet: Sendable {
  /// Sorted, disjoint, not adjacent.
  let ranges: [ClosedRange<UInt32>]
  private let plane: [UInt64]
  private let above: [ClosedRange<UInt32>]

  init(_ unsorted: [ClosedRange<UInt32>]) {
    var merged: [ClosedRange<UInt32>] = []
    for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound <= last.upperBound &+ 1 {
        merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    ranges = merged
    var bits = [UInt64](repeating: 0, count: 1024)
    for range in merged where range.lowerBound < 0x10000 {
      for scalar in range.lowerBound...min(range.upperBound, 0xFFFF) { bits[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63) }
    }
    plane = bits
    above = merged.filter { $0.upperBound >= 0x10000 }
  }

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 0x10000 { return plane[Int(scalar >> 6)] >> UInt64(scalar & 63) & 1 != 0 }
    return containsAbove(scalar)
  }

  private func containsAbove(_ scalar: UInt32) -> Bool {
    var low = 0
    var high = above.count
    while low < high {
      let middle = (low + high) / 2
      if above[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < above.count && above[low].contains(scalar)
  }

  var inverted: ScalarSet {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= 0x10FFFF { result.append(next...0x10FFFF) }
    return ScalarSet(result)
  }

  func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }
  func intersection(_ other: ScalarSet) -> ScalarSet { inverted.union(other.inverted).inverted }

  /// How many code points it has.
  var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// With every letter's other cases. Sets of more than a few letters (`\p{Lu}`) stay: no published pattern folds those.
  var folded: ScalarSet {
    guard count <= 512 else { return self }
    var result = ranges
    for range in ranges {
      for scalar in range { for other in CaseFolding.variants(of: scalar) { result.append(other...other) } }
    }
    return ScalarSet(result)
  }
}

/// Letters that differ only in case, as `(?i)` takes them: one scalar for one scalar.
enum CaseFolding {
  static func variants(of scalar: UInt32) -> [UInt32] { classes[fold(scalar)] ?? [] }

  private static func fold(_ scalar: UInt32) -> UInt32 {
    if let special = specials[scalar] { return special }
    let lower = ScalarProperties.lowercase(scalar)
    return lower?.count == 1 ? lower![0] : scalar
  }

  /// Lower-case letters that fold to another one (Unicode's CaseFolding.txt, status C, where it is not the lower case).
  private static let specials: [UInt32: UInt32] = [
    0xB5: 0x3BC, 0x17F: 0x73, 0x345: 0x3B9, 0x3C2: 0x3C3, 0x3D0: 0x3B2, 0x3D1: 0x3B8, 0x3D5: 0x3C6, 0x3D6: 0x3C0,
    0x3F0: 0x3BA, 0x3F1: 0x3C1, 0x3F5: 0x3B5, 0x1E9B: 0x1E61, 0x1FBE: 0x3B9,
  ]

  private static let classes: [UInt32: [UInt32]] = {
    var result: [UInt32: [UInt32]] = [:]
    for (scalar, lower) in ScalarProperties.lowercaseTable where lower.count == 1 { result[lower[0], default: [lower[0]]].append(scalar) }
    for scalar in UInt32(0x41)...0x5A { result[scalar + 32, default: [scalar + 32]].append(scalar) }
    for (scalar, folded) in specials { result[folded, default: [folded]].append(scalar) }
    return result
  }()
}
