// The third reading: the exact entropy and mean length of what the grammar tells. Derivations that stand at the same step and remember things of the
// same groups have the same future, so it is worked out once: dynamic programming over such states, not over texts.

import Glibc

extension TaleGrammar {
  /// Entropy of a text in nats and its mean number of words (without an end token). Exact to rounding: a text has one derivation, so the entropy of
  /// the text is that of the choices.
  func entropy() -> (nats: Double, words: Double) {
    var known: [TaleWalk: (nats: Double, words: Double)] = [:]
    return future(TaleWalk(self), &known)
  }

  /// What is still to come after a state that remembers groups instead of items; how many items of a list are in a group is all that a pick must know.
  private func future(_ start: TaleWalk, _ known: inout [TaleWalk: (nats: Double, words: Double)]) -> (nats: Double, words: Double) {
    if let found = known[start] { return found }
    var walk = start, nats = 0.0, words = 0.0
    choice: while let step = walk.next(self) {
      switch step {
      case .say, .form: words += 1
      case .when, .remember, .rule: follow(step, &walk, group: { $0 })
      case .pick(let slot, let from, let except):
        words += 1
        var counts: [Int: Int] = [:]
        for item in from { counts[items[item].group, default: 0] += 1 }
        for other in except { if let n = counts[walk.memory[other]] { counts[walk.memory[other]] = n - 1 } }
        let total = Double(counts.values.reduce(0, +))
        nats += log(total)
        guard let slot else { continue }
        for (group, n) in counts.sorted(by: { $0.key < $1.key }) where n > 0 {
          var next = walk
          next.memory[slot] = group
          let rest = future(next, &known)
          nats += Double(n) / total * rest.nats
          words += Double(n) / total * rest.words
        }
        break choice
      case .oneOf(let options):
        let total = options.reduce(0) { $0 + $1.weight }
        for option in options {
          let q = option.weight / total
          var next = walk
          next.enter(option.list, self)
          let rest = future(next, &known)
          nats += q * (rest.nats - log(q))
          words += q * rest.words
        }
        break choice
      }
    }
    known[start] = (nats, words)
    return (nats, words)
  }
}
