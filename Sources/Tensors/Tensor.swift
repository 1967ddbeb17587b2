// The tensor: a shape, the storage it looks at (or none: an outline), and where it stands in a recording (or nowhere).

import CKernels

/// Numbers in a shape. Values are float32 (weights may be stored narrower); views share storage and have strides.
///
/// A tensor without storage is an *outline*: it has a shape and costs nothing, and every operation on it gives an
/// outline. A tensor with a `fault` is poisoned: see `Fault`.
public struct Tensor: @unchecked Sendable {
  public let shape: Shape
  /// Steps of a view; empty if the numbers lie one behind the other. Most tensors do, and one array fewer to make and to
  /// hold is what a decoding step feels.
  private let steps: [Int]
  public internal(set) var storage: Storage?
  /// Index of the first element in the storage.
  public let offset: Int
  /// The run that this tensor belongs to; operations report to it.
  public internal(set) var trace: Trace?
  /// Where it stands in the trace's recording; −1 if nowhere.
  public internal(set) var node: Int32 = -1
  public internal(set) var output: Int32 = 0
  public let fault: Fault?

  @usableFromInline
  init(shape: Shape, strides: [Int], storage: Storage?, offset: Int, trace: Trace? = nil, fault: Fault? = nil) {
    self.shape = shape
    steps = strides
    self.storage = storage
    self.offset = offset
    self.trace = trace
    self.fault = fault
  }

  /// A tensor over the whole of a storage.
  public init(shape: Shape, storage: Storage) {
    precondition(shape.elementCount * storage.type.width <= storage.byteCount, "storage too small for its shape")
    self.init(shape: shape, strides: [], storage: storage, offset: 0)
  }

  /// A view of a storage with any strides: memory that grows in place looks at itself in this way.
  public init(viewing storage: Storage, shape: Shape, strides: [Int], offset: Int, trace: Trace? = nil) {
    self.init(shape: shape, strides: strides, storage: storage, offset: offset, trace: trace, fault: nil)
  }

  /// The numbers of a storage from `offset` on, one behind the other.
  init(contiguous storage: Storage, _ shape: Shape, offset: Int = 0, trace: Trace? = nil) {
    self.init(shape: shape, strides: [], storage: storage, offset: offset, trace: trace)
  }

  /// A shape without numbers.
  public init(outline shape: Shape, trace: Trace? = nil) {
    self.init(shape: shape, strides: [], storage: nil, offset: 0, trace: trace)
  }

  /// A poisoned outline.
  public init(fault: Fault, shape: Shape = [], trace: Trace? = nil) {
    self.init(shape: shape, strides: [], storage: nil, offset: 0, trace: trace, fault: fault)
  }

  /// Room for numbers that the caller fills in before anyone looks.
  public init(unfilled shape: Shape) {
    self.init(shape: shape, strides: [], storage: Storage(count: shape.elementCount), offset: 0)
  }

  /// Numbers in row-major order.
  public init(_ values: [Float], _ shape: Shape) {
    precondition(values.count == shape.elementCount, "\(values.count) values for the shape \(shape.described)")
    self.init(unfilled: shape)
    values.withUnsafeBytes { storage!.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }

  public init(_ value: Float) { self.init([value], []) }

  public static func filled(_ shape: Shape, with value: Float) -> Tensor {
    let result = Tensor(unfilled: shape)
    result.pointer.update(repeating: value, count: shape.elementCount)
    return result
  }

  public var rank: Int { shape.count }
  public var count: Int { shape.elementCount }
  public var type: ElementType { storage?.type ?? .f32 }
  public var isOutline: Bool { storage == nil }
  /// Steps between neighbours along each axis, in elements.
  public var strides: [Int] { steps.isEmpty ? shape.contiguousStrides : steps }
  /// Step along one axis: `strides[axis]` without making the array.
  public func stride(_ axis: Int) -> Int {
    if !steps.isEmpty { return steps[axis] }
    var step = 1
    for later in (axis + 1)..<max(axis + 1, shape.count) { step *= shape[later] }
    return step
  }
  public var isContiguous: Bool {
    if steps.isEmpty { return true }
    var step = 1
    for axis in shape.indices.reversed() {
      if shape[axis] != 1 && steps[axis] != step { return false }
      step *= shape[axis]
    }
    return true
  }

  /// The same tensor as part of a run: what is computed from it is counted and recorded there.
  public func tracked(by trace: Trace?) -> Tensor {
    var copy = self
    copy.trace = trace
    copy.node = -1
    return copy
  }

  /// The same numbers, outside of any run.
  public var untracked: Tensor { tracked(by: nil) }

  // MARK: numbers

  /// First element; float32 only.
  @inlinable
  public var pointer: UnsafeMutablePointer<Float> {
    (storage!.base + offset * 4).assumingMemoryBound(to: Float.self)
  }

  /// First element of a weight of any type.
  @inlinable
  public var raw: UnsafeMutableRawPointer { storage!.base + offset * storage!.type.width }

  /// All numbers in row-major order. Empty for an outline.
  public var values: [Float] {
    guard storage != nil else { return [] }
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      copyOut(to: buffer.baseAddress!)
      filled = count
    }
  }

  /// The number of a tensor with one element.
  public var item: Float { values[0] }

  func copyOut(to target: UnsafeMutablePointer<Float>) {
    if count == 0 { return }
    ork_copy(Int32(rank), shape.wide, raw, type.kernel, strides.wide, target)
  }

  /// The same numbers as contiguous float32. Free if they are already.
  public var materialised: Tensor {
    if storage == nil || (isContiguous && type == .f32) { return self }
    var result = Tensor(unfilled: shape)
    copyOut(to: result.pointer)
    result.trace = trace
    result.node = node
    result.output = output
    return result
  }

  /// Throws the fault that this tensor carries, if any.
  public func checked() throws(Fault) -> Tensor {
    if let fault { throw fault }
    return self
  }
}

extension ElementType {
  @usableFromInline
  var kernel: ork_type { self == .f32 ? ORK_F32 : self == .f16 ? ORK_F16 : ORK_BF16 }
}

extension Array where Element == Int {
  /// The array as the kernels take it (Int is 64 bits wide on every platform that Orrery builds on).
  @usableFromInline
  var wide: [Int64] { unsafeBitCast(self, to: [Int64].self) }
}
