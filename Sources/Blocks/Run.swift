// A run: one conversation with a model. It owns what outlives a call (memory), knows where in the text and where in the
// model it stands, and is the place where tensors are named, watched and changed.

import Tensors

/// One use of a model over one or several calls: prefill, then token by token.
public final class Run: @unchecked Sendable {
  public let trace: Trace
  /// What is kept of the named tensors.
  public var watch: Watch = .nothing { didSet { refreshPlain() } }
  /// Named tensors of the last forward, in the order of the run.
  public private(set) var seen: [(name: String, tensor: Tensor)] = []
  /// Changes to named tensors.
  public var edits: [Edit] = [] { didSet { refreshPlain() } }
  /// Replaces the mask of every self-attention: the same weights under another mask.
  public var mask: Mask?
  /// Tokens in front of a text that a prefix model reads both ways (a mask `prefix(0)`: as long as the source); nil: all that the first
  /// forward reads, which is the prompt. Other models pay no heed to it.
  public var prefix: Int?
  /// Whether memory is kept between calls. A run without memory computes every sequence whole.
  public let keepsMemory: Bool
  /// Positions that the caller means to come to: growing memories make room for them at once. 0: as they come.
  public var expected = 0
  /// The model is an outline: masks and biases are shapes alone, whatever the length of the text.
  public internal(set) var isOutline = false
  /// Where routers that are trained with noise draw it from; nil: they choose without.
  public var noise: SeededGenerator?
  /// What routers decided, in the order of the run; nil: nobody asks. A training sets it to an empty list to read balance off it.
  public var routings: [RoutingRecord]?
  /// What indexers scored, in the order of the run; nil: nobody asks. A training that teaches them sets it to an empty list.
  public var indexings: [IndexRecord]?
  /// How linear recurrences compute the tokens of a call; the numbers are the same up to rounding.
  public var form = RecurrentForm.recurrent
  /// Replaces the form of every latent attention; the numbers are the same up to rounding.
  public var latentForm: LatentAttention.Form?
  /// What one layer of a forward hands to later ones beside the stream (RWKV-7's first values).
  var carried: [String: Tensor] = [:]
  /// What the model makes of its parameters alone, by path: Hyena's filters.
  private var constants: [String: Tensor] = [:]
  /// Memories in the order in which they were first written.
  public internal(set) var slots: [MemorySlot] = []
  var slotIndex: [String: Int] = [:]
  /// Where in `slots` the memories of an outlined layer are, by its path.
  var layerSlots: [String: Range<Int>] = [:]
  /// The stream that the running stack reads: where its tokens stand.
  public internal(set) var stream = Stream()
  /// Output of the encoder, for cross-attention.   [batch, source tokens, width]
  public internal(set) var source: Tensor?
  /// What modulates the norms of a diffusion model: its time, embedded.   [batch, 1 or tokens, condition]
  var condition: Tensor?
  /// Which source tokens are real; nil: all.
  public internal(set) var sourcePadding: [[Bool]]?

  /// False while an encoder runs.
  var remembers = true
  /// The prefix of the text that is being read.
  private var prefixRead = 0

  /// What the inputs of a recorded part are, for whoever draws it; nil: nobody asks.
  var sources: PartSources?

  private let root = Scope(path: "")
  private var scope: Scope
  /// Nothing is watched, edited or recorded: names cost one comparison.
  private(set) var isPlain = true
  private var plans: [PlanKey: MaskPlan] = [:]
  private var biases: [BiasKey: Tensor] = [:]
  var rotations: [RoPE: RotationTable] = [:]

  public init(trace: Trace = Trace(), keepsMemory: Bool = true, watch: Watch = .nothing) {
    self.trace = trace
    self.keepsMemory = keepsMemory
    self.watch = watch
    scope = root
    refreshPlain()
    // (The trace outlives the run in the tensors that were computed in it.)
    trace.part = { [weak self] in self?.scope.path ?? "" }
  }

