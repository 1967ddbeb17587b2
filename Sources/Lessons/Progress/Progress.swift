// What a learner has done, by lesson id, block id and content hash, as values. Files are the business of ProgressFile.

/// How an item stands now.
public enum Standing: Sendable, Equatable {
  case open
  case skipped
  case done
  /// It was done, and its text is another now.
  case doneChangedSince
}

/// One line of the record.
public struct ProgressEntry: Sendable, Equatable {
  public enum Event: String, Sendable { case done, skipped, reset, predicted }
  /// What the learner did, for a recap in a later session.
  public struct Work: Sendable, Equatable {
    /// An answer's source, the letters of a quiz, a guess.
    public var answer: String?
    public var tries: Int?
    public var hints: Int?
    /// Of a prediction: what is true, and whether the guess was within the tolerance.
    public var truth: String?
    public var isNear: Bool?

    public init(answer: String? = nil, tries: Int? = nil, hints: Int? = nil, truth: String? = nil, isNear: Bool? = nil) {
      (self.answer, self.tries, self.hints, self.truth, self.isNear) = (answer, tries, hints, truth, isNear)
    }
  }
  /// Seconds since 1970.
  public var time: Int
  public var lesson: String
  /// Empty for an event of the whole lesson.
  public var item: String
  /// Of the item's text when it was done (`ContentHash`).
  public var hash: String
  public var event: Event
  public var work: Work

  public init(time: Int, lesson: String, item: String, hash: String, event: Event, work: Work = Work()) {
    self.time = time
    self.lesson = lesson
    self.item = item
    self.hash = hash
    self.event = event
    self.work = work
  }

  /// What of it is worth a line of the record: all but the time.
  var news: ProgressEntry {
    var entry = self
    entry.time = 0
    // An answer given again is no news, whatever it took; one to a changed question is.
    if work.answer != nil, event == .done { entry.work = Work(answer: "") }
    return entry
  }
}

/// The record read from start to end: later entries win, done stays done.
public struct Progress: Sendable, Equatable {
  private var items: [String: [String: ProgressEntry]] = [:]

  public init(_ entries: [ProgressEntry] = []) { entries.forEach { add($0) } }

  public mutating func add(_ entry: ProgressEntry) {
    switch entry.event {
    case .reset where entry.item.isEmpty: items[entry.lesson] = nil
    case .reset: items[entry.lesson]?[entry.item] = nil
    case .done, .predicted: items[entry.lesson, default: [:]][entry.item] = entry
    case .skipped where items[entry.lesson]?[entry.item]?.event != .done: items[entry.lesson, default: [:]][entry.item] = entry
    case .skipped: break
    }
  }

  public func entry(lesson: String, item: String) -> ProgressEntry? { items[lesson]?[item] }

  public func standing(lesson: String, item: String, hash: String) -> Standing {
    guard let entry = items[lesson]?[item], entry.event != .predicted else { return .open }
    if entry.event == .skipped { return .skipped }
    return entry.hash == hash ? .done : .doneChangedSince
  }

  public func standings(in lesson: Lesson) -> [(item: String, standing: Standing)] {
    lesson.items.map { ($0.id, standing(lesson: lesson.id, item: $0.id, hash: $0.hash)) }
  }

  public func summary(of lesson: Lesson) -> LessonSummary {
    var summary = LessonSummary(id: lesson.id, title: lesson.title, total: 0, done: 0, changed: 0)
    for (_, standing) in standings(in: lesson) {
      summary.total += 1
      if standing == .done || standing == .doneChangedSince { summary.done += 1 }
      if standing == .doneChangedSince { summary.changed += 1 }
    }
    return summary
  }
}

/// A lesson's line in the list.
public struct LessonSummary: Sendable, Equatable {
  public var id: String
  public var title: String
  /// Cells, exercises and quizzes.
  public var total: Int
  public var done: Int
  /// Of those done, the ones whose text changed since.
  public var changed: Int

  /// `3 of 7`, `done`, `done, 1 changed since`.
  public var standing: String {
    let base = done == 0 ? "new" : done == total ? "done" : "\(done) of \(total)"
    return changed == 0 ? base : "\(base), \(changed) changed since"
  }
}

extension Lesson {
  /// What progress is counted by, with the hash of what it asks: an exercise's checks belong to it.
  public var items: [(id: String, hash: String)] {
    blocks.compactMap { block in
      switch block {
      case .cell(let cell) where cell.isSetup: nil
      case .cell(let cell): (cell.id, ContentHash.of(cell.source))
      case .exercise(let exercise):
        (
          exercise.id,
          ContentHash.of(([exercise.stub] + clauses(of: exercise.id).map { $0.condition + " else " + ($0.message ?? "") }).joined(separator: "\n"))
        )
      case .quiz(let quiz):
        (quiz.id, ContentHash.of(([quiz.question] + quiz.choices.map { ($0.right ? "[x] " : "[ ] ") + $0.text }).joined(separator: "\n")))
      default: nil
      }
    }
  }
}

/// FNV-1a over UTF-8, 64 bits: tells a changed text, guards against nobody.
public enum ContentHash {
  public static func of(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 {
      hash ^= UInt64(byte)
      hash &*= 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
