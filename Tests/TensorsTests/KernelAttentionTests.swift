// Fused attention against the spelled-out form in double precision.
import CKernels
import Foundation
import Testing

@Suite("Kernels: attention", .serialized) struct KernelAttentionTests {
  struct Problem {
    var batch = 2, queries: Int, keys: Int, heads = 6, groups = 3, width = 24, valueWidth = 20
    var q: [Float], k: [Float], v: [Float], bias: [Float], sinks: [Float], first: [Int64], last: [Int64]
    var ranges = false, biased = false, sunk = false

    init(seed: Int, queries: Int, keys: Int, heads: Int = 6, groups: Int = 3, width: Int = 24, valueWidth: Int = 20) {
      var numbers = Numbers(seed)
      (self.queries, self.keys, self.heads, self.groups, self.width, self.valueWidth) = (queries, keys, heads, groups, width, valueWidth)
      q = numbers.array(2 * queries * heads * width).map { 3 * $0 }
      k = numbers.array(2 * keys * groups * width).map { 3 * $0 }
      v = numbers.array(2 * keys * groups * valueWidth)
      bias = numbers.array(heads * queries * keys).map { $0 < -0.7 ? -.infinity : $0 }
      sinks = numbers.array(heads)
      first = (0..<queries).map { Int64(max(0, $0 - 5)) }                       // a sliding window; row 0 sees nothing
      last = (0..<queries).map { Int64($0 == 0 ? 0 : min(keys, $0 + max(1, keys - queries))) }
    }

    func run(stop: UnsafeMutablePointer<Int32>? = nil) -> (out: [Float], stopped: Int32) {
      var out = [Float](repeating: 77, count: batch * queries * heads * valueWidth)
      var a = ork_attention_shape()
      (a.batch, a.queries, a.keys, a.heads, a.groups) = (Int64(batch), Int64(queries), Int64(keys), Int64(heads), Int64(groups))
      (a.width, a.value_width, a.scale) = (Int64(width), Int64(valueWidth), 0.3)
      (a.q_batch, a.q_row, a.q_head) = (Int64(queries * heads * width), Int64(heads * width), Int64(width))
      (a.k_batch, a.k_row, a.k_group) = (Int64(keys * groups * width), Int64(groups * width), Int64(width))
      (a.v_batch, a.v_row, a.v_group) = (Int64(keys * groups * valueWidth), Int64(groups * valueWidth), Int64(valueWidth))
      (a.out_batch, a.out_row, a.out_head) = (Int64(queries * heads * valueWidth), Int64(heads * valueWidth), Int64(valueWidth))
      (a.bias_batch, a.bias_head, a.bias_row) = (0, Int64(queries * keys), Int64(keys))
      let stopped = q.withUnsafeBufferPointer { q in k.withUnsafeBufferPointer { k in v.withUnsafeBufferPointer { v in
        bias.withUnsafeBufferPointer { bias in sinks.withUnsafeBufferPointer { sinks in
          first.withUnsafeBufferPointer { first in last.withUnsafeBufferPointer { last in
            out.withUnsafeMutableBufferPointer { out in
              (a.q, a.k, a.v, a.out) = (q.baseAddress, k.baseAddress, v.baseAddress, out.baseAddress)
              if biased { a.bias = bias.baseAddress }
              if sunk { a.sinks = sinks.baseAddress }
              if ranges { (a.first, a.last) = (first.baseAddress, last.baseAddress) }
              return ork_attention(&a, stop)
            }
          } }
        } }
      } } }
      return (out, stopped)
    }

