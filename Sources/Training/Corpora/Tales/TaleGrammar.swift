// A grammar with memory: rules say words, pick things and remember them, and later rules say their forms. Every choice shows in the next word, so a
// text has one derivation; hence the same rules tell a text, follow one, and give its exact probability (see TaleReadings and TaleEntropy).

/// One thing that a rule may say or remember. What later choices depend on is its group alone: things of one group are alike for the law.
struct TaleItem: Sendable {
  let word: Int
  /// Other forms: "He", "his".
  let forms: [String: Int]
  let group: Int
}

/// One step of a rule. Lists of steps are named by their number in the grammar.
enum TaleStep: Sendable {
  case say([Int])
  /// One of the items, all equally likely, but none of those remembered in `except`; it is said and, with a slot, remembered.
  case pick(slot: Int?, from: [Int], except: [Int])
  case form(slot: Int, String?)
  case oneOf([(weight: Double, list: Int)])
  case when(TaleCondition, then: Int, else: Int)
  /// Remembers what another slot remembers; nil: forgets.
  case remember(slot: Int, as: Int?)
  case rule(Int)
}

enum TaleCondition: Sendable {
  case has(Int)
  case isOf(Int, group: Int)
  case all([TaleCondition])
  /// Both slots remember something of the same group.
  case alike(Int, Int)
  case not([TaleCondition])
}

/// Rules with their items and words.
struct TaleGrammar: Sendable {
  var lists: [[TaleStep]] = []
  var items: [TaleItem] = []
  /// Words in the order of their first use.
  var words: [String] = []
  private var ids: [String: Int] = [:]
  private var groups: [String: Int] = [:]
  private var slots: [String: Int] = [:]
  var start = 0
  /// Words come after so many special tokens.
  let offset = WordList.usualSpecials.count

  var slotCount: Int { slots.count }

  // MARK: Writing rules

  mutating func word(_ word: String) -> Int {
    if let id = ids[word] { return id }
    ids[word] = offset + words.count
    words.append(word)
    return offset + words.count - 1
  }
  mutating func slot(_ name: String) -> Int {
    if let n = slots[name] { return n }
    slots[name] = slots.count
    return slots.count - 1
  }
  mutating func group(_ name: String) -> Int {
    if let n = groups[name] { return n }
    groups[name] = groups.count
    return groups.count - 1
  }
  /// New items of one group; each is a word, with its forms.
  mutating func things(_ group: String, _ words: [String], forms: [String: String] = [:]) -> [Int] {
    words.map { text in
      let own = word(text)
      // In a fixed order: a dictionary's changes from run to run, and new words get their ids here.
      var known: [String: Int] = [:]
      for (name, form) in forms.sorted(by: { $0.key < $1.key }) { known[name] = word(form) }
      items.append(TaleItem(word: own, forms: known, group: self.group(group)))
      return items.count - 1
    }
  }
  mutating func list(_ steps: [TaleStep]) -> Int {
    lists.append([])
    fill(lists.count - 1, steps)
    return lists.count - 1
  }
  /// A list that is filled in later (rules that name one another).
  mutating func reserve() -> Int { list([]) }
  /// Several words become a step each, so that a walk may stop between any two.
  mutating func fill(_ list: Int, _ steps: [TaleStep]) {
    lists[list] = steps.flatMap { step -> [TaleStep] in
      guard case .say(let words) = step else { return [step] }
      return words.map { .say([$0]) }
    }
  }

  mutating func say(_ text: String) -> TaleStep { .say(text.split(separator: " ").map { word(String($0)) }) }
  mutating func pick(_ slot: String, _ from: [Int], except: [String] = []) -> TaleStep {
    .pick(slot: slot.isEmpty ? nil : self.slot(slot), from: from, except: except.map { self.slot($0) })
  }
  mutating func form(_ slot: String, _ name: String? = nil) -> TaleStep { .form(slot: self.slot(slot), name) }
  mutating func oneOf(_ options: [(Double, [TaleStep])]) -> TaleStep { .oneOf(options.map { (weight: $0.0, list: list($0.1)) }) }
  mutating func when(_ condition: TaleCondition, _ then: [TaleStep], else other: [TaleStep] = []) -> TaleStep {
    .when(condition, then: list(then), else: list(other))
  }
}

/// How far a derivation has come: what is remembered (items, or groups while entropies are counted; −1: nothing), and what is still to do.
struct TaleWalk: Hashable, Sendable {
  var memory: [Int]
  /// Lists and the next step of each, innermost last; finished lists are gone.
  var todo: [Int32]

  init(_ grammar: TaleGrammar) { (memory, todo) = ([Int](repeating: -1, count: grammar.slotCount), [Int32(grammar.start), 0]) }

  /// The next step, taken off; nil at the end.
  mutating func next(_ grammar: TaleGrammar) -> TaleStep? {
    while let at = todo.last {
      let steps = grammar.lists[Int(todo[todo.count - 2])]
      if at < steps.count {
        todo[todo.count - 1] += 1
        if Int(at) + 1 == steps.count { todo.removeLast(2) }
        return steps[Int(at)]
      }
      todo.removeLast(2)
    }
    return nil
  }
  mutating func enter(_ list: Int, _ grammar: TaleGrammar) { if !grammar.lists[list].isEmpty { todo += [Int32(list), 0] } }

  func holds(_ condition: TaleCondition, group: (Int) -> Int) -> Bool {
    switch condition {
    case .has(let slot): memory[slot] >= 0
    case .isOf(let slot, let wanted): memory[slot] >= 0 && group(memory[slot]) == wanted
    case .alike(let a, let b): memory[a] >= 0 && memory[b] >= 0 && group(memory[a]) == group(memory[b])
    case .all(let parts): parts.allSatisfy { holds($0, group: group) }
    case .not(let parts): !parts.contains { holds($0, group: group) }
    }
  }
}
