// Rows, functions of numbers, moving and threads, against double precision and exact expectations.
import CKernels
import Foundation
import Testing

private let widths = [1, 7, 13, 16, 31, 33, 65, 130, 1000]

@Suite("Kernels: rows", .serialized) struct KernelRowTests {
  /// Applies a row kernel to 5 rows that are 3 apart more than they are wide.
  func rows(_ x: [Float], _ width: Int, _ kernel: (UnsafePointer<Float>, Int64, UnsafeMutablePointer<Float>, Int64) -> Void) -> [Float] {
    var y = [Float](repeating: 77, count: 5 * (width + 2))
    kernel(x, Int64(width + 3), &y, Int64(width + 2))
    for r in 0..<5 { #expect(y[r * (width + 2) + width] == 77 && y[r * (width + 2) + width + 1] == 77) }
    return (0..<5).flatMap { r in y[r * (width + 2)..<r * (width + 2) + width] }
  }

  @Test("softmax, log softmax and the norms", arguments: widths)
  func normalised(width: Int) {
    var numbers = Numbers(width)
    let x = numbers.array(5 * (width + 3)).map { 8 * $0 }, gain = numbers.array(width), bias = numbers.array(width)
    let input = (0..<5).map { r in x[r * (width + 3)..<r * (width + 3) + width].map(Double.init) }
    func expected(_ f: ([Double]) -> [Double]) -> [Double] { input.flatMap(f) }
    func logits(_ v: [Double]) -> [Double] {
      let most = v.max()!, sum = v.reduce(0) { $0 + exp($1 - most) }
      return v.map { $0 - most - log(sum) }
    }
    let g = gain.map(Double.init), b = bias.map(Double.init), n = Int64(width)
    withEveryInstructionSet { name in
      let soft = rows(x, width) { ork_softmax($0, $1, $2, $3, 5, n) }, logs = rows(x, width) { ork_log_softmax($0, $1, $2, $3, 5, n) }
      let softFar = distance(soft, expected { logits($0).map { exp($0) } }), logFar = distance(logs, expected(logits))
      #expect(softFar < 1e-6 && logFar < 1e-6, "\(name)")
      for gain in [nil, gain] {
        let rms = expected { v in
          let s = 1 / sqrt(v.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-5)
          return v.indices.map { v[$0] * s * (gain == nil ? 1 : g[$0]) }
        }
        let rmsFar = distance(rows(x, width) { ork_rms_norm($0, $1, gain, $2, $3, 5, n, 1e-5) }, rms)
        let layer = expected { v in
          let mean = v.reduce(0, +) / Double(width), s = 1 / sqrt(v.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width) + 0.1)
          return v.indices.map { (v[$0] - mean) * s * (gain == nil ? 1 : g[$0]) + (gain == nil ? 0 : b[$0]) }
        }
        let layerFar = distance(rows(x, width) { ork_layer_norm($0, $1, gain, gain == nil ? nil : bias, $2, $3, 5, n, 0.1) }, layer)
        #expect(rmsFar < 2e-6 && layerFar < 3e-6, "\(name) \(rmsFar) \(layerFar)")
      }
    }
  }

  @Test("softmax at its limits")
  func limits() {
    let inf = Float.infinity
    withEveryInstructionSet { name in
      for (x, softmax, logs) in [
        ([-inf, -inf, -inf], [0, 0, 0], [-inf, -inf, -inf]),
        ([-inf, 2, -inf], [0, 1, 0], [-inf, 0, -inf]),
        ([3e38, 3e38], [0.5, 0.5], [-0.6931472, -0.6931472]),
        ([0, .nan], [.nan, .nan], [.nan, .nan]),
      ] as [([Float], [Float], [Float])] {
        var y = x, z = x
        y.withUnsafeMutableBufferPointer { ork_softmax($0.baseAddress, 0, $0.baseAddress, 0, 1, Int64(x.count)) }
        z.withUnsafeMutableBufferPointer { ork_log_softmax($0.baseAddress, 0, $0.baseAddress, 0, 1, Int64(x.count)) }
        #expect("\(y)" == "\(softmax)" && "\(z)" == "\(logs)", "\(name)")
      }
    }
  }

