// The positions of the Transformer of 2017: computed, not learned, and added to the token embedding.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// PE[p, 2k] = sin(p / base^(2k/width)), PE[p, 2k+1] = cos of the same (Vaswani et al. 2017, 3.5).
public struct Sinusoid: Hashable, Sendable {
  public let width: Int
  public let base: Float

  public init(width: Int, base: Float = 10_000) { (self.width, self.base) = (width, base) }

  /// The rows of these positions.   [shape…, width]
  func callAsFunction(_ positions: [Int32], shape: Shape, outline: Bool) -> Tensor {
    if outline { return Tensor(outline: shape + [width]) }
    let rates = (0..<width).map { powf(base, -Float($0 / 2 * 2) / Float(width)) }
    return .filling(shape + [width]) { rows, range in
      for i in range {
        let column = i % width, angle = Float(positions[i / width]) * rates[column]
        rows[i] = column % 2 == 0 ? sinf(angle) : cosf(angle)
      }
    }
  }
}
