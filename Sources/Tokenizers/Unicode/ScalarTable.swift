/// A number for every code point, in pages of 256 that are shared when they are equal: one lookup costs two loads.
struct ScalarTable: Sendable {
  private var index: [UInt16] = []
  private var pages: [UInt16] = []

  /// From runs of (length, value) over 0…10FFFF.
  init(runs: inout PackedTable) {
    var flat = [UInt16](repeating: 0, count: 0x110000)
    var at = 0
    while !runs.isAtEnd {
      let length = runs.next()
      let value = UInt16(truncatingIfNeeded: runs.next())
      let end = min(at + length, flat.count)
      if value != 0 { for i in at..<end { flat[i] = value } }
      at = end
    }
    var uniform: [UInt16: UInt16] = [:]
    for page in stride(from: 0, to: flat.count, by: 256) {
      let values = flat[page..<page + 256]
      let first = values[page]
      let isUniform = values.allSatisfy { $0 == first }
      if isUniform, let known = uniform[first] {
        index.append(known)
        continue
      }
      let number = UInt16(pages.count / 256)
      if isUniform { uniform[first] = number }
      index.append(number)
      pages.append(contentsOf: values)
    }
  }

  @inline(__always)
  subscript(scalar: UInt32) -> UInt16 {
    pages[Int(index[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
  }

  /// The code points with a value for which `condition` holds, as closed ranges.
  func ranges(where condition: (UInt16) -> Bool) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var start: UInt32?
    for scalar in UInt32(0)..<0x110000 {
      if condition(self[scalar]) {
        if start == nil { start = scalar }
      } else if let first = start {
        result.append(first...scalar - 1)
        start = nil
      }
    }
    if let first = start { result.append(first...0x10FFFF) }
    return result
  }
}
