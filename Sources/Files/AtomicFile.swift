import Glibc

/// Writes a file whole or not at all: a temporary beside it, flushed to the disk, then renamed over the old one.
///
/// Whoever reads the path sees the old bytes or the new ones, a reader that has the old file mapped keeps it, and a full
/// disk or a crash leaves the old file as it was. A symbolic link is followed, so that it stays a link. What is no regular
/// file (a device, a pipe, an open descriptor under /dev/fd) is never replaced: the bytes are written into it.
public enum AtomicFile {
  /// Throws `FileFailure`; `mode` is the permission of a file that is new (an existing file keeps its own).
  public static func write(_ path: String, _ bytes: some Collection<UInt8>, mode: mode_t = 0o644) throws(FileFailure) {
    let parts = Array(bytes)
    try write(path, mode: mode) { (file) throws(FileFailure) in
      try parts.withUnsafeBufferPointer { (buffer) throws(FileFailure) in try file.append(UnsafeRawBufferPointer(buffer)) }
    }
  }

  public static func write(_ path: String, _ text: String, mode: mode_t = 0o644) throws(FileFailure) {
    try write(path, text.utf8, mode: mode)
  }

  /// Writes in pieces: `body` appends to the new file, which takes the path's place when `body` returns and is removed
  /// when it throws.
  public static func write(
    _ path: String, mode: mode_t = 0o644, body: (inout NewFile) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    switch try Destination(path) {
    case .stream(let handle):
      defer { close(handle) }
      var file = NewFile(handle: handle, path: path)
      try body(&file)
    case .file(let target): try replace(target, path, mode, body)
    }
  }

  private static func replace(
    _ target: String, _ path: String, _ mode: mode_t, _ body: (inout NewFile) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    let mode = Path.status(target).map { $0.st_mode & 0o777 } ?? mode
    let (handle, temporary) = try create(beside: target, path)
    var file = NewFile(handle: handle, path: path)
    do throws(FileFailure) {
      try body(&file)
      if fchmod(handle, mode) != 0 || fsync(handle) != 0 { throw FileFailure.last(.write, path) }
    } catch {
      close(handle)
      unlink(temporary)
      throw error
    }
    close(handle)
    if rename(temporary, target) != 0 {
      let failure = FileFailure.last(.write, path)
      unlink(temporary)
      throw failure
    }
    Path.flush(Path.folder(of: target))
  }

  /// A file that is being written and has no name yet.
  public struct NewFile {
    fileprivate let handle: CInt
    fileprivate let path: String

    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
      try FileFailure.write(bytes, to: handle, path)
    }
  }

  private static func create(beside target: String, _ path: String) throws(FileFailure) -> (CInt, String) {
    removeLeft(beside: target)
    for attempt in 0..<100 {
      let temporary = Temporary.path(beside: target, attempt)
      let handle = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if handle >= 0 {
        flock(handle, LOCK_EX | LOCK_NB)
        return (handle, temporary)
      }
      if errno == ENOENT { throw .notFound(path: path, nearest: nil, missingFolder: Path.folder(of: path)) }
      if errno == EACCES { throw .noPermission(path: Path.folder(of: path), action: .write) }
      if errno != EEXIST { throw FileFailure.last(.write, path) }
    }
    throw FileFailure.last(.write, path, errno: EEXIST)
  }

  /// Removes temporaries of this file whose writers were killed: nobody holds their lock, and they are no longer written to.
  private static func removeLeft(beside target: String) {
    for left in Temporary.left(beside: target) {
      // A writer that has just made its file may not have locked it yet.
      guard let status = Path.status(left), status.st_mode & S_IFMT == S_IFREG, time(nil) - status.st_mtim.tv_sec > 60 else { continue }
      let handle = open(left, O_WRONLY | O_CLOEXEC)
      guard handle >= 0 else { continue }
      if flock(handle, LOCK_EX | LOCK_NB) == 0 { unlink(left) }
      close(handle)
    }
  }
}

