// How equal layers are outlined once: what a layer costs and remembers, read off the run that went through it, and written down again for
// its like. Only where nobody looks inside: a watched, changed or recorded run goes through every layer.

import Tensors

/// What came of a layer of outlines.
struct Passage {
  let input: Shape, output: Tensor
  let cost: Cost
  let path: String
  /// Its memories, in `Run.slots`.
  let slots: Range<Int>
}

extension Run {
  /// Whether the run asks for nothing but shapes, costs and memories.
  var onlyCounts: Bool { isOutline && isPlain && trace.recording == nil && routings == nil && indexings == nil }

  /// What a layer may change, before it.
  struct Before { let cost: Cost, slots: Int, carried: Int }
  var beforeLayer: Before { Before(cost: trace.cost, slots: slots.count, carried: carried.count) }

  /// What the layer `name.index` did; nil if it did more than can be done again without it: it failed, or handed something on beside the stream.
  func passage(since before: Before, from x: Tensor, to y: Tensor, _ name: String, _ index: Int) -> Passage? {
    guard y.fault == nil, carried.count == before.carried else { return nil }
    let path = layerPath(name, index)
    if slots.count > before.slots {
      guard layerSlots[path] == nil else { return nil }
      layerSlots[path] = before.slots..<slots.count
    } else if layerSlots[path] == nil, slots.contains(where: { $0.name.hasPrefix(path + ".") }) {
      return nil   // written before, by a run that was looked into
    }
    return Passage(
      input: x.shape, output: y, cost: Cost(
        multiplications: trace.cost.multiplications - before.cost.multiplications, bytes: trace.cost.bytes - before.cost.bytes),
      path: path, slots: layerSlots[path] ?? 0..<0)
  }

  /// The layer `name.index`, which says the same as the one of that passage.
  func pass(_ known: Passage, _ name: String, _ index: Int) -> Tensor {
    let path = layerPath(name, index), own = layerSlots[path]
    trace.cost = trace.cost + known.cost
    for (number, place) in known.slots.enumerated() {
      var slot = slots[place]
      slot.name = path + slot.name.dropFirst(known.path.count)
      if let own {
        slots[own.lowerBound + number] = slot
      } else {
        slotIndex[slot.name] = slots.count
        slots.append(slot)
      }
    }
    if own == nil, !known.slots.isEmpty { layerSlots[path] = (slots.count - known.slots.count)..<slots.count }
    return known.output
  }

  private func layerPath(_ name: String, _ index: Int) -> String { path.isEmpty ? "\(name).\(index)" : "\(path).\(name).\(index)" }
}