  @Test("reductions, and the empty row", arguments: [0] + widths)
  func reductions(width: Int) {
    var numbers = Numbers(width + 1)
    let x = numbers.array(5 * (width + 3))
    func reduce(_ r: ork_reduction, _ x: [Float]) -> [Float] {
      var y = [Float](repeating: 77, count: 5)
      ork_reduce(r, x, Int64(width + 3), &y, 5, Int64(width))
      return y
    }
    let input = (0..<5).map { r in Array(x[r * (width + 3)..<r * (width + 3) + width]) }
    withEveryInstructionSet { name in
      let sums = input.map { $0.reduce(0) { $0 + Double($1) } }, squares = input.map { $0.reduce(0) { $0 + Double($1) * Double($1) } }
      let largest = input.map { $0.max() ?? -.infinity }, smallest = input.map { $0.min() ?? .infinity }
      let coarse = x.map { ($0 * 4).rounded() }
      let firsts = (0..<5).map { r in
        let row = Array(coarse[r * (width + 3)..<r * (width + 3) + width])
        return Float(row.firstIndex(of: row.max() ?? 0) ?? 0)
      }
      #expect(distance(reduce(ORK_SUM, x), sums) < 5e-6 && distance(reduce(ORK_SUM_SQUARES, x), squares) < 1e-6, "\(name)")
      #expect(reduce(ORK_MAX, x) == largest && reduce(ORK_MIN, x) == smallest && reduce(ORK_ARGMAX, coarse) == firsts, "\(name)")
      if width > 1 {
        var odd = x
        odd[width - 1] = .nan
        #expect(reduce(ORK_MAX, odd)[0].isNaN && reduce(ORK_MIN, odd)[0].isNaN && reduce(ORK_ARGMAX, odd)[0] == Float(width - 1), "\(name)")
      }
    }
  }

  @Test("rotation of halves and of pairs", arguments: [(8, 8), (20, 12), (64, 64), (6, 0), (70, 66)])
  func rotation(width: Int, rotary: Int) {
    var numbers = Numbers(width)
    let (batch, rows, heads, pairs) = (2, 5, 3, rotary / 2)
    let x = numbers.array(batch * rows * heads * width), index: [Int32] = [4, 0, 9, 2, 2, 7, 1, 3, 5, 8]
    let angles = (0..<10 * max(1, pairs)).map { Double($0) * 0.37 }
    let cosines = angles.map { Float(cos($0)) }, sines = angles.map { Float(sin($0)) }
    for half in [false, true] {
      var expected = x.map(Double.init)
      for row in 0..<batch * rows { for h in 0..<heads { for m in 0..<pairs {
        let start = (row * heads + h) * width, (i, j) = half ? (m, m + pairs) : (2 * m, 2 * m + 1)
        let a = Double(x[start + i]), b = Double(x[start + j]), at = Int(index[row]) * pairs + m
        expected[start + i] = a * Double(cosines[at]) - b * Double(sines[at])
        expected[start + j] = b * Double(cosines[at]) + a * Double(sines[at])
      } } }
      withEveryInstructionSet { name in
        var y = [Float](repeating: 77, count: x.count)
        ork_rotate(x, Int64(rows * heads * width), Int64(heads * width), Int64(width), &y, Int64(batch), Int64(rows), Int64(heads),
                   Int64(width), Int64(rotary), half ? 1 : 0, cosines, sines, index, Int64(rows))
        #expect(distance(y, expected) < 1e-6, "\(name) half \(half)")
      }
    }
  }
}

@Suite("Kernels: threads", .serialized) struct KernelThreadTests {
  /// Plain memory: threads write to different places of it at once, which a Swift array does not allow.
  final class Marks: @unchecked Sendable {
    let count: UnsafeMutableBufferPointer<Int32>
    let cuts: UnsafeMutableBufferPointer<Bool>
    init(_ n: Int) {
      (count, cuts) = (.allocate(capacity: n), .allocate(capacity: n))
      count.initialize(repeating: 0)
      cuts.initialize(repeating: false)
    }
    deinit {
      count.deallocate()
      cuts.deallocate()
    }
  }

  @Test("a job covers its range once, cut at multiples of the grain, from many callers at once")
  func coverage() async {
    let before = ork_threads()
    defer { ork_set_threads(before) }
    for threads in [Int32(1), 2, 5, 3] {
      ork_set_threads(threads)
      await withTaskGroup(of: Bool.self) { group in
        for caller in 0..<4 {
          group.addTask {
            for round in 0..<50 {
              let n = 1 + (caller * 37 + round * 13) % 300, marks = Marks(n)
              ork_parallel(Int64(n), 7, { context, begin, end in
                let marks = Unmanaged<Marks>.fromOpaque(context!).takeUnretainedValue()
                marks.cuts[Int(begin)] = true
                for i in Int(begin)..<Int(end) { marks.count[i] += 1 }
              }, Unmanaged.passUnretained(marks).toOpaque())
              if !marks.count.allSatisfy({ $0 == 1 }) { return false }
              if !(0..<n).allSatisfy({ marks.cuts[$0] == ($0 % 7 == 0) }) { return false }
            }
            return true
          }
        }
        for await right in group { #expect(right) }
      }
    }
  }

  @Test("the number of threads is clamped, and reading sums the same for any number")
  func counts() {
    let before = ork_threads()
    defer { ork_set_threads(before) }
    ork_set_threads(0)
    #expect(ork_threads() == 1)
    ork_set_threads(1000)
    #expect(ork_threads() == 64)
    var numbers = Numbers(1)
    let x = numbers.array(200_001)
    ork_set_threads(1)
    let one = ork_read(x, 800_003)
    ork_set_threads(3)
    #expect(ork_read(x, 800_003) == one && ork_read(x, 0) == 0)
  }
}
