// 8-bit floats in blocks: the numbers of all bytes, blocks that are cut off, and what is said of files that do not fit.

import Checkpoints
import Testing

/// A file of an 8-bit matrix and, if wanted, its scales.
private func file(shape: [Int], grid: [Int]?, type: String = "F32", in folder: Folder) throws -> (codes: SafetensorsEntry, scales: SafetensorsEntry?) {
  let count = shape.reduce(1, *), blocks = grid?.reduce(1, *) ?? 0, width = type == "F32" ? 4 : 2
  var header = "{\"w\":{\"dtype\":\"F8_E4M3\",\"shape\":\(shape),\"data_offsets\":[0,\(count)]}"
  if let grid { header += ",\"w_scale_inv\":{\"dtype\":\"\(type)\",\"shape\":\(grid),\"data_offsets\":[\(count),\(count + blocks * width)]}" }
  var bytes = safetensors(header + "}")
  bytes += (0..<count).map { UInt8(truncatingIfNeeded: $0) }
  for i in 0..<blocks {
    let scale = Float(i + 1).bitPattern
    bytes += width == 4 ? withUnsafeBytes(of: scale.littleEndian, Array.init) : [0, 0]
  }
  let entries = try Safetensors(folder.write("model.safetensors", bytes)).entries
  return (entries.first { $0.name == "w" }!, entries.first { $0.name == "w_scale_inv" })
}

@Suite struct BlockScaledTests {
  /// Against the definition, number by number.
  @Test func everyByte() {
    let table = Float8.e4m3
    #expect(table.count == 256)
    #expect(table[0x00] == 0 && table[0x80] == 0 && table[0x80].sign == .minus)
    #expect(table[0x01] == 0x1p-9 && table[0x07] == 7 * 0x1p-9)
    #expect(table[0x08] == 0x1p-6 && table[0x38] == 1 && table[0x3C] == 1.5 && table[0xB8] == -1)
    #expect(table[0x7E] == 448 && table[0xFE] == -448)
    #expect(table.indices.filter { table[$0].isNaN } == [0x7F, 0xFF])
    #expect((0..<0x7E).allSatisfy { table[$0] < table[$0 + 1] })
    #expect((0..<0x7F).allSatisfy { table[$0] == -table[$0 + 0x80] })
  }

  @Test func blocksMayBeCutOff() throws {
    let folder = Folder()
    let (codes, scales) = try file(shape: [5, 7], grid: [2, 3], in: folder)
    let w = try codes.decoded(scales: scales, block: (3, 3)).values
    for row in 0..<5 {
      for column in 0..<7 {
        let scale = Float(row / 3 * 3 + column / 3 + 1)
        #expect(w[row * 7 + column] == Float8.e4m3[row * 7 + column] * scale)
      }
    }
  }

  @Test func whatDoesNotFitIsOneLine() throws {
    let folder = Folder(), path = folder["model.safetensors"]
    func says(_ shape: [Int], _ grid: [Int]?, _ type: String = "F32") throws -> String? {
      let (codes, scales) = try file(shape: shape, grid: grid, type: type, in: folder)
      return failure { try codes.decoded(scales: scales, block: (3, 3)) }
    }
    #expect(try says([4, 4], nil) == "\(path): the tensor 'w' is stored as F8_E4M3, but its scales 'w_scale_inv' are missing")
    #expect(try says([4], [2]) == "\(path): the tensor 'w' is stored as F8_E4M3 in blocks and must be a matrix, but has the shape [4]")
    #expect(try says([4, 4], [2, 2], "BF16") == "\(path): the scales 'w_scale_inv' are stored as BF16; they must be F32")
    #expect(
      try says([4, 4], [1, 2])
        == "\(path): the scales 'w_scale_inv' have the shape [1×2], but a matrix of [4×4] in blocks of [3×3] needs [2×2]")
  }
}
