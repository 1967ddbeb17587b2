import Glibc

/// A file that only grows, one JSON value per line: progress through lessons, history of sessions.
///
/// Each line is one `write` to a file opened for appending, so two sessions may log at once without tearing each
/// other's lines. A crash in the middle of a write can leave half a line at the end: reading leaves it out, and the next
/// `append` begins on a line of its own.
public struct LineLog: Sendable {
  public let path: String
  public init(_ path: String) { self.path = path }

  /// Adds one line; the file and its folder are made if they are missing, readable by their owner alone.
  public func append(_ tree: JSONTree) throws(FileFailure) {
    try FileAccess.check(path, .write)
    try Path.makeFolder(Path.folder(of: path), mode: 0o700)
    let handle = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    if handle < 0 { throw FileFailure.last(.write, path) }
    defer { close(handle) }
    var line = JSON.encodeBytes(tree) + [0x0A]
    if endsTorn(handle) { line.insert(0x0A, at: 0) }
    var written = 0
    repeat { written = line.withUnsafeBytes { Glibc.write(handle, $0.baseAddress, $0.count) } } while written < 0 && errno == EINTR
    if written < 0 { throw FileFailure.last(.write, path) }
    if written < line.count { throw .diskFull(path: path) }
  }

  /// Every whole line that is JSON, in order; none when there is no file. `damaged` are the numbers of other lines.
  public func read(limits: JSON.Limits = .settings) throws(FileFailure) -> (values: [JSON], damaged: [Int]) {
    guard Path.exists(path) else { return ([], []) }
    let file = try MappedFile(path, limit: limits.bytes)
    var values: [JSON] = []
    var damaged: [Int] = []
    for (i, line) in file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
      do {
        values.append(try JSON.parse(UnsafeRawBufferPointer(rebasing: line), name: path, limits: limits))
      } catch {
        damaged.append(i + 1)
      }
    }
    withExtendedLifetime(file) {}
    return (values, damaged)
  }

  private func endsTorn(_ handle: CInt) -> Bool {
    let end = lseek(handle, 0, SEEK_END)
    var last: UInt8 = 0x0A
    return end > 0 && pread(handle, &last, 1, end - 1) == 1 && last != 0x0A
  }
}
