import Glibc

/// What may be read and written on behalf of somebody who is not trusted with the whole disk: the cells of a stranger's lesson.
///
/// Every file of the program is opened and written through this target, so one look here holds for all of it, whatever built-in asks. It is in force for what
/// runs inside of `whileItHolds`; elsewhere, and where there is none, everything is allowed.
public final class FileAccess: @unchecked Sendable {
  @TaskLocal private static var current: FileAccess?

  private let readable: [String], writable: [String]
  private let ask: (FileFailure) -> Bool
  /// The person's answer, once they were asked.
  private var answer: Bool?

  /// - Parameters:
  ///   - writable: folders below which may be read and written.
  ///   - readable: folders below which may be read.
  ///   - ask: asks the person, once, whether what lies outside is allowed from now on. False: it is not, or there is nobody to ask.
  public init(writable: [String], readable: [String], ask: @escaping (FileFailure) -> Bool) {
    self.writable = writable.map(FileAccess.place)
    self.readable = self.writable + readable.map(FileAccess.place)
    self.ask = ask
  }

  /// Runs `body` under a rule; nil: without any.
  public static func with<T>(_ access: FileAccess?, _ body: () throws -> T) rethrows -> T { try $current.withValue(access, operation: body) }

  /// - Throws: `FileFailure.outside`.
  static func check(_ path: String, _ action: FileFailure.Action) throws(FileFailure) {
    guard let current else { return }
    let place = FileAccess.place(path)
    if (action == .write ? current.writable : current.readable).contains(where: { place == $0 || place.hasPrefix($0 + "/") }) { return }
    let failure = FileFailure.outside(path: path, action: action)
    if current.answer == nil { current.answer = current.ask(failure) }
    if current.answer != true { throw failure }
  }

  /// The absolute path without links and dots, of what is there or would be made.
  private static func place(_ path: String) -> String {
    var end = Path.followed(path), missing: [String] = []
    while true {
      if let real = Path.real(end) { return ([real == "/" ? "" : real] + missing.reversed()).joined(separator: "/") }
      let name = Path.name(of: end), folder = Path.folder(of: end)
      // Nothing can be said of a way back out of a folder that is not there.
      if name == ".." || folder == end { return "/" }
      missing.append(name)
      end = folder
    }
  }
}
