// The record on disk: JSON lines, only ever appended to. A line is written by one call under a lock, so two sessions do not mix,
// and a crash tears at most the line being written; reading skips what is torn, and the next line starts afresh.

import Files
import Glibc

/// Why the record could not be read or written.
public struct ProgressFailure: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Action: String, Sendable { case read, write, create }
  public var action: Action
  public var path: String
  public var reason: String
  public var description: String {
    switch action {
    case .read: "cannot read the progress file \(path): \(reason)"
    case .write: "cannot write the progress file \(path): \(reason); what you do now is not kept"
    case .create: "cannot create the folder \(path): \(reason); what you do now is not kept"
    }
  }
}

public struct ProgressFile: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  /// `$XDG_STATE_HOME/orrery/progress.jsonl`, by default under `~/.local/state`; nil without a home.
  public static func standard(environment: [String: String]) -> ProgressFile? {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return ProgressFile(path: state + "/orrery/progress.jsonl") }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return ProgressFile(path: home + "/.local/state/orrery/progress.jsonl")
  }

  public struct Reading: Sendable, Equatable {
    public var progress: Progress
    /// Lines that are no entries: torn by a crash, or of a later version.
    public var skipped: Int
  }

  /// The record; a file that is not there is an empty one.
  /// - Throws: `ProgressFailure`.
  public func read() throws(ProgressFailure) -> Reading {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return Reading(progress: Progress(), skipped: 0) }
      throw failure(.read)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw failure(.read) }
      if got == 0 { break }
      bytes += buffer[..<got]
    }
    var reading = Reading(progress: Progress(), skipped: 0)
    for line in bytes.split(separator: 0x0A) {
      if let entry = Self.entry(Array(line)) { reading.progress.add(entry) } else { reading.skipped += 1 }
    }
    return reading
  }

  /// Appends one entry.
  /// - Throws: `ProgressFailure`.
  public func append(_ entry: ProgressEntry) throws(ProgressFailure) {
    try makeFolder()
    let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(.write) }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX) == 0 else { throw failure(.write) }
    // A line torn by a crash stays one line of its own.
    var last: UInt8 = 0x0A
    let end = lseek(descriptor, 0, SEEK_END)
    if end > 0 { _ = pread(descriptor, &last, 1, end - 1) }
    var bytes = Array(Self.line(entry).utf8)
    if last != 0x0A { bytes.insert(0x0A, at: 0) }
    var done = 0
    while done < bytes.count {
      let wrote = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if wrote < 0, errno == EINTR { continue }
      guard wrote > 0 else { throw failure(.write) }
      done += wrote
    }
  }

  private func makeFolder() throws(ProgressFailure) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let folder = String(path[..<slash])
    var end = folder.startIndex
    while end < folder.endIndex {
      end = folder[folder.index(after: end)...].firstIndex(of: "/") ?? folder.endIndex
      if mkdir(String(folder[..<end]), 0o700) != 0, errno != EEXIST {
        throw ProgressFailure(action: .create, path: folder, reason: String(cString: strerror(errno)))
      }
    }
  }

  private func failure(_ action: ProgressFailure.Action) -> ProgressFailure {
    ProgressFailure(action: action, path: path, reason: String(cString: strerror(errno)))
  }

  static func line(_ entry: ProgressEntry) -> String {
    func quoted(_ text: String) -> String {
      var out = "\""
      for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" {
          out += "\\\(scalar)"
        } else if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
      return out + "\""
    }
    return "{\"time\":\(entry.time),\"lesson\":\(quoted(entry.lesson)),\"item\":\(quoted(entry.item)),"
      + "\"hash\":\(quoted(entry.hash)),\"event\":\"\(entry.event.rawValue)\"}\n"
  }

  static func entry(_ bytes: [UInt8]) -> ProgressEntry? {
    guard let json = try? JSON.parse(bytes, name: "progress", limits: JSON.Limits(bytes: 1 << 16, depth: 4, values: 64)),
      let lesson = json["lesson"]?.string, let item = json["item"]?.string, let hash = json["hash"]?.string,
      let event = json["event"]?.string.flatMap(ProgressEntry.Event.init(rawValue:))
    else { return nil }
    return ProgressEntry(time: json["time"]?.int ?? 0, lesson: lesson, item: item, hash: hash, event: event)
  }
}
