import Files

/// What becomes of the delimiter when a text is cut at it.
enum SplitBehaviour: String, CaseIterable, Sendable {
  case Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous

  /// A stretch of a piece that the pattern matched, or one between two matches. Together they cover the piece.
  struct Stretch {
    var start: Int
    var end: Int
    var isMatch: Bool
  }

  /// The cuts that the stretches stand for. With `-` in `the-final--countdown`:
  /// removed `the final countdown`, isolated `the - final - - countdown`, merged with previous `the- final- - countdown`,
  /// with next `the -final - -countdown`, contiguous `the - final -- countdown`.
  func cut(_ stretches: [Stretch], inverted: Bool, into cuts: inout [AlignedText.Cut]) {
    var previous = false
    switch self {
    case .Removed:
      for s in stretches where s.isMatch == inverted { cuts.append(.init(start: s.start, end: s.end)) }
    case .Isolated:
      for s in stretches { cuts.append(.init(start: s.start, end: s.end)) }
    case .Contiguous:
      for s in stretches {
        let isMatch = s.isMatch != inverted
        if isMatch == previous, !cuts.isEmpty {
          cuts[cuts.count - 1].end = s.end
        } else {
          cuts.append(.init(start: s.start, end: s.end))
        }
        previous = isMatch
      }
    case .MergedWithPrevious:
      for s in stretches {
        let isMatch = s.isMatch != inverted
        if isMatch, !previous, !cuts.isEmpty {
          cuts[cuts.count - 1].end = s.end
        } else {
          cuts.append(.init(start: s.start, end: s.end))
        }
        previous = isMatch
      }
    case .MergedWithNext:
      for s in stretches.reversed() {
        let isMatch = s.isMatch != inverted
        if isMatch, !previous, !cuts.isEmpty {
          cuts[cuts.count - 1].start = s.start
        } else {
          cuts.append(.init(start: s.start, end: s.end))
        }
        previous = isMatch
      }
      cuts.reverse()
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Stretches of one scalar for each that is a delimiter, and what lies between.
  func stretches(_ isDelimiter: (UInt32) -> Bool, into stretches: inout [SplitBehaviour.Stretch]) {
    stretches.removeAll(keepingCapacity: true)
    var last = 0
    var at = 0
    while at < count {
      let (scalar, length) = UTF8Text.decode(self, at)
      if isDelimiter(scalar) {
        if last < at { stretches.append(.init(start: last, end: at, isMatch: false)) }
        stretches.append(.init(start: at, end: at + length, isMatch: true))
        last = at + length
      }
      at += length
    }
    if last < count { stretches.append(.init(start: last, end: count, isMatch: false)) }
  }
}
