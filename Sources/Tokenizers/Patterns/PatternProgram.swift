/// A pattern compiled for the matcher: a list of instructions that name sets and each other by number.
struct PatternProgram: Sendable {
  enum Instruction: Sendable {
    case set(Int)
    /// As many scalars of a set as there are, at least and at most so many; the matcher gives them back one by one.
    case greedySet(Int, least: Int, most: Int)
    case lazySet(Int, least: Int, most: Int)
    case possessiveSet(Int, least: Int, most: Int)
    /// Try the first, then the second.
    case split(Int, Int)
    case jump(Int)
    /// Remembers the position in a register; `leaveIfEmpty` goes on past a loop whose round took nothing.
    case mark(Int)
    case leaveIfEmpty(Int, Int)
    /// The part up to `end` must (not) match here; goes on at `end` + 1.
    case look(ahead: Bool, negative: Bool, least: Int, most: Int, end: Int)
    case atomic(end: Int)
    case position(PatternNode.Position)
    case match
  }

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  private(set) var registers = 0
  let firstBytes: [Bool]

  static let most = 20_000

  /// Fails when braces would unfold into more than `most` instructions.
  init(_ node: PatternNode) throws(PatternParser.Problem) {
    firstBytes = node.firstBytes()
    try compile(node)
    instructions.append(.match)
  }

  private mutating func number(of set: ScalarSet) -> Int {
    if let known = sets.firstIndex(where: { $0.ranges == set.ranges }) { return known }
    sets.append(set)
    return sets.count - 1
  }

  private mutating func compile(_ node: PatternNode) throws(PatternParser.Problem) {
    if instructions.count > Self.most {
      throw PatternParser.Problem(at: 0, what: "the repetitions of the pattern unfold into more than \(Self.most) steps")
    }
    switch node {
    case .set(let set): instructions.append(.set(number(of: set)))
    case .sequence(let parts): for part in parts { try compile(part) }
    case .choice(let ways):
      var jumps: [Int] = []
      for (i, way) in ways.enumerated() {
        guard i < ways.count - 1 else {
          try compile(way)
          break
        }
        let split = instructions.count
        instructions.append(.match)
        try compile(way)
        jumps.append(instructions.count)
        instructions.append(.match)
        instructions[split] = .split(split + 1, instructions.count)
      }
      for jump in jumps { instructions[jump] = .jump(instructions.count) }
    case .repetition(.set(let set), let least, let most, let greed):
      let (number, most) = (number(of: set), most ?? Int.max)
      switch greed {
      case .greedy: instructions.append(.greedySet(number, least: least, most: most))
      case .lazy: instructions.append(.lazySet(number, least: least, most: most))
      case .possessive: instructions.append(.possessiveSet(number, least: least, most: most))
      }
    case .repetition(let part, let least, let most, .possessive):
      try compile(.atomic(.repetition(part, least: least, most: most, .greedy)))
    case .repetition(let part, let least, let most, let greed):
      for _ in 0..<least { try compile(part) }
      if let most { try unfold(part, most - least, greed) } else { try loop(part, greed) }
    case .look(let part, let ahead, let negative):
      let start = instructions.count
      instructions.append(.match)
      try compile(part)
      let lengths = part.lengths
      instructions[start] = .look(
        ahead: ahead, negative: negative, least: lengths.least, most: lengths.most ?? 0, end: instructions.count)
      instructions.append(.match)
    case .atomic(let part):
      let start = instructions.count
      instructions.append(.match)
      try compile(part)
      instructions[start] = .atomic(end: instructions.count)
      instructions.append(.match)
    case .position(let position): instructions.append(.position(position))
    }
  }

  /// `(part(part(…)?)?)?`
  private mutating func unfold(_ part: PatternNode, _ times: Int, _ greed: PatternNode.Greed) throws(PatternParser.Problem) {
    var splits: [Int] = []
    for _ in 0..<max(0, times) {
      splits.append(instructions.count)
      instructions.append(.match)
      try compile(part)
    }
    let end = instructions.count
    for split in splits { instructions[split] = greed == .lazy ? .split(end, split + 1) : .split(split + 1, end) }
  }

  private mutating func loop(_ part: PatternNode, _ greed: PatternNode.Greed) throws(PatternParser.Problem) {
    let register = registers
    registers += 1
    let split = instructions.count
    instructions.append(.match)
    instructions.append(.mark(register))
    try compile(part)
    let end = instructions.count + 2
    instructions.append(.leaveIfEmpty(register, end))
    instructions.append(.jump(split))
    instructions[split] = greed == .lazy ? .split(end, split + 1) : .split(split + 1, end)
  }
}
