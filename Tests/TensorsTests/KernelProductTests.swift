// Linear layers, batched products and attention against plain loops in double precision.
import CKernels
import Testing

@Suite("Kernels: products", .serialized) struct KernelProductTests {
  /// y has two more columns than the result, which must stay as they are.
  static func linear(_ x: [Float], _ w: Weights, bias: [Float]?, m: Int, n: Int, k: Int) -> [Float] {
    var y = [Float](repeating: 77, count: m * (n + 2))
    let stopped = w.use { w_ in
      ork_linear(x, Int64(k + 3), w_, w.type, Int64(k + 1), bias, &y, Int64(n + 2), Int64(m), Int64(n), Int64(k), nil)
    }
    #expect(stopped == 0)
    for i in 0..<m { #expect(y[i * (n + 2) + n] == 77 && y[i * (n + 2) + n + 1] == 77) }
    return (0..<m).flatMap { i in y[(i * (n + 2))..<(i * (n + 2) + n)] }
  }

  static func naiveLinear(_ x: [Float], _ w: Weights, bias: [Float]?, m: Int, n: Int, k: Int) -> [Double] {
    var y: [Double] = []
    for i in 0..<m {
      for j in 0..<n {
        var sum = Double(bias?[j] ?? 0)
        for p in 0..<k { sum += Double(x[i * (k + 3) + p]) * Double(w.values[j * (k + 1) + p]) }
        y.append(sum)
      }
    }
    return y
  }

  @Test("a linear layer equals the double loop", arguments: allTypes)
  func linearLayer(type: ork_type) {
    var numbers = Numbers(1)
    for (m, n, k) in [
      (1, 1, 1), (1, 7, 13), (1, 33, 65), (2, 5, 31), (3, 4, 16), (5, 31, 33), (6, 13, 7), (7, 65, 130), (13, 33, 31), (24, 8, 48),
      (25, 31, 65), (31, 33, 13), (33, 65, 33), (65, 7, 1), (37, 70, 401), (3, 4, 0), (30, 5, 0),
    ] {
      let x = numbers.array(m * (k + 3)), w = Weights(numbers.array(n * (k + 1)), type), bias = numbers.array(n)
      for bias in [nil, bias] {
        let expected = Self.naiveLinear(x, w, bias: bias, m: m, n: n, k: k)
        withEveryInstructionSet { name in
          let far = distance(Self.linear(x, w, bias: bias, m: m, n: n, k: k), expected)
          #expect(far < 1e-5, "\(name) m \(m) n \(n) k \(k): \(far)")
        }
      }
    }
  }

  @Test("the same bits for one, two and three threads")
  func threads() {
    let before = ork_threads()
    defer { ork_set_threads(before) }
    var numbers = Numbers(2)
    for (m, n, k) in [(1, 3001, 130), (9, 701, 130), (61, 515, 130), (600, 65, 33)] {
      let x = numbers.array(m * (k + 3)), w = Weights(numbers.array(n * (k + 1)), ORK_BF16)
      withEveryInstructionSet { name in
        let results = [Int32(1), 2, 3].map { (count: Int32) -> [UInt32] in
          ork_set_threads(count)
          return bits(Self.linear(x, w, bias: nil, m: m, n: n, k: k))
        }
        #expect(results[0] == results[1] && results[0] == results[2], "\(name) m \(m)")
      }
    }
  }

  @Test("a row does not depend on how many rows there are")
  func rowsStandAlone() {
    var numbers = Numbers(3)
    let n = 37, k = 131, x = numbers.array(64 * (k + 3)), w = Weights(numbers.array(n * (k + 1)), ORK_F32)
    withEveryInstructionSet { name in
      let one = Self.linear(x, w, bias: nil, m: 1, n: n, k: k), packed = Self.linear(x, w, bias: nil, m: 25, n: n, k: k)
      for m in [2, 3, 7, 16, 24] {
        #expect(bits(Array(Self.linear(x, w, bias: nil, m: m, n: n, k: k)[..<n])) == bits(one), "\(name) \(m)")
      }
      for m in [26, 40, 64] {
        #expect(bits(Array(Self.linear(x, w, bias: nil, m: m, n: n, k: k)[..<n])) == bits(Array(packed[..<n])), "\(name) \(m)")
      }
      let far = distance(Array(packed[..<n]), one.map { Double($0) })
      #expect(far < 2e-6)
    }
  }

  @Test("several layers of one x have the bits of each alone", arguments: [1, 5, 30])
  func several(m: Int) {
    var numbers = Numbers(6)
    let k = 301, x = numbers.array(m * (k + 3)), sizes = [700, 3, 257]
    let weights = zip(sizes, allTypes).map { Weights(numbers.array($0 * (k + 1)), $1) }, bias = numbers.array(257)
    withEveryInstructionSet { name in
      let alone = weights.indices.map { i in
        bits(Self.linear(x, weights[i], bias: i == 2 ? bias : nil, m: m, n: sizes[i], k: k))
      }
      var first = [Float](repeating: 77, count: m * sizes[0]), second = [Float](repeating: 77, count: m * sizes[1])
      var third = [Float](repeating: 77, count: m * sizes[2])
      let stopped = weights[0].use { w0 in weights[1].use { w1 in weights[2].use { w2 in
        bias.withUnsafeBufferPointer { bias in
          first.withUnsafeMutableBufferPointer { y0 in
            second.withUnsafeMutableBufferPointer { y1 in third.withUnsafeMutableBufferPointer { y2 in
              let layers = zip([w0, w1, w2], [y0, y1, y2]).enumerated().map { i, pair in
                ork_weight(w: pair.0, type: allTypes[i], ldw: Int64(k + 1), bias: i == 2 ? bias.baseAddress : nil,
                           y: pair.1.baseAddress, ldy: Int64(sizes[i]), n: Int64(sizes[i]))
              }
              return ork_linears(x, Int64(k + 3), Int64(m), Int64(k), 3, layers, nil)
            } }
          }
        }
      } } }
      let together = [first, second, third].map { bits($0) }
      #expect(stopped == 0 && together == alone, "\(name) m \(m)")
    }
  }

  @Test("a batched product with any strides", arguments: allTypes)
  func batched(type: ork_type) {
    var numbers = Numbers(4)
    for (m, n, k) in [(1, 1, 1), (5, 7, 13), (12, 64, 33), (31, 33, 65), (70, 13, 31), (1, 65, 31)] {
      for turnedA in [false, true] {
        for turnedB in [false, true] {
          let batch: [Int64] = [2, 3]
          let a = numbers.array(2 * m * k), b = Weights(numbers.array(3 * k * n), type)
          let sa = [Int64(m * k), 0], sb = [0, Int64(k * n)], sc = [Int64(3 * m * n), Int64(m * n)]
          let (ra, ca) = turnedA ? (1, m) : (k, 1), (rb, cb) = turnedB ? (1, k) : (n, 1)
          var expected: [Double] = []
          for p in 0..<2 { for q in 0..<3 { for i in 0..<m { for j in 0..<n {
            var sum = 0.0
            for l in 0..<k { sum += Double(a[p * m * k + i * ra + l * ca]) * Double(b.values[q * k * n + l * rb + j * cb]) }
            expected.append(sum * 0.5)
          } } } }
          withEveryInstructionSet { name in
            var c = [Float](repeating: 77, count: 6 * m * n)
            let stopped = b.use { b_ in
              ork_matmul(2, batch, sa, sb, sc, a, Int64(ra), Int64(ca), b_, type, Int64(rb), Int64(cb), &c, Int64(n),
                         Int64(m), Int64(n), Int64(k), 0.5, nil)
            }
            let far = distance(c, expected)
            #expect(stopped == 0 && far < 1e-5, "\(name) m \(m) n \(n) k \(k) \(turnedA) \(turnedB): \(far)")
          }
        }
      }
    }
  }

  @Test("a stop flag ends every long kernel")
  func stop() {
    let m = 40, n = 100, k = 50
    var flag: Int32 = 1
    let x = [Float](repeating: 1, count: m * k), w = [Float](repeating: 1, count: n * k)
    var y = [Float](repeating: 77, count: m * n)
    #expect(ork_linear(x, 50, w, ORK_F32, 50, nil, &y, 100, 40, 100, 50, &flag) == 1)
    #expect(ork_linear(x, 50, w, ORK_F32, 50, nil, &y, 100, 1, 100, 50, &flag) == 1)
    #expect(ork_matmul(0, nil, nil, nil, nil, x, 50, 1, w, ORK_F32, 1, 50, &y, 100, 40, 100, 50, 1, &flag) == 1)
    #expect(y.allSatisfy { $0 == 77 })
    for queries in [1, 40] {
      #expect(KernelAttentionTests.Problem(seed: 1, queries: queries, keys: 33).run(stop: &flag).stopped == 1)
    }
  }
}
