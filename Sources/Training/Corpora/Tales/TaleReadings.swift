// Two readings of the grammar: telling a text, and following one word by word.

import Tensors

extension TaleGrammar {
  /// A text, without specials.
  func tell(using generator: inout SeededGenerator) -> [Int] {
    var walk = TaleWalk(self), text: [Int] = []
    while let step = walk.next(self) {
      switch step {
      case .say(let words): text += words
      case .form(let slot, let form): text.append(said(walk.memory[slot], form))
      case .pick(let slot, let from, let except):
        var item = from[generator.below(from.count)]
        while except.contains(where: { walk.memory[$0] == item }) { item = from[generator.below(from.count)] }
        if let slot { walk.memory[slot] = item }
        text.append(items[item].word)
      case .oneOf(let options):
        var rest = Double(generator.next() >> 11) * 0x1p-53 * options.reduce(0) { $0 + $1.weight }
        let chosen = options.first { rest -= $0.weight; return rest < 0 } ?? options[options.count - 1]
        walk.enter(chosen.list, self)
      case .when, .remember, .rule: follow(step, &walk)
      }
    }
    return text
  }

  /// Every word that may come next with its probability and what follows it; the word nil is the end.
  func next(_ walk: TaleWalk) -> [(word: Int?, probability: Double, walk: TaleWalk)] {
    var walk = walk
    while let step = walk.next(self) {
      switch step {
      case .say(let words):
        return [(words[0], 1, walk)]
      case .form(let slot, let form): return [(said(walk.memory[slot], form), 1, walk)]
      case .pick(let slot, let from, let except):
        let allowed = from.filter { item in !except.contains { walk.memory[$0] == item } }
        return allowed.map { item in
          var after = walk
          if let slot { after.memory[slot] = item }
          return (items[item].word, 1 / Double(allowed.count), after)
        }
      case .oneOf(let options):
        let total = options.reduce(0) { $0 + $1.weight }
        return options.flatMap { option in
          var inside = walk
          inside.enter(option.list, self)
          return next(inside).map { ($0.word, $0.probability * option.weight / total, $0.walk) }
        }
      case .when, .remember, .rule: follow(step, &walk)
      }
    }
    return [(nil, 1, walk)]
  }

  /// The steps that choose nothing.
  func follow(_ step: TaleStep, _ walk: inout TaleWalk, group: ((Int) -> Int)? = nil) {
    switch step {
    case .when(let condition, let then, let other): walk.enter(walk.holds(condition, group: group ?? { items[$0].group }) ? then : other, self)
    case .remember(let slot, let source): walk.memory[slot] = source.map { walk.memory[$0] } ?? -1
    case .rule(let list): walk.enter(list, self)
    default: break
    }
  }

  private func said(_ item: Int, _ form: String?) -> Int { item < 0 ? 0 : form.flatMap { items[item].forms[$0] } ?? items[item].word }
}
