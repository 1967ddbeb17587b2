// The operations as formulas write them.

import CKernels

extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { Binary(.add).apply([a, b]) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { Binary(.subtract).apply([a, b]) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { Binary(.multiply).apply([a, b]) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { Binary(.divide).apply([a, b]) }
  public static func + (a: Tensor, b: Float) -> Tensor { a + Tensor(b) }
  public static func - (a: Tensor, b: Float) -> Tensor { a - Tensor(b) }
  public static func * (a: Tensor, b: Float) -> Tensor { a * Tensor(b) }
  public static func / (a: Tensor, b: Float) -> Tensor { a / Tensor(b) }
  public static prefix func - (a: Tensor) -> Tensor { Unary(.negate).apply([a]) }

  public func reshaped(_ shape: Shape) -> Tensor { plainView(as: shape) ?? Reshape(shape).apply([self]) }

  /// The reshape of contiguous numbers that nobody records: the view alone. A decoding step reshapes six times a layer.
  private func plainView(as target: Shape) -> Tensor? {
    guard fault == nil, storage != nil, trace?.recording == nil, !target.contains(-1), target.elementCount == count, isContiguous
    else { return nil }
    return Tensor(contiguous: storage!, target, offset: offset, trace: trace)
  }
  public func permuted(_ order: Int...) -> Tensor { Permute(order).apply([self]) }
  public func expanded(_ shape: Shape) -> Tensor { Expand(shape).apply([self]) }
  /// The last two axes exchanged.
  public var transposed: Tensor {
    var order = Array(0..<rank)
    if rank >= 2 { order.swapAt(rank - 1, rank - 2) }
    return Permute(order).apply([self])
  }
  /// Indices `range` of an axis; a negative axis counts from the end.
  public func slice(_ range: Range<Int>, axis: Int, step: Int = 1) -> Tensor {
    Slice(axis: axis < 0 ? rank + axis : axis, range.lowerBound, range.upperBound, step: step).apply([self])
  }
  /// The last axis cut into parts of these sizes.
  public func split(_ sizes: Int...) -> [Tensor] { split(sizes) }
  public func split(_ sizes: [Int]) -> [Tensor] {
    var start = 0
    return sizes.map { size in
      if fault != nil { return self }
      guard size >= 0 else {
        return Tensor(fault: Fault(.shape(operation: "split", shapes: [shape], expected: "no part may be of \(size)"), part: trace?.part() ?? ""), trace: trace)
      }
      defer { start += size }
      return slice(start..<(start + size), axis: rank - 1)
    }
  }
  /// [… , heads·d] → [… , heads, d]
  public func split(heads: Int) -> Tensor {
    var target = shape
    let width = target.popLast() ?? 0
    target.append(heads)
    target.append(heads == 0 ? 0 : width / heads)
    return reshaped(target)
  }
  /// The last `axes` axes as one.
  public func merged(last axes: Int) -> Tensor {
    // A poisoned tensor has no axes: nothing here may trap.
    var target = Array(shape.dropLast(axes))
    target.append(shape.suffix(axes).elementCount)
    return reshaped(target)
  }

  public func sum() -> Tensor { Reduce(.sum).apply([self]) }
  /// The sum of all numbers, as one.
  public var total: Tensor { reshaped([1, count]).sum().reshaped([]) }
  public func mean() -> Tensor { sum() * (1 / Float(max(1, shape.last ?? 1))) }
  public func map(_ function: Unary.Function) -> Tensor { Unary(function).apply([self]) }
}

public func softmax(_ x: Tensor) -> Tensor { Softmax().apply([x]) }
public func logSoftmax(_ x: Tensor) -> Tensor { Softmax(logarithm: true).apply([x]) }
/// −ln of the probability that each row gives its target; 0 where the target is negative.   logits [… , n] → [… ]
public func crossEntropy(_ logits: Tensor, targets: [Int32]) -> Tensor { CrossEntropy(targets: targets).apply([logits]) }
/// Einstein summation: `contract("btd,bsd->bts", q, k)`.
public func contract(_ pattern: String, _ a: Tensor, _ b: Tensor) -> Tensor { Contract(pattern).apply([a, b]) }
public func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
  Linear().apply(bias.map { [x, weight, $0] } ?? [x, weight])
}
public func concatenate(_ parts: [Tensor], axis: Int) -> Tensor {
  Concatenate(axis: axis < 0 ? (parts.first?.rank ?? 0) + axis : axis).apply(parts)
}

/// a·b over the last axis of a and the second-last of b; leading axes broadcast. What `@` means at the prompt.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.rank >= 1, b.rank >= 1, a.shape.last == (b.rank == 1 ? b.shape[0] : b.shape[b.rank - 2]) else {
    let kind = Fault.Kind.shape(
      operation: "matrix product", shapes: [a.shape, b.shape],
      expected: "the last axis of the first must be the second-last of the second")
    return Tensor(fault: a.fault ?? b.fault ?? Fault(kind))
  }
  if a.rank == 1 { return matmul(a.reshaped([1, a.shape[0]]), b).reshaped(b.rank == 1 ? [] : b.shape.dropLast(2) + [b.shape.last!]) }
  if b.rank == 1 { return matmul(a, b.reshaped([b.shape[0], 1])).reshaped(Array(a.shape.dropLast())) }
  let lead = Shape(a.shape.dropLast(2)).broadcast(with: Shape(b.shape.dropLast(2)))
  guard let lead else {
    let kind = Fault.Kind.shape(
      operation: "matrix product", shapes: [a.shape, b.shape], expected: "the leading axes must be equal, or 1 where they differ")
    return Tensor(fault: Fault(kind))
  }
  let letters = "abcdefghijkl".prefix(lead.count)
  let x = a.shape.count - 2 == lead.count && Shape(a.shape.dropLast(2)) == lead ? a : a.expanded(lead + a.shape.suffix(2))
  let y = b.shape.count - 2 == lead.count && Shape(b.shape.dropLast(2)) == lead ? b : b.expanded(lead + b.shape.suffix(2))
  return contract("\(letters)xy,\(letters)yz->\(letters)xz", x, y)
}