  private func refreshPlain() {
    if case .nothing = watch { isPlain = edits.isEmpty && trace.recording?.isDetailed != true } else { isPlain = false }
  }

  // MARK: places

  /// Runs `body` one step deeper in the model's path.
  @inline(__always)
  func within<T>(_ name: String, _ body: () -> T) -> T {
    let outer = scope
    scope = outer.child(name)
    defer { scope = outer }
    return body()
  }

  @inline(__always)
  func within<T>(_ name: String, _ index: Int, _ body: () -> T) -> T {
    let outer = scope
    scope = outer.child(name).child(index)
    defer { scope = outer }
    return body()
  }

  /// Path of the block that is running.
  public var path: String { scope.path }

  /// Full name of something of the running block.
  func name(of own: String) -> String { scope.name(own) }

  // MARK: names

  /// Whether anyone wants to see or change one of these names of the running block. A mixer may take a fused path if not.
  func wants(_ names: String...) -> Bool {
    if isPlain { return false }
    if trace.recording?.isDetailed == true { return true }
    return names.contains { name in
      let full = scope.name(name)
      return watch.wants(full) || edits.contains { glob($0.pattern, full) }
    }
  }

  fileprivate func note(_ name: String, _ tensor: Tensor) -> Tensor {
    let full = scope.name(name)
    var tensor = tensor
    for i in edits.indices where glob(edits[i].pattern, full) {
      // What was computed from the tensor within this run keeps its place: a gradient goes through it.
      let given = edits[i].change(tensor), changed = given.trace === trace ? given : given.tracked(by: trace)
      edits[i].applied.append((full, tensor.largestDifference(from: changed)))
      tensor = changed
    }
    if watch.wants(full) { seen.append((full, tensor)) }
    trace.recording?.name(tensor, full)
    return tensor
  }

  /// Shows a tensor from which nothing is computed. An edit of it is refused.
  fileprivate func note(_ name: String, end tensor: Tensor, _ reason: String) {
    let full = scope.name(name)
    if watch.wants(full) { seen.append((full, tensor)) }
    trace.recording?.name(tensor, full)
    isEnd(name, because: reason)
  }

  /// Says of a name of the running block that in this forward nothing is computed from its tensor.
  func isEnd(_ name: String, because reason: String) {
    if isPlain { return }
    let full = scope.name(name)
    for i in edits.indices where glob(edits[i].pattern, full) {
      edits[i].applied.removeAll { $0.name == full }
      edits[i].end = (full, reason)
    }
  }

  /// Whether an edit changes this name of the running block.
  func isEdited(_ name: String) -> Bool { !edits.isEmpty && edits.contains { glob($0.pattern, scope.name(name)) } }

  /// The first edit that met nothing but ends.
  var refusal: Fault? {
    edits.lazy.first { $0.end != nil && $0.applied.isEmpty }
      .map { Fault(.other(operation: "edit", message: "'\($0.end!.name)' cannot be changed: \($0.end!.reason)")) }
  }

  /// The tensor of the last forward with this name.
  public subscript(name: String) -> Tensor? { seen.last { $0.name == name }?.tensor }

  // MARK: forwards

  /// Begins a forward of `count` tokens for each of `batch` sequences.
  /// - Parameters:
  ///   - past: positions that memory already holds.
  ///   - padding: which of all keys so far (past and new) are real tokens; nil: all.
  ///   - positions: position of every new token, row by row; nil: they follow `past`.
  func begin(batch: Int, count: Int, past: Int, padding: [[Bool]]?, positions: [Int32]?) {
    // Nobody looks up the positions of an outline, and its text may have millions of tokens.
    let positions = onlyCounts ? positions ?? [] : positions
    stream = Stream(batch: batch, count: count, past: past, padding: padding, positions: positions)
    if past == 0 { prefixRead = prefix ?? count }
    plans.removeAll(keepingCapacity: true)
    biases.removeAll(keepingCapacity: true)
    carried.removeAll(keepingCapacity: true)
  }

