// MXFP4 of the Open Compute Project, as gpt-oss is published: 32 four-bit floats in a block of 16 bytes, and a byte of exponent for each
// block. Decoded when a parameter is bound, to bfloat16, in which every such number is exact; computing in four bits is not done here.

import Tensors

/// Why four-bit weights cannot be decoded. One line each.
public enum FourBitFailure: Error, Equatable, Sendable, CustomStringConvertible {
  case noScales(file: String, tensor: String, scales: String)
  case wrongType(file: String, scales: String, type: String)
  case notBlocks(file: String, tensor: String, shape: [Int])
  case wrongScales(file: String, scales: String, found: [Int], expected: [Int])

  public var description: String {
    switch self {
    case .noScales(let file, let tensor, let scales):
      "\(file): the tensor '\(tensor)' is stored in four bits, but its scales '\(scales)' are missing"
    case .wrongType(let file, let scales, let type):
      "\(file): the scales '\(scales)' are stored as \(type); they must be U8"
    case .notBlocks(let file, let tensor, let shape):
      "\(file): the four-bit tensor '\(tensor)' must be [experts, rows, blocks, 16], but has the shape \(Shape(shape).described)"
    case .wrongScales(let file, let scales, let found, let expected):
      "\(file): the scales '\(scales)' have the shape \(Shape(found).described), but its blocks need \(Shape(expected).described)"
    }
  }
}

/// Four-bit floats: a sign, two bits of exponent with bias 1, one of mantissa.
public enum Float4 {
  /// The number of each of the 16 codes.
  public static let e2m1: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]

  /// The bits of a bfloat16 for each scale and code: number · 2^(scale − 127); the scale 255 is no number.   [256 · 16]
  static let scaled: [UInt16] = (0..<256).flatMap { scale in
    e2m1.map { number in
      let value = scale == 255 ? Float.nan : Float(Double(number) * Double(sign: .plus, exponent: scale - 127, significand: 1))
      return UInt16(value.bitPattern >> 16)
    }
  }
}

extension SafetensorsEntry {
  /// Whether this holds blocks of four-bit numbers.
  public var isFourBit: Bool { dtype == .u8 && name.hasSuffix("_blocks") }

  /// What published files call the scales of four-bit blocks.
  public static func fourBitScales(of name: String) -> String { name.dropLast("blocks".count) + "scales" }

  /// The matrix of one expert, or some of its rows.
  /// - Parameters:
  ///   - scales: a byte for each block, [experts, rows, blocks]: 127 more than the exponent of two.
  ///   - expert: which matrix along the first axis; it must be one of them.
  ///   - rows: nil: all; else those of the range, every `step`-th, as far as there are so many.
  /// - Returns: bfloat16 [rows, 32 · blocks]
  public func fourBits(scales: SafetensorsEntry?, expert: Int, rows: Range<Int>?, step: Int = 1) throws(FourBitFailure) -> Tensor {
    guard let scales else { throw .noScales(file: file, tensor: name, scales: Self.fourBitScales(of: name)) }
    guard shape.count == 4, shape[3] == 16, expert < shape[0], (rows?.upperBound ?? 0) <= shape[1] else {
      throw .notBlocks(file: file, tensor: name, shape: shape)
    }
    guard scales.dtype == .u8 else { throw .wrongType(file: scales.file, scales: scales.name, type: scales.dtype.rawValue) }
    guard scales.shape == Array(shape.dropLast()) else {
      throw .wrongScales(file: scales.file, scales: scales.name, found: scales.shape, expected: Array(shape.dropLast()))
    }
    let (all, blocks) = (shape[1], shape[2])
    let wanted = Array(stride(from: rows?.lowerBound ?? 0, to: rows?.upperBound ?? all, by: step))
    if let refusal = Budget.refusal(of: wanted.count * blocks * 64) { return Tensor(fault: Fault(refusal), shape: [wanted.count, blocks * 32]) }
    let storage = Storage(count: wanted.count * blocks * 32, type: .bf16)
    let target = storage.base.assumingMemoryBound(to: UInt16.self)
    let (codes, exponents) = (bytes, scales.bytes)
    Float4.scaled.withUnsafeBufferPointer { table in
      var next = 0
      for row in wanted {
        let start = (expert * all + row) * blocks
        for block in start..<(start + blocks) {
          let base = Int(exponents[block]) * 16
          for i in 0..<16 {
            let pair = Int(codes[block * 16 + i])
            target[next] = table[base + (pair & 15)]                           // the lower half comes first
            target[next + 1] = table[base + (pair >> 4)]
            next += 2
          }
        }
      }
    }
    return Tensor(shape: [wanted.count, blocks * 32], storage: storage)
  }
}
