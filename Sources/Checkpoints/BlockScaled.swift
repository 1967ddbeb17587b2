// Matrices of 8-bit floats with a scale for each block (DeepSeek-V3): decoded once, when they are bound. What the kernels multiply by is
// float32 then; computing in 8 bits is not done here.

import Tensors

/// Why a block-scaled matrix cannot be decoded. One line each.
public enum BlockScaleFailure: Error, Equatable, Sendable, CustomStringConvertible {
  case noScales(file: String, tensor: String, scales: String)
  case notMatrix(file: String, tensor: String, shape: [Int])
  case wrongType(file: String, scales: String, type: String)
  case wrongGrid(file: String, scales: String, found: [Int], expected: [Int], of: [Int], block: [Int])

  public var description: String {
    switch self {
    case .noScales(let file, let tensor, let scales):
      "\(file): the tensor '\(tensor)' is stored as F8_E4M3, but its scales '\(scales)' are missing"
    case .notMatrix(let file, let tensor, let shape):
      "\(file): the tensor '\(tensor)' is stored as F8_E4M3 in blocks and must be a matrix, but has the shape \(Shape(shape).described)"
    case .wrongType(let file, let scales, let type):
      "\(file): the scales '\(scales)' are stored as \(type); they must be F32"
    case .wrongGrid(let file, let scales, let found, let expected, let shape, let block):
      "\(file): the scales '\(scales)' have the shape \(Shape(found).described), but a matrix of \(Shape(shape).described) in blocks of "
        + "\(Shape(block).described) needs \(Shape(expected).described)"
    }
  }
}

/// 8-bit floats, E4M3 of the Open Compute Project: four bits of exponent with bias 7, three of mantissa, one NaN for each sign
/// and no infinity, so that the largest number is 448.
public enum Float8 {
  /// The number of each of the 256 bytes.
  public static let e4m3: [Float] = (0..<256).map { byte in
    let sign: Float = byte & 0x80 == 0 ? 1 : -1, exponent = (byte >> 3) & 0xF, mantissa = Float(byte & 7)
    if byte & 0x7F == 0x7F { return .nan }
    if exponent == 0 { return sign * mantissa / 8 * 0x1p-6 }
    return sign * (1 + mantissa / 8) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
  }
}

extension SafetensorsEntry {
  /// What published files call the scales of a matrix. Multiplied by, in spite of the name.
  public static func scales(of name: String) -> String { name + "_scale_inv" }

  /// The numbers of an F8_E4M3 matrix: each times the scale of its block. Blocks at the right and lower edge may be cut off.
  /// - Parameters:
  ///   - scales: float32 [⌈rows / block rows⌉, ⌈columns / block columns⌉].
  ///   - block: rows and columns of a block; both at least 1.
  /// - Returns: float32 [rows, columns]; poisoned if there is no memory for it
  public func decoded(scales: SafetensorsEntry?, block: (rows: Int, columns: Int)) throws(BlockScaleFailure) -> Tensor {
    guard let scales else { throw .noScales(file: file, tensor: name, scales: Self.scales(of: name)) }
    guard shape.count == 2 else { throw .notMatrix(file: file, tensor: name, shape: shape) }
    guard scales.dtype == .f32 else { throw .wrongType(file: scales.file, scales: scales.name, type: scales.dtype.rawValue) }
    let (rows, columns) = (shape[0], shape[1])
    let grid = [(rows + block.rows - 1) / block.rows, (columns + block.columns - 1) / block.columns]
    guard scales.shape == grid else {
      throw .wrongGrid(file: scales.file, scales: scales.name, found: scales.shape, expected: grid, of: shape, block: [block.rows, block.columns])
    }
    let result = Tensor(asking: shape)
    if result.fault != nil { return result }
    let (codes, factors) = (bytes, scales.bytes)
    Float8.e4m3.withUnsafeBufferPointer { table in
      for row in 0..<rows {
        for across in 0..<grid[1] {
          let scale = Float(bitPattern: UInt32(littleEndian: factors.loadUnaligned(
            fromByteOffset: 4 * (row / block.rows * grid[1] + across), as: UInt32.self)))
          for column in (across * block.columns)..<min(columns, (across + 1) * block.columns) {
            result.pointer[row * columns + column] = table[Int(codes[row * columns + column])] * scale
          }
        }
      }
    }
    return result
  }
}
