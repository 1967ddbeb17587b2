import Files

/// A compiled pattern of the file: finds its matches as the reference's engine would, leftmost, first alternative first.
struct Pattern: Sendable {
  let program: PatternProgram

  /// A regular expression.
  init(regex: ByteString) throws(PatternParser.Problem) {
    program = try PatternProgram(PatternParser.parse(regex.bytes))
  }

  /// A text that is meant as it stands.
  init(literal: ByteString) throws(PatternParser.Problem) {
    let scalars = UTF8Text.scalars(literal.bytes)
    if scalars.count > PatternParser.most {
      throw PatternParser.Problem(at: 0, what: "the text has more than \(PatternParser.most) characters")
    }
    program = try PatternProgram(.sequence(scalars.map { .set(ScalarSet([$0...$0])) }))
  }

  /// All matches, from left to right, without overlap. An empty match right behind another match does not count.
  func matches(in text: UnsafeBufferPointer<UInt8>, _ found: (Int, Int) -> Void) {
    var matcher = PatternMatcher(program, text)
    var from = 0
    var lastEnd = -1
    while from <= text.count {
      guard let (start, end) = matcher.search(from: from) else { return }
      if start == end, end == lastEnd {
        from += from < text.count ? UTF8Text.length(text[from]) : 1
      } else {
        found(start, end)
        from = end
        lastEnd = end
      }
    }
  }

  /// The matches and what lies between them; together they cover the text.
  func stretches(in text: UnsafeBufferPointer<UInt8>, into stretches: inout [SplitBehaviour.Stretch]) {
    stretches.removeAll(keepingCapacity: true)
    guard !text.isEmpty else { return }
    var last = 0
    matches(in: text) { start, end in
      if last != start { stretches.append(.init(start: last, end: start, isMatch: false)) }
      stretches.append(.init(start: start, end: end, isMatch: true))
      last = end
    }
    if last != text.count { stretches.append(.init(start: last, end: text.count, isMatch: false)) }
  }
}
