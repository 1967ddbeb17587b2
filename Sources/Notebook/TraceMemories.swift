// The memories of a trace as kinds: what all layers keep in the same way is one row (`layers.*.attention.keys`).

import Generation

struct TraceMemories {
  struct Kind {
    /// With `*` for the layer, where there are several.
    let name: String
    let count: Int
    /// All of them, after the last step.
    let bytes: Int
    /// What each step did to one of them; nil while it was not there.
    let steps: [TraceStep.Memory?]
    /// One of them after the last step.
    let last: TraceStep.Memory
  }
  /// Those that are written, reused and forgotten alike, in the order of the layers.
  let kinds: [Kind]
  /// The memory that tells a step best: the one that grows with every token, else the first.
  let telling: String?

  init(_ steps: [TraceStep]) {
    let memory = steps.last?.memory ?? []
    telling = (memory.filter { $0.written > 0 && $0.reused > 0 && $0.evicted == 0 }.max { $0.reused < $1.reused } ?? memory.first)?.name
    var groups: [(key: String, members: [TraceStep.Memory], steps: [TraceStep.Memory?])] = []
    for slot in memory {
      let history = steps.map { step in step.memory.first { $0.name == slot.name } }
      let key = TraceMemories.kind(slot.name) + "\(slot.shape)" + history.map { $0.map { "\($0.written) \($0.reused) \($0.evicted)" } ?? "–" }.joined(separator: "|")
      if let known = groups.firstIndex(where: { $0.key == key }) { groups[known].members.append(slot) } else { groups.append((key, [slot], history)) }
    }
    // Keys and values are one kind: they are written together.
    var kinds: [Kind] = []
    for group in groups {
      let first = group.members[0]
      let kind = Kind(
        name: group.members.count == 1 ? first.name : TraceMemories.kind(first.name), count: group.members.count,
        bytes: group.members.reduce(0) { $0 + $1.bytes }, steps: group.steps, last: first)
      if let last = kinds.last, last.name.hasSuffix(".keys"), kind.name == String(last.name.dropLast(4)) + "values", last.last.shape == first.shape {
        kinds[kinds.count - 1] = Kind(name: last.name + ", values", count: last.count + kind.count, bytes: last.bytes + kind.bytes, steps: last.steps, last: last.last)
      } else {
        kinds.append(kind)
      }
    }
    self.kinds = kinds
  }

  /// The name with `*` for every number in it.
  private static func kind(_ name: String) -> String {
    name.split(separator: ".").map { $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: ".")
  }
}
