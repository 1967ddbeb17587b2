// A lesson in another language: lessons/zh/NAME.md holds prose and titles alone. Cells, checks and outputs are the original's; an empty fence
// with its id says where each stands among the prose. What is shown in words (a quiz, a hint, a prediction, a caption) may stand in its fence.
//
// `translates` in its front matter lists the hash of each piece of the original's prose that it was made from, so that the linter can say which
// piece is stale.

public struct Translation: Sendable {
  public var file: String
  public var title: String
  /// Hashes of the original's pieces when it was made.
  var hashes: [String]
  /// Prose between the original's blocks, with the block that it stands before.
  var pieces: [(before: String?, prose: [LessonBlock])]
  /// Blocks of words, by kind and id.
  var words: [String: LessonBlock]
}

extension Translation {
  /// - Throws: `LessonProblems`, every fault with file and line.
  public static func parse(_ bytes: [UInt8], file: String) throws(LessonProblems) -> Translation {
    var parser = BlockReader(file: file)
    guard let source = parser.accept(bytes) else { throw LessonProblems(parser.problems) }
    let front = FrontMatter.read(source, file: file, problems: &parser.problems)
    let blocks = parser.read(source, after: front.lineCount, as: .translation)
    guard parser.problems.isEmpty else { throw LessonProblems(parser.problems.sorted { $0.line < $1.line }) }
    var result = Translation(file: file, title: front.title, hashes: front.translates, pieces: [], words: [:])
    var prose: [LessonBlock] = []
    var hints: [String: Int] = [:]
    for block in blocks {
      switch block {
      case .prose: prose.append(block)
      case .hint(let hint):
        result.words["hint \(hint.of) \(hints[hint.of, default: 0])"] = block
        hints[hint.of, default: 0] += 1
      case .caption(let caption): result.words["figure \(caption.of)"] = block
      case .quiz(let quiz): result.words["quiz \(quiz.id)"] = block
      case .predict(let prediction): result.words["predict \(prediction.id)"] = block
      case .cell, .exercise, .output, .expect, .check: break
      }
      guard let anchor = block.anchor else { continue }
      if !prose.isEmpty { result.pieces.append((anchor, prose)) }
      prose = []
    }
    if !prose.isEmpty { result.pieces.append((nil, prose)) }
    return result
  }
}

extension LessonBlock {
  /// What a translation calls a block that stands in it by an empty fence: `story`; nil for what it leaves out.
  var anchor: String? {
    switch self {
    case .cell(let cell): cell.isSetup ? nil : cell.id
    case .exercise(let exercise): exercise.id
    case .quiz(let quiz): quiz.id
    case .predict(let prediction): prediction.id
    case .caption, .prose, .output, .expect, .check, .hint: nil
    }
  }
}

extension Lesson {
  /// The prose between anchors, each with the block that it stands before.
  var pieces: [(before: String?, prose: [Prose])] {
    var found: [(before: String?, prose: [Prose])] = []
    var prose: [Prose] = []
    for block in blocks {
      if case .prose(let one) = block { prose.append(one) }
      guard let anchor = block.anchor else { continue }
      if !prose.isEmpty { found.append((anchor, prose)) }
      prose = []
    }
    if !prose.isEmpty { found.append((nil, prose)) }
    return found
  }

  /// The hashes of the pieces, as a translation lists them.
  var pieceHashes: [String] { pieces.map { piece in String(ContentHash.of(piece.prose.map { $0.markdown { "\($0)" } }.joined(separator: "\n\n")).prefix(8)) } }

  /// The lesson with a translation's words. A piece that the translation lacks, or has from an earlier text, stays the original's.
  public func translated(by translation: Translation) -> Lesson {
    var lesson = self
    lesson.title = translation.title
    let hashes = pieceHashes
    var kept: [String?: [LessonBlock]] = [:]
    for (index, piece) in pieces.enumerated() where index < translation.hashes.count && translation.hashes[index] == hashes[index] {
      kept[piece.before] = translation.pieces.first { $0.before == piece.before }?.prose
    }
    var blocks: [LessonBlock] = []
    var pending: [LessonBlock] = []
    func flush(before anchor: String?) {
      let others = pending.filter { if case .prose = $0 { false } else { true } }
      blocks += kept[anchor].map { $0 + others } ?? pending
      pending = []
    }
    var hints: [String: Int] = [:]
    for block in self.blocks {
      if case .prose = block {
        pending.append(block)
        continue
      }
      guard let anchor = block.anchor else {
        switch block {
        case .hint(let hint):
          let number = hints[hint.of, default: 0]
          hints[hint.of] = number + 1
          pending.append(translation.words["hint \(hint.of) \(number)"] ?? block)
        case .caption(let caption): pending.append(translation.words["figure \(caption.of)"] ?? block)
        default: pending.append(block)
        }
        continue
      }
      flush(before: anchor)
      switch (block, translation.words["quiz \(anchor)"] ?? translation.words["predict \(anchor)"]) {
      case (.quiz(let quiz), .quiz(let other)?) where quiz.choices.map(\.right) == other.choices.map(\.right): blocks.append(.quiz(other))
      case (.predict(var prediction), .predict(let other)?) where prediction.choices.count == other.choices.count:
        (prediction.question, prediction.choices) = (other.question, other.choices)
        blocks.append(.predict(prediction))
      default: blocks.append(block)
      }
    }
    flush(before: nil)
    lesson.blocks = blocks
    return lesson
  }

  /// What a translation lacks or has from an earlier text, with the cure.
  func faults(of translation: Translation) -> [LintProblem] {
    var problems: [LintProblem] = []
    func report(_ cause: LintProblem.Cause) { problems.append(LintProblem(file: translation.file, line: 1, cause: cause)) }
    let anchors = blocks.compactMap(\.anchor)
    let hashes = pieceHashes
    for piece in translation.pieces { if let before = piece.before, !anchors.contains(before) { report(.translationOfNothing(before, nearest: NearestName.find(before, among: anchors))) } }
    for (index, piece) in pieces.enumerated() {
      let place = piece.before.map { "before `\($0)`" } ?? "at the end"
      if !translation.pieces.contains(where: { $0.before == piece.before }) {
        report(.untranslated(place, line: piece.prose[0].line))
      } else if index >= translation.hashes.count || translation.hashes[index] != hashes[index] {
        report(.translationStale(place, line: piece.prose[0].line))
      }
    }
    if translation.hashes != hashes { report(.translates(hashes)) }
    return problems
  }
}
