// Copies, conversions, rows of tables and the k largest: exact.
import CKernels
import Testing

@Suite("Kernels: moving", .serialized) struct KernelMovingTests {
  @Test("every half and every bf16 number becomes its float, and returns")
  func everyNumber() {
    let all = (0...UInt16.max).map { $0 }
    withEveryInstructionSet { name in
      for type in [ORK_F16, ORK_BF16] {
        var wide = [Float](repeating: 77, count: all.count), back = [UInt16](repeating: 0, count: all.count)
        ork_copy(1, [Int64(all.count)], all, type, [1], &wide)
        ork_narrow(wide, &back, type, Int64(all.count))
        var strided = [Float](repeating: 77, count: all.count / 2)
        ork_copy(1, [Int64(all.count / 2)], all, type, [2], &strided)
        for (i, bits) in all.enumerated() {
          let expected = type == ORK_F16 ? Float(Float16(bitPattern: bits)) : Float(bitPattern: UInt32(bits) << 16)
          let good = expected.isNaN ? wide[i].isNaN : wide[i].bitPattern == expected.bitPattern && back[i] == bits
          #expect(good, "\(name) \(bits)")
          if i % 2 == 0 && !expected.isNaN { #expect(strided[i / 2].bitPattern == expected.bitPattern, "\(name) \(bits)") }
        }
      }
    }
  }

  @Test("narrowing rounds to the nearest, ties to even")
  func narrowing() {
    var numbers = Numbers(1)
    var x = (0..<5000).map { i in numbers.next() * [1e-8, 1e-5, 1, 300, 70000, 1e38][i % 6] }
    x += [65504, 65519.996, 65520, 1e30, -.infinity, 2.9802322e-8, 2.9802326e-8, 1.00048828125, 1.00146484375, 3.4e38, -0.0]
    withEveryInstructionSet { name in
      var half = [UInt16](repeating: 0, count: x.count), brain = half
      ork_narrow(x, &half, ORK_F16, Int64(x.count))
      ork_narrow(x, &brain, ORK_BF16, Int64(x.count))
      let halves = x.map { Float16($0).bitPattern }
      let brains = x.map { UInt16(truncatingIfNeeded: ($0.bitPattern &+ 0x7FFF &+ ($0.bitPattern >> 16 & 1)) >> 16) }
      #expect(half == halves && brain == brains, "\(name)")
      var odd: [UInt16] = [0, 0]
      ork_narrow([.nan], &odd[0], ORK_F16, 1)
      ork_narrow([Float(bitPattern: 0x7F80_0001)], &odd[1], ORK_BF16, 1)
      #expect(Float16(bitPattern: odd[0]).isNaN && Float(bitPattern: UInt32(odd[1]) << 16).isNaN, "\(name)")
    }
  }

  @Test("a copy with any strides, and its inverse", arguments: allTypes)
  func copies(type: ork_type) {
    var numbers = Numbers(2)
    let x = Weights(numbers.array(3 * 40 * 37), type)
    let cases: [([Int64], [Int64])] = [
      ([3, 40, 37], [1480, 37, 1]), ([37, 40], [1, 37]), ([3, 37, 40], [1480, 1, 37]), ([40, 3, 37], [37, 1480, 1]), ([2, 5, 3], [0, 1, 0]),
      ([37, 3, 40], [1, 1480, 37]), ([1, 40, 1, 12], [9, 37, 5, 3]), ([], []), ([3, 0, 2], [1, 1, 1]), ([7], [0]),
    ]
    for (shape, strides) in cases {
      let total = Int(shape.reduce(1, *))
      var offsets = [0]
      for (size, stride) in zip(shape, strides) { offsets = offsets.flatMap { o in (0..<Int(size)).map { o + $0 * Int(stride) } } }
      withEveryInstructionSet { name in
        var y = [Float](repeating: 77, count: total + 1)
        x.use { ork_copy(Int32(shape.count), shape, $0, type, strides, &y) }
        let expected = offsets.map { x.values[$0] } + [77]
        #expect(y == expected, "\(name) \(shape) \(strides)")
        guard Set(offsets).count == total else { return }
        var spread = [Float](repeating: 77, count: 3 * 40 * 37), placed = spread
        ork_scatter_copy(Int32(shape.count), shape, y, &spread, strides)
        for (i, o) in offsets.enumerated() { placed[o] = y[i] }
        #expect(spread == placed, "\(name) \(shape) \(strides)")
      }
    }
  }

  @Test("rows of a table", arguments: allTypes)
  func gather(type: ork_type) {
    var numbers = Numbers(3)
    let table = Weights(numbers.array(11 * 35), type), ids: [Int32] = [10, 0, 3, 3, 7]
    withEveryInstructionSet { name in
      var y = [Float](repeating: 77, count: 5 * 33)
      table.use { ork_gather($0, type, 35, ids, 5, 33, &y) }
      let expected = ids.flatMap { table.values[Int($0) * 35..<Int($0) * 35 + 33] }
      #expect(y == expected, "\(name)")
    }
  }

  @Test("the k largest, largest first, ties to the lower index, NaN first")
  func largest() {
    var numbers = Numbers(4)
    for width in [1, 7, 100, 3000] {
      var x = numbers.array(width).map { ($0 * 50).rounded() }
      if width == 100 { (x[70], x[20]) = (.nan, .nan) }
      func key(_ i: Int) -> Float { x[i].isNaN ? .infinity : x[i] }
      let order = x.indices.sorted { key($0) != key($1) ? key($0) > key($1) : $0 < $1 }.map(Int32.init)
      for k in Set([1, 5, width / 2, width]) where k <= width {
        var indices = [Int32](repeating: -1, count: k)
        ork_top_k(x, Int64(width), Int64(k), &indices)
        #expect(indices == Array(order[..<k]), "width \(width) k \(k)")
      }
    }
  }
}
