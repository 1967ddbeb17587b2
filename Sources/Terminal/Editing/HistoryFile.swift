// The history on disk, safe with several sessions at once.
//
// One line is one entry (`\n` and `\\` are its only escapes), appended under a lock as soon as it is entered, so nothing is lost
// when two sessions end in either order or one of them crashes. When the file has grown well past its limit it is written anew,
// under the same lock, by rename. A history that cannot be written must not disturb the work: whoever appends is told why, and goes on.
import Glibc

public struct HistoryFile: Sendable {
  public static let limit = 5_000
  /// A file larger than this was not written by us; only its end is read.
  private static let mostBytes = 16 << 20

  public let path: String
  public let limit: Int

  public init(path: String, limit: Int = HistoryFile.limit) {
    self.path = path
    self.limit = limit
  }

  /// `$XDG_STATE_HOME/orrery/history`, or the same under `~/.local/state`; nil if there is no home.
  public static func standard(environment: [String: String]) -> HistoryFile? {
    // The XDG base directory specification: a relative path is to be ignored.
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return HistoryFile(path: state + "/orrery/history") }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return HistoryFile(path: home + "/.local/state/orrery/history")
  }

  /// The entries, oldest first, each once (where it came last), at most `limit`.
  public func load() -> [String] { HistoryFile.distinct(rawEntries(), limit: limit) }

  /// Adds one entry at the end.
  /// - Returns: why it is not kept; nil if it is.
  @discardableResult
  public func append(_ entry: String) -> String? {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    HistoryFile.makeFolder(folder)
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { if lock >= 0 { close(lock) } }
    let isAlone = HistoryFile.take(lock)
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return "\(path): \(String(cString: strerror(errno)))" }
    defer { close(descriptor) }
    fchmod(descriptor, 0o600)
    // What a session that was killed left half written stays a line of its own.
    let lead = HistoryFile.endsTorn(descriptor) ? "\n" : ""
    guard HistoryFile.write(lead + HistoryFile.escaped(entry) + "\n", to: descriptor) else { return "\(path): \(String(cString: strerror(errno)))" }
    // Without the lock a line is still one write at the end; the file is written anew by who has it.
    if isAlone { trim() }
    return nil
  }

  // MARK: Growth

  /// Writes the file anew once it has a fifth more lines than its limit. Called under the lock.
  private func trim() {
    var status = stat()
    // Counting lines costs a read, so it is done only when the file could be too long: an entry has two bytes or more.
    guard stat(path, &status) == 0, Int(status.st_size) > limit * 2 else { return }
    let entries = rawEntries()
    guard entries.count > limit + limit / 5 else { return }
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    let fresh = "\(path.dropLast(name.count)).\(name).\(getpid()).new"
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let text = HistoryFile.distinct(entries, limit: limit).map { HistoryFile.escaped($0) + "\n" }.joined()
    let whole = HistoryFile.write(text, to: descriptor) && fsync(descriptor) == 0
    close(descriptor)
    if whole { rename(fresh, path) } else { unlink(fresh) }
  }

  /// Each entry once, where it came last.
  static func distinct(_ entries: [String], limit: Int) -> [String] {
    var seen = Set<String>()
    var kept: [String] = []
    for entry in entries.reversed() where kept.count < limit && seen.insert(entry).inserted { kept.append(entry) }
    return kept.reversed()
  }

  // MARK: Bytes

  private func rawEntries() -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var status = stat()
    // A folder of this name opens as well, and has no lines.
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
    let size = lseek(descriptor, 0, SEEK_END)
    let start = max(0, size - HistoryFile.mostBytes)
    guard size > 0, lseek(descriptor, start, SEEK_SET) == start else { return [] }
    var bytes = [UInt8](repeating: 0, count: size - start)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
      guard count > 0 else { break }
      filled += count
    }
    var lines = bytes[..<filled].split(separator: 0x0A)
    if start > 0, !lines.isEmpty { lines.removeFirst() }  // it may begin in the middle of an entry
    return lines.map(HistoryFile.unescaped)
  }

  static func escaped(_ entry: String) -> String {
    var result = ""
    for scalar in entry.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\0": continue
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func unescaped(_ line: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    var escape = false
    for byte in line where byte != 0 {
      if escape {
        result.append(byte == 0x6E ? 0x0A : byte)
        escape = false
      } else if byte == 0x5C {
        escape = true
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  @discardableResult
  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
  }

  private static func endsTorn(_ descriptor: Int32) -> Bool {
    let end = lseek(descriptor, 0, SEEK_END)
    var last: UInt8 = 0x0A
    return end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != 0x0A
  }

  // MARK: The lock

  /// Waits a fifth of a second until no other session writes; another that hangs must not hold this one. The lock is a file of its own, because the
  /// history itself is replaced by rename.
  private static func take(_ lock: Int32) -> Bool {
    guard lock >= 0 else { return false }
    for _ in 0..<20 {
      if flock(lock, LOCK_EX | LOCK_NB) == 0 { return true }
      guard errno == EWOULDBLOCK || errno == EINTR else { return false }
      usleep(10_000)
    }
    return false
  }

  /// The folder and those above it, for the owner alone where they are new.
  private static func makeFolder(_ folder: String) {
    guard !folder.isEmpty, access(folder, F_OK) != 0 else { return }
    if let slash = folder.lastIndex(of: "/") { makeFolder(String(folder[..<slash])) }
    mkdir(folder, 0o700)
  }
}
