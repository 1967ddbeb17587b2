// The tensor: a shape, the storage it looks at (or none: an outline), and where it stands in a recording (or nowhere).

import CKernels
#if canImport(Glibc)
import Glibc
#endif

/// Numbers in a shape. Values are float32 (weights may be stored narrower); views share storage and have strides.
///
/// A tensor without storage is an *outline*: it has a shape and costs nothing, and every operation on it gives an
/// outline. A tensor with a `fault` is poisoned: see `Fault`. Whatever shape it would have had, a poisoned tensor has eight axes at least:
/// formulas look at `shape[2]` without asking, and nothing they do with it may trap.
public struct Tensor: @unchecked Sendable {
  /// Everything that a tensor says of itself, behind one reference: tensors are handed on a hundred times for every time that
  /// one is made. Never changed while two hold it.
  private var body: Body

  private final class Body {
    let shape: Shape
    /// Steps of a view; empty if the numbers lie one behind the other, as most do.
    let steps: [Int]
    var storage: Storage?
    let offset: Int
    var trace: Trace?
    var node: Int32 = -1
    var output: Int32 = 0
    let fault: Fault?
    var lineage: Lineage?

    init(_ shape: Shape, _ steps: [Int], _ storage: Storage?, _ offset: Int, _ trace: Trace?, _ fault: Fault?) {
      (self.shape, self.steps, self.storage, self.offset, self.trace, self.fault) = (shape, steps, storage, offset, trace, fault)
    }
  }

  public var shape: Shape { body.shape }
  public var storage: Storage? { body.storage }
  /// Index of the first element in the storage.
  public var offset: Int { body.offset }
  /// The run that this tensor belongs to; operations report to it.
  public var trace: Trace? { body.trace }
  /// Where it stands in the trace's recording; −1 if nowhere.
  public var node: Int32 { body.node }
  public var output: Int32 { body.output }
  public var fault: Fault? { body.fault }
  /// Tells tensors apart that stand nowhere in a recording.
  public var identity: ObjectIdentifier { ObjectIdentifier(body) }
  /// Of an outline that was computed outside of any run (what a block makes of its parameters alone): from what.
  public var lineage: Lineage? { body.lineage }

  init(shape: Shape, strides: [Int], storage: Storage?, offset: Int, trace: Trace? = nil, fault: Fault? = nil) {
    body = Body(fault == nil ? shape : shape.padded, strides, storage, offset, trace, fault)
  }

  /// The same numbers at a place in a recording, or nowhere.
  func placed(in trace: Trace?, node: Int32 = -1, output: Int32 = 0) -> Tensor {
    var copy = Tensor(shape: shape, strides: body.steps, storage: storage, offset: offset, trace: trace, fault: fault)
    (copy.body.node, copy.body.output) = (node, output)
    if storage == nil, self.node < 0 { copy.body.lineage = body.lineage ?? Lineage(nil, [self], 0) }
    return copy
  }

  /// The same outline, which knows what it was computed from.
  func descended(from inputs: [Tensor], by primitive: any Primitive, output: Int = 0) -> Tensor {
    guard storage == nil, fault == nil else { return self }
    let copy = Tensor(shape: shape, strides: body.steps, storage: nil, offset: offset)
    copy.body.lineage = Lineage(primitive, inputs, output)
    return copy
  }

  /// As `placed`, in place where nobody else holds the tensor: what every operation does with its fresh result.
  mutating func place(in trace: Trace?, node: Int32 = -1, output: Int32 = 0) {
    if isKnownUniquelyReferenced(&body) {
      (body.trace, body.node, body.output) = (trace, node, output)
    } else {
      self = placed(in: trace, node: node, output: output)
    }
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

  /// Room for numbers that a primitive fills in before anyone looks: `apply` has asked the budget for it.
  init(unfilled shape: Shape) {
    self.init(shape: shape, strides: [], storage: Storage(count: shape.elementCount), offset: 0)
  }

  /// Room for numbers that the caller fills in before anyone looks; poisoned if the budget has none left.
  public init(asking shape: Shape) {
    if let refusal = Budget.refusal(of: Budget.bytes(of: [shape])) {
      self.init(fault: Fault(refusal), shape: shape)
    } else {
      self.init(unfilled: shape)
    }
  }

  /// Numbers that a function makes, piece by piece in row-major order.
  /// - Parameters:
  ///   - stop: a flag that ends the work between two pieces.
  ///   - fill: gets the first number's place, and the indices of the numbers that it is to make; never called if there is no room.
  /// - Returns: the numbers; poisoned if the budget has no room for them, or if the flag was raised.
  public static func filling(
    _ shape: Shape, until stop: UnsafeMutablePointer<Int32>? = nil, _ fill: (UnsafeMutablePointer<Float>, Range<Int>) -> Void
  ) -> Tensor {
    let result = Tensor(asking: shape)
    guard result.fault == nil else { return result }
    let count = shape.elementCount, piece = stop == nil ? count : 1 << 16
    var start = 0
    while start < count {
      if let stop, stop.pointee != 0 { return Tensor(fault: Fault(.interrupted), shape: shape) }
      let end = min(count, start + piece)
      fill(result.pointer, start..<end)
      start = end
    }
    return result
  }

  /// Numbers in row-major order; poisoned if the budget has no room for them.
  public init(_ values: [Float], _ shape: Shape) {
    precondition(values.count == shape.elementCount, "\(values.count) values for the shape \(shape.described)")
    self.init(asking: shape)
    if let storage { values.withUnsafeBytes { storage.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) } }
  }