extension Tensor {
  /// A part of one axis as a view of the same storage; no primitive, no recording.
  public func view(axis: Int, from start: Int, count: Int) -> Tensor {
    if fault != nil, !shape.indices.contains(axis) { return self }
    var shape = shape
    shape[axis] = count
    let strides = strides
    return Tensor(shape: shape, strides: strides, storage: storage, offset: offset + start * strides[axis], fault: fault)
  }

  /// Writes these numbers into a view of storage that the caller owns. Both have the same shape.
  public func write(into target: Tensor) {
    guard storage != nil, target.storage != nil, count > 0 else { return }
    // A copy that was made for this must live until it has been read: its block would go to the next tensor that asks.
    withExtendedLifetime(materialised) { source in
      ork_scatter_copy(Int32(rank), shape.wide, source.pointer, target.pointer, target.strides.wide)
    }
  }

  /// Strides under which this tensor's numbers read as `target`, or nil if it must be copied first.
  func strides(as target: Shape) -> [Int]? {
    if isContiguous { return target.contiguousStrides }
    // Walk both shapes from the left, matching runs of axes with the same number of elements.
    var result = [Int](repeating: 0, count: target.count)
    let source = shape.indices.filter { shape[$0] != 1 }
    var i = 0, j = 0
    while i < source.count || j < target.count {
      if i == source.count {
        guard target[j] == 1 else { return nil }
        result[j] = 1
        j += 1
        continue
      }
      var have = shape[source[i]], last = i
      if j == target.count { return nil }
      if target[j] == 1 {
        result[j] = strides[source[i]] * shape[source[i]]
        j += 1
        continue
      }
      var want = target[j], end = j
      while have != want {
        if have < want {
          last += 1
          guard last < source.count else { return nil }
          have *= shape[source[last]]
        } else {
          end += 1
          guard end < target.count else { return nil }
          want *= target[end]
        }
      }
      // The source axes i...last must lie one behind the other to be cut anew.
      for axis in i..<last where strides[source[axis]] != strides[source[axis + 1]] * shape[source[axis + 1]] { return nil }
      var step = strides[source[last]]
      for axis in (j...end).reversed() {
        result[axis] = step
        step *= target[axis]
      }
      i = last + 1
      j = end + 1
    }
    return result
  }
}
