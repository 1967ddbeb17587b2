// A canvas of vectors and the words next to them: what decoders that remove Gaussian noise share.

import Blocks
import Tensors

/// The table of word vectors, and who is nearest.
struct VectorCanvas: Sendable {
  /// [vocabulary, vectors]
  let table: Tensor
  private let squares: [Float]

  init(_ table: Tensor) {
    self.table = table.materialised.untracked
    squares = Reduce(.sumOfSquares).apply([self.table]).values
  }

  var width: Int { table.shape[1] }

  /// The rows of these words.   [words · vectors]
  func rows(_ ids: [Int]) -> [Float] {
    ids.flatMap { id in Array(UnsafeBufferPointer(start: table.pointer + id * width, count: width)) }
  }

  struct Nearest {
    let word: Int, second: Int
    /// Euclidean distances to the two.
    let distance: Float, further: Float
  }

  /// The nearest words of each vector.   x [n · vectors]
  func nearest(_ x: [Float]) -> [Nearest] {
    let n = x.count / max(1, width), count = table.shape[0]
    let products = contract("nd,vd->nv", Tensor(x, [n, width]), table).values
    return (0..<n).map { i in
      let own = x[(i * width)..<((i + 1) * width)].reduce(Float(0)) { $0 + $1 * $1 }
      var (best, second) = (-1, -1)
      var (least, next) = (Float.infinity, Float.infinity)
      for v in 0..<count {
        let d = own - 2 * products[i * count + v] + squares[v]
        if d < least { (second, next, best, least) = (best, least, v, d) } else if d < next { (second, next) = (v, d) }
      }
      return Nearest(word: best, second: max(second, best), distance: max(0, least).squareRoot(), further: max(0, next).squareRoot())
    }
  }

  /// The canvas as a row of tokens: nearest word and distance of each position.
  static func detail(_ words: [Nearest], given: Int, before: [Int]?) -> TraceDetail {
    TraceDetail(
      "canvas", note: "nearest word and its distance",
      .tokens(
        words.enumerated().map { i, found in
          let mark: TraceDetail.Mark = i < given ? .kept : before.map { $0[i] == found.word } ?? false ? .masked : .changed
          return TraceDetail.TokenCell(.token(found.word), mark, number: found.distance, note: i < given ? "" : "the next word is \(((found.further - found.distance) * 100).rounded() / 100) farther")
        }))
  }
}