/// Names of what is being written: `.NAME.process.attempt.part`, and nothing else that happens to begin alike.
enum Temporary {
  static func path(beside target: String, _ attempt: Int) -> String {
    Path.join(Path.folder(of: target), ".\(Path.name(of: target)).\(getpid()).\(attempt).part")
  }

  /// Whether a name is that of a temporary, of `target` or of any file.
  static func isName(_ name: String, of target: String? = nil) -> Bool {
    let lead = target.map { ".\(Path.name(of: $0))." } ?? "."
    guard name.hasPrefix(lead), name.hasSuffix(".part") else { return false }
    let numbers = name.dropFirst(lead.count).dropLast(5).split(separator: ".", omittingEmptySubsequences: false)
    return (target == nil ? numbers.count > 2 : numbers.count == 2) && numbers.suffix(2).allSatisfy { Int($0) != nil }
  }

  static func left(beside target: String) -> [String] {
    let folder = Path.folder(of: target)
    return Path.names(in: folder).filter { isName($0, of: target) }.map { Path.join(folder, $0) }
  }
}

/// Where the bytes for a path go, links followed.
private enum Destination {
  /// A regular file that is there or will be.
  case file(String)
  /// A device, a pipe, a socket, or an open descriptor of this process: a handle to write into.
  case stream(CInt)

  init(_ path: String) throws(FileFailure) {
    let end = Path.followed(path)
    if Path.isLink(end) { throw FileFailure.last(.write, path, errno: ELOOP) }
    if let number = Destination.descriptor(end) {
      let handle = fcntl(number, F_DUPFD_CLOEXEC, 0)
      if handle < 0 { throw FileFailure.last(.write, path) }
      self = .stream(handle)
      return
    }
    guard let status = Path.status(end) else {
      self = .file(end)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .isFolder(path: path)
    case S_IFREG: self = .file(end)
    default:
      let handle = open(end, O_WRONLY | O_NOCTTY | O_CLOEXEC)
      if handle < 0 { throw FileFailure.last(.write, path) }
      self = .stream(handle)
    }
  }

  /// The number of `/proc/self/fd/1`, which `/dev/stdout` and `/dev/fd/1` lead to.
  private static func descriptor(_ path: String) -> CInt? {
    guard let number = CInt(Path.name(of: path)) else { return nil }
    return Path.real(Path.folder(of: path)) == "/proc/\(getpid())/fd" ? number : nil
  }
}

extension Path {
  /// The end of a chain of symbolic links, whether something is there or not. Links of a process's open descriptors, which name no place, are not followed.
  static func followed(_ path: String) -> String {
    var path = path
    for _ in 0..<40 {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
      guard count > 0, !isOfProcess(path) else { return path }
      path = join(folder(of: path), String(decoding: buffer[..<count], as: UTF8.self))
    }
    return path
  }

  /// A link that is none of a process's descriptors: what is left of a chain that leads round.
  fileprivate static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK && !isOfProcess(path)
  }

  private static func isOfProcess(_ path: String) -> Bool {
    real(folder(of: path)).map { $0.hasPrefix("/proc/") && $0.hasSuffix("/fd") } ?? false
  }

  /// The one absolute path of what is there, without links and dots; nil if nothing is.
  public static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// Names of a folder reach the disk with the folder; a file system that cannot do that is not an error.
  static func flush(_ folder: String) {
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return }
    fsync(handle)
    close(handle)
  }
}

extension Path {
  /// Makes a folder and those above it that are missing. Throws `FileFailure`.
  public static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(FileFailure) {
    if isFolder(path) { return }
    let parent = folder(of: path)
    if parent != path, !exists(parent) { try makeFolder(parent, mode: mode) }
    if mkdir(path, mode) != 0 {
      let code = errno  // looking at the path sets it anew
      if isFolder(path) { return }
      if code == EEXIST || code == ENOTDIR { throw .notFolder(path: code == EEXIST ? path : parent) }
      throw FileFailure.last(.write, path, errno: code)
    }
  }
}

extension FileFailure {
  /// Writes all bytes to a descriptor; `name` is what messages call it.
  public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt, _ name: String) throws(FileFailure) {
    var rest = bytes
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      if written < 0 { throw FileFailure.last(.write, name) }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}
