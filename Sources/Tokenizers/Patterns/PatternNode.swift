/// A pattern as a tree: what `PatternParser` reads and `PatternProgram` compiles.
indirect enum PatternNode: Sendable {
  /// One scalar of a set.
  case set(ScalarSet)
  case sequence([PatternNode])
  case choice([PatternNode])
  case repetition(PatternNode, least: Int, most: Int?, Greed)
  case look(PatternNode, ahead: Bool, negative: Bool)
  /// No way back into it once it has matched.
  case atomic(PatternNode)
  case position(Position)

  enum Greed: Sendable { case greedy, lazy, possessive }
  enum Position: Sendable { case textStart, textEnd, textEndOrLastLine, lineStart, lineEnd, wordEdge, notWordEdge }

  static let empty = PatternNode.sequence([])

  /// How many scalars it can take, for looking back; nil is without bound.
  var lengths: (least: Int, most: Int?) {
    switch self {
    case .set: return (1, 1)
    case .sequence(let parts):
      return parts.reduce((0, 0)) { sum, part in
        let l = part.lengths
        return (min(sum.0 + l.least, 1 << 20), sum.1.flatMap { a in l.most.map { min(a + $0, 1 << 20) } })
      }
    case .choice(let ways):
      let all = ways.map(\.lengths)
      let most = all.contains { $0.most == nil } ? nil : all.compactMap(\.most).max()
      return (all.map(\.least).min() ?? 0, most)
    case .repetition(let part, let least, let most, _):
      let l = part.lengths
      let upper = most.flatMap { m in l.most.map { min(m, 1 << 20) * $0 } }
      return (min(least, 1 << 20) * l.least, upper)
    case .atomic(let part): return part.lengths
    case .look, .position: return (0, 0)
    }
  }

  /// The bytes with which a match can begin; all of them when it can be empty.
  func firstBytes() -> [Bool] {
    var result = [Bool](repeating: false, count: 256)
    if collectFirst(into: &result) { return [Bool](repeating: true, count: 256) }
    return result
  }

  /// Returns whether it can match without taking a scalar.
  private func collectFirst(into bytes: inout [Bool]) -> Bool {
    switch self {
    case .set(let set):
      for range in set.ranges {
        let ascii = range.clamped(to: 0...0x7F)
        if range.lowerBound < 0x80 { for scalar in ascii { bytes[Int(scalar)] = true } }
        if range.upperBound >= 0x80 { for lead in 0xC2...0xF4 { bytes[lead] = true } }
      }
      return false
    case .sequence(let parts):
      for part in parts where !part.collectFirst(into: &bytes) { return false }
      return true
    case .choice(let ways):
      var empty = ways.isEmpty
      for way in ways where way.collectFirst(into: &bytes) { empty = true }
      return empty
    case .repetition(let part, let least, _, _):
      let empty = part.collectFirst(into: &bytes)
      return empty || least == 0
    case .atomic(let part): return part.collectFirst(into: &bytes)
    case .look, .position: return true
    }
  }
}