  /// A tensor that depends on positions only and serves all layers of a forward.
  func shared(_ owner: ObjectIdentifier, _ queries: Places, _ keys: Places, _ compute: () -> Tensor) -> Tensor {
    let key = BiasKey(owner: owner, queries: queries.count, keys: keys.count, first: keys.start)
    if let known = biases[key] { return known }
    let fresh = compute()
    biases[key] = fresh
    return fresh
  }

  /// Forgets the named tensors of the forward before.
  func forget() {
    if !seen.isEmpty { seen.removeAll(keepingCapacity: true) }
  }

  /// The mask that a block heeds in this run: the run's own in place of the block's, and a prefix as long as what was read.
  func heeded(_ mask: Mask) -> Mask { self.mask ?? mask.reading(prefix: prefixRead) }

  /// What the mask means for keys at these positions. Layers share it.
  func plan(_ mask: Mask, keys: Places, cross: Bool = false) -> MaskPlan {
    let key = PlanKey(mask: mask, keys: keys.count, first: keys.start, listed: keys.listed != nil, cross: cross)
    if let known = plans[key] { return known }
    if isOutline { return MaskPlan(outline: mask, queries: stream.order, keys: keys, batch: stream.batch) }
    let fresh = MaskPlan(
      mask, queries: stream.order, keys: keys, padding: cross ? sourcePadding : stream.padding, batch: stream.batch, stop: trace.stop)
    plans[key] = fresh
    return fresh
  }

  // MARK: memory

  /// Adds entries [batch, tokens, …] to a memory of the running block and gives all that it holds, with their places in the
  /// text. A forward of several tokens over a ring also sees the entries that this very forward pushes out.
  public func append(_ name: String, _ x: Tensor, reach: Int? = nil) -> (all: Tensor, places: Places) {
    guard keepsMemory, remembers, x.fault == nil else { return (x, stream.order) }
    let full = scope.name(name)
    sources?.keep(x, full, reach.map { .ring($0) } ?? .everyToken, isReadAtOnce: true, at: trace.recording)
    guard let index = slotIndex[full] else {
      // The first entries are also all there is to see.
      remember(MemorySlot(name: full, growth: reach.map { .ring($0) } ?? .everyToken, first: x, expecting: expected))
      return (x, stream.order)
    }
    let before = trace.recording == nil ? nil : slots[index].tensor
    var result: Tensor, places: Places
    // (A recorded one too: an operation of a recording takes nothing away.)
    if case .ring(let size) = slots[index].growth, x.shape[1] > 1 || slots[index].seen < size || before != nil {
      let old = slots[index].inOrder(size)
      slots[index].append(x)
      result = concatenate([old.untracked, x], axis: 1)
      places = Places(from: stream.past - old.shape[1], count: result.shape[1])
    } else {
      slots[index].append(x)
      result = slots[index].tensor.tracked(by: trace)
      places = slots[index].places
    }
    if let recording = trace.recording, let before, result.node < 0 {
      result = recording.append(Append(), [before, x], [result], part: path, for: trace)[0]
    }
    return (result, places)
  }

  /// The entries that a ring held before this call, in the order of the text, and the ring after it.
  func before(_ name: String, _ x: Tensor, reach: Int) -> Tensor? {
    sources?.keep(x, scope.name(name), .ring(reach), isReadAtOnce: false, at: trace.recording)
    guard keepsMemory, remembers else { return nil }
    guard let index = slotIndex[scope.name(name)] else {
      remember(MemorySlot(name: scope.name(name), growth: .ring(reach), first: x))
      return nil
    }
    let old = slots[index].inOrder(reach)
    slots[index].append(x)
    return old
  }

  /// What depends on parameters alone: made at the first call of the running block, and kept by this run. A recorded run makes it anew for
  /// each recording, so that gradients find the way.
  func constant(_ compute: () -> Tensor) -> Tensor {
    let mayKeep = isPlain && trace.recording == nil
    if mayKeep, let known = constants[scope.path] { return known.tracked(by: trace) }
    let x = compute()
    if mayKeep, x.fault == nil, !x.isOutline { constants[scope.path] = x.materialised.untracked }
    return x
  }

