// The decompression of RFC 1951 and 1950 (deflate in a zlib wrapper), for the PNG files that we draw ourselves. It is not fast, does
// not check the Adler sum, and gives nil for anything that is not whole.

enum Inflate {
  /// The bytes inside a zlib stream, or nil if it is damaged or longer than `limit`.
  static func zlib(_ data: [UInt8], limit: Int) -> [UInt8]? {
    guard data.count > 6, data[0] & 15 == 8, (Int(data[0]) << 8 | Int(data[1])) % 31 == 0, data[1] & 32 == 0 else { return nil }
    var bits = Bits(data: data, place: 2)
    var output: [UInt8] = []
    var last = false
    while !last {
      guard let final = bits.take(1), let kind = bits.take(2) else { return nil }
      last = final == 1
      let fine: Bool
      switch kind {
      case 0: fine = stored(&bits, &output, limit)
      case 1: fine = coded(&bits, &output, limit, fixedLiterals, fixedDistances)
      case 2:
        guard let (literals, distances) = tables(&bits) else { return nil }
        fine = coded(&bits, &output, limit, literals, distances)
      default: return nil
      }
      guard fine else { return nil }
    }
    return output
  }

  private struct Bits {
    let data: [UInt8]
    var place: Int
    var held: UInt32 = 0
    var count = 0

    mutating func take(_ wanted: Int) -> Int? {
      while count < wanted {
        guard place < data.count else { return nil }
        held |= UInt32(data[place]) << UInt32(count)
        place += 1
        count += 8
      }
      let value = held & ((1 << UInt32(wanted)) - 1)
      held >>= UInt32(wanted)
      count -= wanted
      return Int(value)
    }
  }

  /// A canonical Huffman code: how many codes of each length, and the symbols in order (RFC 1951, 3.2.2).
  private struct Code {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    init(_ lengths: [Int]) {
      for length in lengths { counts[length] += 1 }
      counts[0] = 0
      symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    }

    func next(_ bits: inout Bits) -> Int? {
      var code = 0
      var first = 0
      var index = 0
      for length in 1...15 {
        guard let bit = bits.take(1) else { return nil }
        code |= bit
        if code - first < counts[length] { return index + code - first < symbols.count ? symbols[index + code - first] : nil }
        index += counts[length]
        first = (first + counts[length]) << 1
        code <<= 1
      }
      return nil
    }
  }

  private static let fixedLiterals = Code(
    [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24) + [Int](repeating: 8, count: 8))
  private static let fixedDistances = Code([Int](repeating: 5, count: 30))
  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
    12289, 16385, 24577,
  ]
  private static let distanceBits = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
  ]
  private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private static func stored(_ bits: inout Bits, _ output: inout [UInt8], _ limit: Int) -> Bool {
    bits.held = 0
    bits.count = 0
    guard let length = bits.take(16), let check = bits.take(16), length == check ^ 0xFFFF else { return false }
    guard bits.place + length <= bits.data.count, output.count + length <= limit else { return false }
    output += bits.data[bits.place..<bits.place + length]
    bits.place += length
    return true
  }

  private static func tables(_ bits: inout Bits) -> (Code, Code)? {
    guard let a = bits.take(5), let b = bits.take(5), let c = bits.take(4) else { return nil }
    var lengths = [Int](repeating: 0, count: 19)
    for index in 0..<c + 4 {
      guard let length = bits.take(3) else { return nil }
      lengths[lengthOrder[index]] = length
    }
    let code = Code(lengths)
    let wanted = a + 257 + b + 1
    var all: [Int] = []
    while all.count < wanted {
      guard let symbol = code.next(&bits) else { return nil }
      switch symbol {
      case 0..<16: all.append(symbol)
      case 16:
        guard let before = all.last, let extra = bits.take(2) else { return nil }
        all += [Int](repeating: before, count: 3 + extra)
      default:
        guard let extra = bits.take(symbol == 17 ? 3 : 7) else { return nil }
        all += [Int](repeating: 0, count: (symbol == 17 ? 3 : 11) + extra)
      }
    }
    guard all.count == wanted else { return nil }
    return (Code(Array(all[..<(a + 257)])), Code(Array(all[(a + 257)...])))
  }

  private static func coded(_ bits: inout Bits, _ output: inout [UInt8], _ limit: Int, _ literals: Code, _ distances: Code) -> Bool {
    while true {
      guard let symbol = literals.next(&bits) else { return false }
      if symbol < 256 {
        guard output.count < limit else { return false }
        output.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return true }
      guard symbol - 257 < lengthBases.count, let more = bits.take(lengthBits[symbol - 257]),
        let kind = distances.next(&bits), kind < distanceBases.count, let further = bits.take(distanceBits[kind])
      else { return false }
      let length = lengthBases[symbol - 257] + more
      let distance = distanceBases[kind] + further
      guard distance <= output.count, output.count + length <= limit else { return false }
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }
}
