// The lesson as a value: front matter and blocks in the order of the file, linked by ids.
//
// It knows nothing of running; `Runner` and `LessonSession` do that.

/// A lesson file, read.
public struct Lesson: Sendable {
  /// The path as it was given, for messages.
  public var file: String
  public var id: String
  public var title: String
  /// Ids of the lessons that come before.
  public var needs: [String]
  public var seed: UInt64
  /// Numbers of the claims that its cells measure.
  public var claims: [Int] = []
  /// Minutes that it takes.
  public var minutes: Int?
  public var level: Level = .first
  /// Mini models that it uses.
  public var mini: [String] = []
  /// Whether it belongs to the core of the course.
  public var isCore = false
  public var blocks: [LessonBlock]
  /// From the sibling NAME.solution.md, keyed by exercise id.
  public var solutions: [String: Solution] = [:]
  /// Answers that must be refused, from the same file.
  public var wrongs: [WrongAnswer] = []
  /// Images of the prose without an alternative text (line, source): the linter's business.
  public var bareImages: [BareImage] = []
  /// The lesson's own bytes: blessing changes some of them and keeps the rest.
  public var source: [UInt8]

  public enum Level: String, CaseIterable, Sendable { case first, second }

  public struct BareImage: Sendable, Equatable {
    public var line: Int
    public var source: String
  }
}

/// One block of a lesson; lines count from 1 and name the opening fence.
public enum LessonBlock: Sendable {
  case prose(Prose)
  case cell(Cell)
  case output(ExpectedOutput)
  case expect(Expect)
  case exercise(Exercise)
  case check(Check)
  case hint(Hint)
  case quiz(Quiz)
  case predict(Prediction)
  case caption(Caption)
}

/// A run of Markdown that is no lesson block; a heading always opens a new one.
public struct Prose: Sendable {
  public var line: Int
  public var blocks: [MarkdownBlock]
  /// What it holds beside Markdown, in the order of the text.
  public var marks: [InlineMark]
  /// The Markdown with the marks' places; `markdown(_:)` fills them in.
  var marked: String
  var firstMark: Int

  /// In the order of the text.
  public var numbers: [ComputedNumber] {
    marks.compactMap { if case .number(let expression) = $0.kind { ComputedNumber(expression: expression, line: $0.line) } else { nil } }
  }

  /// The Markdown as written, with `value(i)` in the place of computed number `i`, and of what is no number what `other` makes of it.
  public func markdown(_ value: (Int) -> String, other: (InlineMark) -> String = { $0.raw }) -> String {
    var number = 0
    // The book's lines end in LF, whatever the lesson's do.
    return InlineMarks.substitute(marked.replacing("\r\n", with: "\n")) { index in
      let mark = marks[index - firstMark]
      guard case .number = mark.kind else { return other(mark) }
      number += 1
      return value(number - 1)
    }
  }

  /// The prose as a tree, with the values of the computed numbers in their places.
  public func blocks(values: [String]) -> [MarkdownBlock] {
    var byExpression: [String: String] = [:]
    for (number, value) in zip(numbers, values) { byExpression[number.expression] = value }
    return blocks.computing { byExpression[$0] ?? "\\(\($0))" }
  }
}

/// A cell: source text of the language, run in order.
public struct Cell: Sendable {
  public var id: String
  public var line: Int
  public var source: String
  /// The kind of failure that the cell declares; it must fail so.
  public var failure: String?
  /// Its value is not shown, by choice.
  public var silent: Bool
  /// The claims that it measures.
  public var claims: [Int] = []
  /// Runs unseen before the first cell.
  public var isSetup = false
}

/// The text that a cell is expected to show.
public struct ExpectedOutput: Sendable {
  public var of: String
  public var line: Int
  public var text: String
  /// How far numbers may lie apart, absolutely and relative to the expected one; nil compares them as text.
  public var tolerance: Double?
  /// Lines of the file (from 0) that hold the text.
  public var lines: Range<Int>
}

/// Invariants that hold where they stand.
public struct Expect: Sendable {
  public var of: String
  public var line: Int
  public var clauses: [Clause]
}

/// A question with a stub (`___`) to fill in.
public struct Exercise: Sendable {
  public var id: String
  public var line: Int
  public var stub: String
  public var needs: [String]
  /// What a right answer counts for.
  public var points = 1
  /// An expression of a list of words: who types one of them answers with its place.
  public var words: String?
}

