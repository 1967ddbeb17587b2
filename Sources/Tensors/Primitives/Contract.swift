// Sums of products over named axes: one operation for every product of two tensors that is not a linear layer.

import CKernels

/// Einstein summation over two tensors, such as "btgrd,bsgd->bgrts".
///
/// Every letter that stands in both inputs and not in the output is summed over; a letter may stand in an input only
/// once. Inputs may be views with any strides.
public struct Contract: SinglePrimitive {
  public let pattern: String
  private let a: [UInt8], b: [UInt8], c: [UInt8]

  /// - Parameter pattern: letters of the first input, of the second, and of the output: `"bthd,bshd->bhts"`.
  public init(_ pattern: String) {
    self.pattern = pattern
    var parts: [[UInt8]] = [[]]
    for byte in pattern.utf8 {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: ">"): parts.append([])
      case UInt8(ascii: "-"), UInt8(ascii: " "): break
      default: parts[parts.count - 1].append(byte)
      }
    }
    precondition(parts.count == 3, "a contraction is written 'ab,bc->ac'")
    (a, b, c) = (parts[0], parts[1], parts[2])
  }

  public var name: String { "contract" }
  public var formula: String { "contract(\(pattern))" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count == a.count, inputs[1].count == b.count else {
      throw ShapeError("'\(pattern)' needs \(a.count) and \(b.count) axes")
    }
    for (i, letter) in b.enumerated() {
      if let j = a.firstIndex(of: letter), inputs[0][j] != inputs[1][i] {
        throw ShapeError("the axes '\(Character(UnicodeScalar(letter)))' of '\(pattern)' must be equal")
      }
    }
    var shape: Shape = []
    for letter in c {
      if let i = a.firstIndex(of: letter) {
        shape.append(inputs[0][i])
      } else if let i = b.firstIndex(of: letter) {
        shape.append(inputs[1][i])
      } else {
        throw ShapeError("'\(Character(UnicodeScalar(letter)))' of the output stands in neither input of '\(pattern)'")
      }
    }
    return shape
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    var x = inputs[0].type == .f32 ? inputs[0] : inputs[0].materialised
    var y = inputs[1]
    // The axes by role. Rows and columns are the last of their kind; the others run as a batch.
    let shared = c.filter { a.contains($0) && b.contains($0) }
    var rows = c.filter { a.contains($0) && !b.contains($0) }
    var columns = c.filter { b.contains($0) && !a.contains($0) }
    var inner = a.filter { b.contains($0) && !c.contains($0) }
    // Axes that stand in one input only and not in the output are summed away first.
    for letter in a where !b.contains(letter) && !c.contains(letter) {
      preconditionFailure("'\(Character(UnicodeScalar(letter)))' of '\(pattern)' is summed in one input only")
    }
    let result = Tensor(unfilled: shape)
    func size(_ l: UInt8) -> Int { a.firstIndex(of: l).map { x.shape[$0] } ?? y.shape[b.firstIndex(of: l)!] }
    func stride(_ t: Tensor, _ letters: [UInt8], _ l: UInt8) -> Int { letters.firstIndex(of: l).map { t.stride($0) } ?? 0 }
    // Nothing to be summed, or nowhere to put it; strides of what is empty say nothing.
    if shape.contains(0) || inner.contains(where: { size($0) == 0 }) { return .filled(shape, with: 0) }
    // Neighbouring axes that lie one behind the other in every tensor are one axis. An axis of one entry lies anywhere.
    func merged(_ letters: [UInt8], _ tensors: [(Tensor, [UInt8])]) -> (size: Int, steps: [Int])? {
      let letters = letters.filter { size($0) != 1 }
      guard let last = letters.last else { return (1, tensors.map { _ in 0 }) }
      var total = size(last)
      let steps = tensors.map { stride($0.0, $0.1, last) }
      for letter in letters.dropLast().reversed() {
        for (i, t) in tensors.enumerated() where stride(t.0, t.1, letter) != steps[i] * total { return nil }
        total *= size(letter)
      }
      return (total, steps)
    }
    // The inner axes must merge: otherwise the inputs are laid out anew.
    var k = merged(inner, [(x, a), (y, b)])
    if k == nil {
      inner = a.filter { inner.contains($0) }
      x = Tensor.laidOut(x, from: a, to: a.filter { !inner.contains($0) } + inner)
      y = Tensor.laidOut(y, from: b, to: b.filter { !inner.contains($0) } + inner)
      return Contract(a.filter { !inner.contains($0) } + inner, b.filter { !inner.contains($0) } + inner, c)
        .value([x, y], shape, stop: stop)
    }
    var batch = shared
    var m = merged(rows, [(x, a), (result, c)])
    while m == nil {
      batch.append(rows.removeFirst())
      m = merged(rows, [(x, a), (result, c)])
    }
    var n = merged(columns, [(y, b), (result, c)])
    while n == nil {
      batch.append(columns.removeFirst())
      n = merged(columns, [(y, b), (result, c)])
    }
    let columnStep = n!.size == 1 ? 1 : n!.steps[1]
    if columnStep != 1 {
      // The output's columns are not neighbours: compute its transpose, rows and columns swapped.
      if m!.steps[1] == 1 || m!.size == 1, y.type == .f32 {
        return Contract(b, a, c).value([y, x], shape, stop: stop)
      }
      let order = c.filter { !columns.contains($0) } + columns
      let swapped = Contract(a, b, order).value(
        [x, y], order.map { size($0) }, stop: stop)
      return Tensor.laidOut(swapped, from: order, to: c)
    }
    // A batch of single rows is quicker as one product with more rows, where strides allow; the kernel decides.
    while batch.count > 6 { preconditionFailure("'\(pattern)' has too many batch axes") }
    let sizes = batch.map { Int64(size($0)) }
    let sa = batch.map { Int64(stride(x, a, $0)) }
    let sb = batch.map { Int64(stride(y, b, $0)) }
    let sc = batch.map { Int64(stride(result, c, $0)) }
    _ = ork_matmul(
      Int32(batch.count), sizes, sa, sb, sc, x.pointer, Int64(m!.steps[0]), Int64(k!.steps[0]), y.raw, y.type.kernel,
      Int64(k!.steps[1]), Int64(n!.steps[0]), result.pointer, Int64(m!.steps[1]), Int64(m!.size), Int64(n!.size),
      Int64(k!.size), 1, stop)
    k = nil
    return result
  }

  /// Inputs may be laid out anew, and the result once more.
  public func room(_ inputs: [Tensor], _ outputs: [Shape]) -> Int {
    let (x, y) = (inputs[0], inputs[1]), once = Budget.bytes(of: outputs)
    let isPlain = x.type == .f32 && x.isContiguous && y.isContiguous
    return isPlain ? once : Cost.sum(Cost.product(2, once), Budget.bytes(of: [x.shape, y.shape]))
  }

  private init(_ a: [UInt8], _ b: [UInt8], _ c: [UInt8]) {
    (self.a, self.b, self.c) = (a, b, c)
    func text(_ l: [UInt8]) -> String { String(decoding: l, as: UTF8.self) }
    pattern = "\(text(a)),\(text(b))->\(text(c))"
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    var inner = 1
    for (i, letter) in a.enumerated() where !c.contains(letter) { inner = Cost.product(inner, inputs[0][i]) }
    return Cost(
      multiplications: Cost.product(outputs[0].elementCount, inner),
      bytes: Cost.bytes(inputs[0].elementCount, inputs[1].elementCount, outputs[0].elementCount))
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0] else { return [nil, nil] }
    return [needs[0] ? Contract(c, b, a).apply([g, inputs[1]]) : nil, needs[1] ? Contract(a, c, b).apply([inputs[0], g]) : nil]
  }
}

extension Tensor {
  /// The same numbers with the axes (named by letters) in another order, contiguous.
  static func laidOut(_ x: Tensor, from: [UInt8], to: [UInt8]) -> Tensor {
    let order = to.map { from.firstIndex(of: $0)! }
    return Tensor(
      shape: order.map { x.shape[$0] }, strides: order.map { x.stride($0) }, storage: x.storage, offset: x.offset
    ).materialised
  }
}
