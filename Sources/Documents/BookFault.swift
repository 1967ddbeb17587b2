// What is wrong with a book on disk, and how it is said.

public struct BookFault: Error, Sendable, Equatable, CustomStringConvertible {
  public var file: String
  /// From 1; 0 for the file as a whole.
  public var line: Int
  public var cause: Cause

  public enum Cause: Sendable, Equatable {
    case handWritten
    case missing(source: String?)
    case stale(source: String?, found: String, wanted: String)
    case staleOutput(source: String?, difference: String)
    case staleDrawing(source: String?)
    case leftOver
    case deadLink(String, nearest: String?)
    case deadAnchor(String, in: String, nearest: String?)
    case outside(String)
    case brokenPicture(String)
  }

  public var description: String {
    let place = line > 0 ? "\(file):\(line): " : "\(file): "
    switch cause {
    case .handWritten: return place + "was not written by docs build, so it is not written over; move it, or delete it"
    case .missing(let source): return place + "is missing" + Self.from(source) + "; run orrery docs build"
    case .stale(let source, let found, let wanted):
      return place + "is stale\(Self.from(source)): it says `\(Self.shorten(found))`, now `\(Self.shorten(wanted))`; run orrery docs build"
    case .staleOutput(let source, let difference):
      let lines = difference.split(separator: "\n").map { "\n  " + $0 }.joined()
      return place + "an output is stale\(Self.from(source)) (- in the book, + now); run orrery docs build" + lines
    case .staleDrawing(let source): return place + "shows another figure than the one that is there now\(Self.from(source)); run orrery docs build"
    case .leftOver: return place + "is generated, and no lesson makes it any more; run orrery docs build"
    case .deadLink(let target, let nearest): return place + "dead link `\(target)`" + (nearest.map { "; did you mean `\($0)`?" } ?? "")
    case .deadAnchor(let anchor, let file, let nearest):
      return place + "dead link: \(file) has no heading `#\(anchor)`" + (nearest.map { "; did you mean `#\($0)`?" } ?? "")
    case .brokenPicture(let reason): return place + "is no well-formed picture (\(reason)); run orrery docs build"
    case .outside(let target): return place + "the link `\(target)` leaves the project; use an address that everyone has"
    }
  }

  private static func from(_ source: String?) -> String { source.map { " (from \($0))" } ?? "" }
  private static func shorten(_ text: String) -> String { text.count <= 60 ? text : text.prefix(57) + "…" }
}
