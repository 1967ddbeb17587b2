// MXFP4, the 4-bit floats of the Open Compute Project's microscaling formats (gpt-oss): decoded once, when they are bound. Every
// number of the format is a bfloat16 exactly, and that is what becomes of it.

import Tensors

/// Why 4-bit blocks cannot be decoded. One line each.
public enum MicroScaleFailure: Error, Equatable, Sendable, CustomStringConvertible {
  case noScales(file: String, tensor: String, scales: String)
  case wrongShape(file: String, tensor: String, shape: [Int])
  case wrongScales(file: String, scales: String, type: String, shape: [Int], expected: [Int])

  public var description: String {
    switch self {
    case .noScales(let file, let tensor, let scales):
      "\(file): the tensor '\(tensor)' is stored in MXFP4 blocks, but its scales '\(scales)' are missing"
    case .wrongShape(let file, let tensor, let shape):
      "\(file): the tensor '\(tensor)' is stored in MXFP4 blocks and must be [… × rows × blocks × 16] bytes, but is \(Shape(shape).described)"
    case .wrongScales(let file, let scales, let type, let shape, let expected):
      "\(file): the scales '\(scales)' must be U8 of the shape \(Shape(expected).described), but are \(type) of \(Shape(shape).described)"
    }
  }
}

extension SafetensorsEntry {
  /// Whether this entry holds MXFP4 blocks, as published files name them.
  public var isMicroScaled: Bool { dtype == .u8 && name.hasSuffix("_blocks") }

  /// What published files call the scales of blocks.
  public static func microScales(of name: String) -> String { name.dropLast("blocks".count) + "scales" }

  /// Sixteen bytes hold 32 numbers, the low half of a byte first; each is ±{0, ½, 1, 1½, 2, 3, 4, 6} times 2^(scale − 127) of its block.
  /// - Parameter scales: bytes, one for each block.
  /// - Returns: bfloat16 [… , rows, 32 · blocks]
  public func microDecoded(scales: SafetensorsEntry?) throws(MicroScaleFailure) -> Tensor {
    guard let scales else { throw .noScales(file: file, tensor: name, scales: Self.microScales(of: name)) }
    guard shape.count >= 3, shape.last == 16 else { throw .wrongShape(file: file, tensor: name, shape: shape) }
    let grid = Array(shape.dropLast())
    guard scales.dtype == .u8, scales.shape == grid else {
      throw .wrongScales(file: scales.file, scales: scales.name, type: scales.dtype.rawValue, shape: scales.shape, expected: grid)
    }
    let target = Array(grid.dropLast()) + [32 * grid.last!]
    let storage = Storage(count: target.elementCount, type: .bf16)
    let out = storage.base.assumingMemoryBound(to: UInt16.self)
    let magnitudes: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    for block in 0..<grid.elementCount {
      // The highest scale stands for no number; the lowest powers are below bfloat16's normal range and still exact.
      let code = Int(scales.bytes[block])
      let power = code == 255 ? Float.nan : Float(sign: .plus, exponent: code - 127, significand: 1)
      for byte in 0..<16 {
        let pair = bytes[block * 16 + byte]
        for (half, nibble) in [(0, pair & 15), (1, pair >> 4)] {
          let number = (nibble & 8 == 0 ? 1 : -1) * magnitudes[Int(nibble & 7)] * power
          out[block * 32 + 2 * byte + half] = UInt16(truncatingIfNeeded: number.bitPattern >> 16)
        }
      }
    }
    return Tensor(shape: target, storage: storage)
  }
}
