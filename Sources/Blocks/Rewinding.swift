// Going back: a run forgets its last tokens, or returns to where it stood. What checking a draft needs; nothing is computed here.

import Tensors

/// Where a run stood: its memories and its place in the text. Taking one costs nothing; a ring or a state that is written over
/// afterwards is copied first.
public struct RunMark: @unchecked Sendable {
  let slots: [MemorySlot]
  let index: [String: Int]
  let stream: Stream
}

extension Run {
  /// Where this run stands now.
  public var mark: RunMark { RunMark(slots: slots, index: slotIndex, stream: stream) }

  /// Goes back to a mark of this run.
  public func restore(_ mark: RunMark) {
    (slots, slotIndex, stream) = (mark.slots, mark.index, mark.stream)
  }

  /// Runs `body` and forgets what it wrote into memory: a step of denoising inside of a block.
  public func tentatively<Result>(_ body: () throws -> Result) rethrows -> Result {
    let place = mark
    defer { restore(place) }
    return try body()
  }

  /// The memory that cannot forget its last positions, and why; nil if all can.
  public func obstacle(toRewinding count: Int) -> String? {
    for slot in slots {
      switch slot.growth {
      case .everyToken where slot.count < count: return "\(slot.name) holds \(slot.count) positions"
      case .ring(let size) where slot.seen > size: return "\(slot.name) is a ring of \(size), and what the last positions wrote over is gone"
      case .state: return "\(slot.name) is a state, in which single positions cannot be told apart"
      case .ring, .everyToken, .once: continue
      }
    }
    return nil
  }

  /// Forgets the last `count` positions: the next tokens take their places.
  /// - Throws: a fault that names the memory that cannot (a state; a ring that has come around). `mark` and `restore` serve those.
  public func rewind(by count: Int) throws(Fault) {
    guard count > 0 else { return }
    if let obstacle = obstacle(toRewinding: count) {
      throw Fault(.other(operation: "rewind", message: "cannot forget \(count) position\(count == 1 ? "" : "s"): \(obstacle)"))
    }
    for i in slots.indices where slots[i].growth != .once {
      slots[i].count -= count
      slots[i].seen -= count
      slots[i].written = max(0, slots[i].written - count)
    }
    stream = Stream(
      batch: stream.batch, count: 0, past: stream.end - count, padding: stream.padding.map { $0.map { Array($0.dropLast(count)) } },
      positions: nil)
  }
}