/// What a right answer satisfies, in order; each with its message.
public struct Check: Sendable {
  public var of: String
  public var line: Int
  public var clauses: [Clause]
}

/// One line of `expect` or `check`.
public struct Clause: Sendable, Equatable {
  public var line: Int
  /// An expression that is true.
  public var condition: String
  /// A string literal of the language with its quotes; nil in `expect`.
  public var message: String?
}

/// Markdown that helps with an exercise.
public struct Hint: Sendable {
  public var of: String
  public var line: Int
  public var text: String
}

/// A right answer from the sibling file.
public struct Solution: Sendable, Equatable {
  public var of: String
  public var file: String
  public var line: Int
  public var source: String
}

/// A question with choices; at least one is right.
public struct Quiz: Sendable {
  public var id: String
  public var line: Int
  public var question: String
  public var choices: [Choice]

  public struct Choice: Sendable, Equatable {
    public var text: String
    public var right: Bool
    /// What follows the em dash.
    public var explanation: String?
  }
}

/// An answer that must be refused, and a part of what the learner then reads.
public struct WrongAnswer: Sendable, Equatable {
  public var of: String
  public var file: String
  public var line: Int
  public var source: String
  public var message: String
}

/// A guess that the learner commits to before a cell runs; without a cell, what an earlier lesson taught.
public struct Prediction: Sendable, Equatable {
  public enum Kind: String, CaseIterable, Sendable { case number, word, choice }
  public var id: String
  public var line: Int
  /// The cell below that shows the truth; nil for a recall.
  public var of: String?
  /// An expression whose value is the truth, after the cell has run; nil: what the cell shows.
  public var answer: String?
  public var kind: Kind
  /// How far a guess may lie off, as the tolerance of an output.
  public var tolerance: Double
  public var question: String
  /// For a choice; none is marked where `answer` gives the right one.
  public var choices: [Quiz.Choice]
}

/// What a cell's picture shows: the finding, and the same in words for who cannot see it.
public struct Caption: Sendable, Equatable {
  public var of: String
  public var line: Int
  public var text: String
  public var alternative: String
}

extension LessonBlock {
  public var line: Int {
    switch self {
    case .prose(let block): block.line
    case .cell(let block): block.line
    case .output(let block): block.line
    case .expect(let block): block.line
    case .exercise(let block): block.line
    case .check(let block): block.line
    case .hint(let block): block.line
    case .quiz(let block): block.line
    case .predict(let block): block.line
    case .caption(let block): block.line
    }
  }
}

extension Lesson {
  public var cells: [Cell] { pick { if case .cell(let one) = $0 { one } else { nil } } }
  public var exercises: [Exercise] { pick { if case .exercise(let one) = $0 { one } else { nil } } }
  public var quizzes: [Quiz] { pick { if case .quiz(let one) = $0 { one } else { nil } } }

  public var predictions: [Prediction] { pick { if case .predict(let one) = $0 { one } else { nil } } }
  public var captions: [Caption] { pick { if case .caption(let one) = $0 { one } else { nil } } }
  public var setup: [Cell] { cells.filter(\.isSetup) }

  public func caption(of id: String) -> Caption? { captions.first { $0.of == id } }
  /// The number of a cell's figure, from 1.
  public func figureNumber(of id: String) -> Int? { captions.firstIndex { $0.of == id }.map { $0 + 1 } }
  public func wrongs(of id: String) -> [WrongAnswer] { wrongs.filter { $0.of == id } }

  public func output(of id: String) -> ExpectedOutput? {
    pick { if case .output(let one) = $0, one.of == id { one } else { nil } }.first
  }
  public func expects(of id: String) -> [Expect] {
    pick { if case .expect(let one) = $0, one.of == id { one } else { nil } }
  }
  /// All checks of an exercise, in order.
  public func clauses(of id: String) -> [Clause] {
    pick { block -> Check? in if case .check(let one) = block, one.of == id { one } else { nil } }.flatMap(\.clauses)
  }
  public func hints(of id: String) -> [Hint] {
    pick { if case .hint(let one) = $0, one.of == id { one } else { nil } }
  }

  private func pick<Kind>(_ kind: (LessonBlock) -> Kind?) -> [Kind] { blocks.compactMap(kind) }
}
