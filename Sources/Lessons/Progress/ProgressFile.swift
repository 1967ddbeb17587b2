// The record on disk: JSON lines, only ever appended to (`LineLog`: one write a line, so two sessions do not tear each other's
// lines, and a crash loses at most the line being written).

import Files

public struct ProgressFile: Sendable {
  public var path: String { log.path }
  private let log: LineLog

  public init(path: String) { log = LineLog(path) }

  /// `$XDG_STATE_HOME/orrery/progress.jsonl`, by default under `~/.local/state`; nil without a home.
  public static func standard(environment: [String: String]) -> ProgressFile? {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return ProgressFile(path: state + "/orrery/progress.jsonl") }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return ProgressFile(path: home + "/.local/state/orrery/progress.jsonl")
  }

  /// The record; a file that is not there is an empty one. `skipped` counts lines that are no entries: torn by a crash, or of a
  /// later version.
  public func read() throws(FileFailure) -> (progress: Progress, skipped: Int) {
    let (values, damaged) = try log.read()
    let entries = values.compactMap(Self.entry)
    return (Progress(entries), damaged.count + values.count - entries.count)
  }

  public func append(_ entry: ProgressEntry) throws(FileFailure) {
    var fields: [(String, JSONTree)] = [
      ("time", .int(entry.time)), ("lesson", .string(entry.lesson)), ("item", .string(entry.item)),
      ("hash", .string(entry.hash)), ("event", .string(entry.event.rawValue)),
    ]
    let work = entry.work
    if let answer = work.answer { fields.append((entry.event == .predicted ? "guess" : "answer", .string(answer))) }
    if let tries = work.tries { fields.append(("tries", .int(tries))) }
    if let hints = work.hints { fields.append(("hints", .int(hints))) }
    if let truth = work.truth { fields.append(("truth", .string(truth))) }
    if let isNear = work.isNear { fields.append(("near", .bool(isNear))) }
    try log.append(.object(fields))
  }

  private static func entry(_ json: JSON) -> ProgressEntry? {
    guard let lesson = json["lesson"]?.string, let item = json["item"]?.string, let hash = json["hash"]?.string,
      let event = json["event"]?.string.flatMap(ProgressEntry.Event.init(rawValue:))
    else { return nil }
    let work = ProgressEntry.Work(
      answer: json["answer"]?.string ?? json["guess"]?.string, tries: json["tries"]?.int, hints: json["hints"]?.int,
      truth: json["truth"]?.string, isNear: json["near"]?.bool)
    return ProgressEntry(time: json["time"]?.int ?? 0, lesson: lesson, item: item, hash: hash, event: event, work: work)
  }
}
