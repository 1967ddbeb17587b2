// Four-bit floats in blocks of 32 with an exponent: the numbers of all codes, the order within a byte, and what is said of files that do not fit.

import Checkpoints
import Tensors
import Testing

/// A file of four-bit blocks and, if wanted, their scales.
private func file(shape: [Int], grid: [Int]?, scale: UInt8 = 127, type: String = "U8", in folder: Folder) throws -> (codes: SafetensorsEntry, scales: SafetensorsEntry?) {
  let count = shape.reduce(1, *), blocks = grid?.reduce(1, *) ?? 0, width = type == "U8" ? 1 : 2
  var header = "{\"w_blocks\":{\"dtype\":\"U8\",\"shape\":\(shape),\"data_offsets\":[0,\(count)]}"
  if let grid { header += ",\"w_scales\":{\"dtype\":\"\(type)\",\"shape\":\(grid),\"data_offsets\":[\(count),\(count + blocks * width)]}" }
  let bytes = safetensors(header + "}") + (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) } + (0..<(blocks * width)).map { UInt8(truncatingIfNeeded: Int(scale) + $0 % 3) }
  let entries = try Safetensors(folder.write("model.safetensors", bytes)).entries
  return (entries.first { $0.name == "w_blocks" }!, entries.first { $0.name == "w_scales" })
}

@Suite struct FourBitTests {
  @Test func everyNumber() throws {
    #expect(Float4.e2m1.prefix(8) == [0, 0.5, 1, 1.5, 2, 3, 4, 6])
    let folder = Folder()
    let (codes, scales) = try file(shape: [2, 6, 3, 16], grid: [2, 6, 3], scale: 125, in: folder)
    #expect(codes.isFourBit && SafetensorsEntry.fourBitScales(of: codes.name) == "w_scales")
    for expert in 0..<2 {
      let w = try codes.fourBits(scales: scales, expert: expert, rows: nil)
      #expect(w.shape == [6, 96])
      let odd = try codes.fourBits(scales: scales, expert: expert, rows: 1..<6, step: 2)
      #expect(odd.shape == [3, 96])
      for row in 0..<6 {
        for column in 0..<96 {
          let block = (expert * 6 + row) * 3 + column / 32
          let byte = UInt8(truncatingIfNeeded: (block * 16 + column % 32 / 2) * 37)
          let number = Float4.e2m1[Int(column % 2 == 0 ? byte & 15 : byte >> 4)] * [0.25, 0.5, 1][block % 3]
          #expect(w.values[row * 96 + column] == number)
          if row % 2 == 1 { #expect(odd.values[row / 2 * 96 + column] == number) }
        }
      }
    }
  }

  @Test func errorsAreOneLine() throws {
    let folder = Folder()
    func failure(shape: [Int] = [1, 2, 1, 16], grid: [Int]? = [1, 2, 1], type: String = "U8", rows: Range<Int>? = nil) throws -> String {
      let (codes, scales) = try file(shape: shape, grid: grid, type: type, in: folder)
      do {
        _ = try codes.fourBits(scales: scales, expert: 0, rows: rows)
        return ""
      } catch { return "\(error)" }
    }
    #expect(try failure(grid: nil).hasSuffix("the tensor 'w_blocks' is stored in four bits, but its scales 'w_scales' are missing"))
    #expect(try failure(type: "F16").hasSuffix("the scales 'w_scales' are stored as F16; they must be U8"))
    #expect(try failure(shape: [1, 2, 1, 8]).hasSuffix("the four-bit tensor 'w_blocks' must be [experts, rows, blocks, 16], but has the shape [1×2×1×8]"))
    #expect(try failure(rows: 0..<3).contains("must be [experts, rows, blocks, 16]"))
    #expect(try failure(grid: [1, 1, 1]).hasSuffix("the scales 'w_scales' have the shape [1×1×1], but its blocks need [1×2×1]"))
  }
}