    func naive() -> [Double] {
      var out: [Double] = []
      for b in 0..<batch { for i in 0..<queries { for h in 0..<heads {
        let g = h / (heads / groups)
        var scores = [Double](repeating: -.infinity, count: keys)
        for j in ranges ? Int(first[i])..<max(Int(first[i]), Int(last[i])) : 0..<keys {
          var s = 0.0
          for d in 0..<width {
            s += Double(q[((b * queries + i) * heads + h) * width + d]) * Double(k[((b * keys + j) * groups + g) * width + d])
          }
          scores[j] = s * Double(Float(0.3)) + (biased ? Double(bias[(h * queries + i) * keys + j]) : 0)
        }
        let most = max(scores.max() ?? -.infinity, sunk ? Double(sinks[h]) : -.infinity)
        let weights = scores.map { most == -.infinity ? 0 : exp($0 - most) }
        let sum = weights.reduce(sunk ? exp(Double(sinks[h]) - most) : 0, +)
        for d in 0..<valueWidth {
          var mixed = 0.0
          for j in 0..<keys { mixed += weights[j] * Double(v[((b * keys + j) * groups + g) * valueWidth + d]) }
          out.append(sum == 0 ? 0 : mixed / sum)
        }
      } } }
      return out
    }
  }

  @Test("attention equals softmax(scale·q·kᵀ + bias)·v, with ranges, bias and sinks", arguments: [1, 2, 7, 13, 33, 130])
  func plain(queries: Int) {
    for keys in [1, 31, 65, 129, 260] {
      for options in 0..<8 {
        var p = Problem(seed: queries + keys, queries: queries, keys: keys)
        (p.ranges, p.biased, p.sunk) = (options & 1 != 0, options & 2 != 0, options & 4 != 0)
        if p.ranges { p.first = p.first.map { min($0, Int64(keys)) } }
        let expected = p.naive()
        withEveryInstructionSet { name in
          let far = distance(p.run().out, expected)
          #expect(far < 1e-5, "\(name) queries \(queries) keys \(keys) options \(options): \(far)")
        }
      }
    }
  }

  @Test("heads of other widths, as many groups as heads, one group", arguments: [(4, 4), (6, 1), (5, 5)])
  func heads(heads: Int, groups: Int) {
    for (width, valueWidth) in [(64, 64), (7, 33), (1, 1), (16, 130)] {
      for queries in [1, 20] {
        let p = Problem(seed: 9, queries: queries, keys: 70, heads: heads, groups: groups, width: width, valueWidth: valueWidth)
        let expected = p.naive()
        withEveryInstructionSet { name in
          let far = distance(p.run().out, expected)
          #expect(far < 1e-5, "\(name) \(heads)/\(groups) \(width) \(valueWidth) \(queries): \(far)")
        }
      }
    }
  }

  @Test("a row without keys gives zeros, and no NaN comes from closed cells")
  func closed() {
    var p = Problem(seed: 3, queries: 20, keys: 30)
    p.ranges = true
    p.first = [Int64](repeating: 4, count: 20)
    p.last = (0..<20).map { $0 < 10 ? 4 : 30 }
    p.biased = true
    for i in p.bias.indices where i / 30 % 20 == 15 { p.bias[i] = -.infinity }
    withEveryInstructionSet { name in
      let out = p.run().out
      #expect(out.allSatisfy { $0.isFinite }, "\(name)")
      for i in [0, 9, 15] {
        let start = i * p.heads * p.valueWidth
        #expect(out[start..<start + p.heads * p.valueWidth].allSatisfy { $0 == 0 }, "\(name) row \(i)")
      }
    }
  }

  @Test("the same bits for one, two and three threads")
  func threads() {
    let before = ork_threads()
    defer { ork_set_threads(before) }
    for queries in [1, 300] {
      var p = Problem(seed: 5, queries: queries, keys: 300)
      p.ranges = true
      withEveryInstructionSet { name in
        let results = [Int32(1), 2, 3].map { (count: Int32) -> [UInt32] in
          ork_set_threads(count)
          return bits(p.run().out)
        }
        #expect(results[0] == results[1] && results[0] == results[2], "\(name) queries \(queries)")
      }
    }
  }
}