  /// A memory that is written once: computed at the first call, reused at every later one.
  func once(_ name: String, _ compute: () -> Tensor) -> Tensor {
    if let index = slotIndex[scope.name(name)] {
      slots[index].reused = slots[index].count
      slots[index].written = 0
      return slots[index].tensor.tracked(by: trace)
    }
    let x = compute()
    sources?.keep(x, scope.name(name), .once, isReadAtOnce: true, at: trace.recording)
    guard keepsMemory, x.fault == nil else { return x }
    remember(MemorySlot(name: scope.name(name), growth: .once, first: x.materialised.untracked))
    return x
  }

  /// The state that the running block left behind; nil at the start of a text.
  public func recall(_ name: String) -> Tensor? {
    slotIndex[scope.name(name)].map { slots[$0].tensor.tracked(by: trace) }
  }

  /// Names a state and leaves it behind for the next call.
  func leave(_ name: String, _ state: Tensor) {
    if keepsMemory, remembers { return remember(name, state.named(name, self)) }
    state.noted(name, self, because: "it is what is left after the last token, and this run reads no further one")
    remember(name, state)
  }

  /// Leaves a state behind for the next call.
  public func remember(_ name: String, _ state: Tensor) {
    sources?.keep(state, scope.name(name), .state, isReadAtOnce: false, at: trace.recording)
    guard keepsMemory, remembers, state.fault == nil else { return }
    let full = scope.name(name)
    if let index = slotIndex[full] {
      slots[index].storage = state.untracked
      slots[index].seen += stream.count
      slots[index].written = stream.count
    } else {
      remember(MemorySlot(name: full, state: state.untracked, seen: stream.count))
    }
  }

  private func remember(_ slot: MemorySlot) {
    slotIndex[slot.name] = slots.count
    slots.append(slot)
  }

  /// Bytes held by all memories, as float32.
  public var memoryBytes: Int { slots.reduce(0) { $0 + $1.bytes } }

  /// Keeps these sequences of the batch, in this order: what beam search does to memory.
  public func reorder(_ rows: [Int]) {
    for i in slots.indices {
      slots[i].storage = concatenate(rows.map { slots[i].storage.view(axis: 0, from: $0, count: 1) }, axis: 0)
    }
    source = source.map { source in concatenate(rows.map { source.view(axis: 0, from: $0, count: 1) }, axis: 0) }
  }

  /// Forgets everything: the next call starts a new text.
  public func reset() {
    slots = []
    (slotIndex, layerSlots) = ([:], [:])
    source = nil
    sourcePadding = nil
    stream = Stream()
    forget()
  }
}

private struct PlanKey: Hashable {
  let mask: Mask, keys: Int, first: Int, listed: Bool, cross: Bool
}

private struct BiasKey: Hashable {
  let owner: ObjectIdentifier, queries: Int, keys: Int, first: Int
}

extension Tensor {
  /// Gives the tensor its name below the running block, so that it can be watched, changed and found in the recording. What it returns
  /// goes on: an edit has changed it.
  @inline(__always)
  public func named(_ name: String, _ run: Run) -> Tensor {
    run.isPlain ? self : run.note(name, self)
  }

  /// Shows a tensor that is an end: nothing is computed from it, so it can be watched and not changed.
  /// - Parameter reason: why, as whoever wants to change it reads it.
  @inline(__always)
  public func noted(_ name: String, _ run: Run, because reason: String) {
    if !run.isPlain { run.note(name, end: self, reason) }
  }

  /// Largest absolute difference between the numbers of two tensors; infinite if their shapes differ, NaN counts as infinite.
  public func largestDifference(from other: Tensor) -> Float {
    guard shape == other.shape else { return .infinity }
    var largest: Float = 0
    for (a, b) in zip(values, other.values) where a != b {
      let d = abs(a - b)
      if d.isNaN { if !(a.isNaN && b.isNaN) { return .infinity } } else { largest = max(largest, d) }
    }
    return largest
  }
}
