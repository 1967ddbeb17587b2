/// Runs a program over UTF-8: backtracking with a stack of its own, so that a megabyte of one letter costs memory, never the
/// machine's stack.
///
/// A run of a single set (`\p{L}+`) is one entry on that stack, which is given back scalar by scalar. Patterns of tokenizers
/// are then linear in practice; one that is not (nested repetitions) is cut off: a text that has cost more than `budget` steps,
/// some hundreds for each of its bytes, has no more matches.
struct PatternMatcher {
  private let program: PatternProgram
  private let text: UnsafeBufferPointer<UInt8>
  private var stack: [Choice] = []
  private var registers: [Int]
  private var steps = 0

  private let budget: Int

  private struct Choice {
    enum Kind { case resume, giveBack, takeMore, restore }
    var kind: Kind
    /// Instruction to go on with, or the register to restore.
    var next: Int
    var at: Int
    /// `giveBack`: the position that it must not go below. `takeMore`: how many more. `restore`: the old value.
    var bound: Int
    var set: Int = 0
  }

  init(_ program: PatternProgram, _ text: UnsafeBufferPointer<UInt8>) {
    self.program = program
    self.text = text
    registers = [Int](repeating: -1, count: program.registers)
    budget = 20_000_000 + 500 * text.count
  }

  /// The first match that begins at or after `from`.
  mutating func search(from: Int) -> (Int, Int)? {
    var at = from
    while at <= text.count {
      if at == text.count || program.firstBytes[Int(text[at])] {
        if let end = run(0, at) { return (at, end) }
      }
      if at == text.count { return nil }
      at += UTF8Text.length(text[at])
    }
    return nil
  }

  /// The end of the match of the instructions from `first`, up to their `match`.
  private mutating func run(_ first: Int, _ start: Int) -> Int? {
    let base = stack.count
    defer { stack.removeLast(stack.count - base) }
    var pc = first
    var at = start
    while true {
      steps += 1
      if steps > budget { return nil }
      var failed = false
      switch program.instructions[pc] {
      case .match: return at
      case .set(let set):
        if let length = accept(set, at) { (pc, at) = (pc + 1, at + length) } else { failed = true }
      case .greedySet(let set, let least, let most):
        if let (low, high) = takeRun(set, at, least, most) {
          pc += 1
          at = high
          if low < high { stack.append(Choice(kind: .giveBack, next: pc, at: high, bound: low)) }
        } else {
          failed = true
        }
      case .possessiveSet(let set, let least, let most):
        if let (_, high) = takeRun(set, at, least, most) { (pc, at) = (pc + 1, high) } else { failed = true }
      case .lazySet(let set, let least, let most):
        if let (_, high) = takeRun(set, at, least, least) {
          pc += 1
          at = high
          if most > least { stack.append(Choice(kind: .takeMore, next: pc, at: at, bound: most - least, set: set)) }
        } else {
          failed = true
        }
      case .split(let preferred, let other):
        stack.append(Choice(kind: .resume, next: other, at: at, bound: 0))
        pc = preferred
      case .jump(let target): pc = target
      case .mark(let register):
        stack.append(Choice(kind: .restore, next: register, at: 0, bound: registers[register]))
        registers[register] = at
        pc += 1
      case .leaveIfEmpty(let register, let end): pc = registers[register] == at ? end : pc + 1
      case .look(let ahead, let negative, let least, let most, let end):
        let holds = ahead ? run(pc + 1, at) != nil : endsHere(pc + 1, at, least, most)
        if holds != negative { pc = end + 1 } else { failed = true }
      case .atomic(let end):
        if let stop = run(pc + 1, at) { (pc, at) = (end + 1, stop) } else { failed = true }
      case .position(let position):
        if holds(position, at) { pc += 1 } else { failed = true }
      }
      guard failed else { continue }
      guard let (next, position) = backtrack(to: base) else { return nil }
      (pc, at) = (next, position)
    }
  }

  private mutating func backtrack(to base: Int) -> (Int, Int)? {
    while stack.count > base {
      let last = stack.count - 1
      let choice = stack[last]
      switch choice.kind {
      case .resume:
        stack.removeLast()
        return (choice.next, choice.at)
      case .restore:
        registers[choice.next] = choice.bound
        stack.removeLast()
      case .giveBack:
        let at = UTF8Text.before(text, choice.at)
        if at <= choice.bound { stack.removeLast() } else { stack[last].at = at }
        return (choice.next, at)
      case .takeMore:
        guard choice.bound > 0, let length = accept(choice.set, choice.at) else {
          stack.removeLast()
          continue
        }
        stack[last].at += length
        stack[last].bound -= 1
        return (choice.next, choice.at + length)
      }
    }
    return nil
  }

  @inline(__always)
  private func accept(_ set: Int, _ at: Int) -> Int? {
    guard at < text.count else { return nil }
    let (scalar, length) = UTF8Text.decode(text, at)
    return program.sets[set].contains(scalar) ? length : nil
  }

  /// Where the run ends with as few as allowed and with as many as there are.
  private func takeRun(_ set: Int, _ start: Int, _ least: Int, _ most: Int) -> (Int, Int)? {
    let set = program.sets[set]
    var at = start
    var low = start
    var count = 0
    while count < most, at < text.count {
      let (scalar, length) = UTF8Text.decode(text, at)
      guard set.contains(scalar) else { break }
      at += length
      count += 1
      if count == least { low = at }
    }
    return count >= least ? (low, at) : nil
  }

  /// Whether the part matches some stretch that ends at `at`.
  private mutating func endsHere(_ first: Int, _ at: Int, _ least: Int, _ most: Int) -> Bool {
    var start = at
    for count in 0...most {
      if count > 0 {
        if start == 0 { return false }
        start = UTF8Text.before(text, start)
      }
      if count >= least, run(first, start) == at { return true }
    }
    return false
  }

  private func isWord(_ at: Int) -> Bool { ScalarProperties.has(.patternWord, UTF8Text.decode(text, at).scalar) }

  private func holds(_ position: PatternNode.Position, _ at: Int) -> Bool {
    switch position {
    case .textStart: return at == 0
    case .textEnd: return at == text.count
    case .textEndOrLastLine: return at == text.count || (at == text.count - 1 && text[at] == 0x0A)
    case .lineStart: return at == 0 || (text[at - 1] == 0x0A && at < text.count)
    case .lineEnd: return at == text.count || text[at] == 0x0A
    case .wordEdge, .notWordEdge:
      let before = at > 0 && isWord(UTF8Text.before(text, at))
      let after = at < text.count && isWord(at)
      return (before != after) == (position == .wordEdge)
    }
  }
}