  public init(_ value: Float) { self.init([value], []) }

  /// - Parameter stop: a flag that ends the work; the result is poisoned then, and also if the budget has no room for it.
  public static func filled(_ shape: Shape, with value: Float, until stop: UnsafeMutablePointer<Int32>? = nil) -> Tensor {
    let result = Tensor(asking: shape)
    if result.fault != nil { return result }
    inPieces(shape.elementCount, until: stop) { piece in
      let start = result.pointer + piece.lowerBound
      if value == 0 { memset(start, 0, piece.count * 4) } else { start.update(repeating: value, count: piece.count) }
    }
    if let stop, stop.pointee != 0 { return Tensor(fault: Fault(.interrupted), shape: shape) }
    return result
  }

  public var rank: Int { shape.count }
  public var count: Int { shape.elementCount }
  public var type: ElementType { storage?.type ?? .f32 }
  public var isOutline: Bool { storage == nil }
  /// Steps between neighbours along each axis, in elements.
  public var strides: [Int] { body.steps.isEmpty ? shape.contiguousStrides : body.steps }
  /// Step along one axis: `strides[axis]` without making the array.
  public func stride(_ axis: Int) -> Int {
    if !body.steps.isEmpty { return body.steps[axis] }
    let shape = shape
    var step = 1
    for later in (axis + 1)..<max(axis + 1, shape.count) { step *= shape[later] }
    return step
  }
  public var isContiguous: Bool {
    if body.steps.isEmpty { return true }
    let (shape, steps) = (body.shape, body.steps)
    var step = 1
    for axis in shape.indices.reversed() {
      if shape[axis] != 1 && steps[axis] != step { return false }
      step *= shape[axis]
    }
    return true
  }

  /// The same tensor as part of a run: what is computed from it is counted and recorded there.
  public func tracked(by trace: Trace?) -> Tensor {
    if self.trace === trace, node == -1 { return self }
    return placed(in: trace)
  }

  /// Whether this is the same view of the same numbers (or the same outline), wherever it stands.
  func looksAtTheSame(as other: Tensor) -> Bool {
    body === other.body || (storage === other.storage && offset == other.offset && shape == other.shape && body.steps == other.body.steps)
  }

  /// The same numbers, outside of any run.
  public var untracked: Tensor { tracked(by: nil) }

  // MARK: numbers

  /// First element; float32 only.
  public var pointer: UnsafeMutablePointer<Float> {
    (storage!.base + offset * 4).assumingMemoryBound(to: Float.self)
  }

  /// First element of a weight of any type.
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

  /// Whether nothing else looks at this tensor's storage.
  public var isUniquelyHeld: Bool {
    mutating get { body.storage == nil || (isKnownUniquelyReferenced(&body) && isKnownUniquelyReferenced(&body.storage)) }
  }

  func copyOut(to target: UnsafeMutablePointer<Float>) {
    if count == 0 { return }
    ork_copy(Int32(rank), shape.wide, raw, type.kernel, strides.wide, target)
  }

  /// The same numbers in storage of their own.
  public var copied: Tensor {
    guard storage != nil else { return self }
    let copy = Tensor(unfilled: shape)
    copyOut(to: copy.pointer)
    return copy
  }

  /// The same numbers as contiguous float32. Free if they are already.
  public var materialised: Tensor {
    if storage == nil || (isContiguous && type == .f32) { return self }
    var result = Tensor(unfilled: shape)
    if let stop = trace?.stop, isLong(shape) { copyOut(to: result.pointer, until: stop) } else { copyOut(to: result.pointer) }
    result.place(in: trace, node: node, output: output)
    return result
  }

  /// Throws the fault that this tensor carries, if any.
  public func checked() throws(Fault) -> Tensor {
    if let fault { throw fault }
    return self
  }
}

/// Where an outline comes from that no recording holds: an operation on other tensors, or (without one) another tensor.
public final class Lineage: Sendable {
  public let primitive: (any Primitive)?
  public let inputs: [Tensor]
  public let output: Int
  init(_ primitive: (any Primitive)?, _ inputs: [Tensor], _ output: Int) { (self.primitive, self.inputs, self.output) = (primitive, inputs, output) }
}

extension ElementType {
  var kernel: ork_type { self == .f32 ? ORK_F32 : self == .f16 ? ORK_F16 : ORK_BF16 }
}

extension Array where Element == Int {
  /// The array as the kernels take it (Int is 64 bits wide on every platform that Orrery builds on).
  var wide: [Int64] { unsafeBitCast(self, to: [Int64].self) }
}
