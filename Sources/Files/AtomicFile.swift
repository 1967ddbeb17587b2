import Glibc

/// Writes a file whole or not at all: a temporary beside it, flushed to the disk, then renamed over the old one.
///
/// Whoever reads the path sees the old bytes or the new ones, a reader that has the old file mapped keeps it, and a full
/// disk or a crash leaves the old file as it was. A symbolic link is followed, so that it stays a link.
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
    let target = resolved(path)
    if Path.isFolder(target) { throw .isFolder(path: path) }
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
    // The name itself reaches the disk with its folder; a file system that cannot do that is not an error.
    let folder = open(Path.folder(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Moves a file that was written beside its place over what stands there: at once, and without room on the disk.
  public static func move(_ path: String, to target: String) throws(FileFailure) {
    if rename(path, target) != 0 { throw FileFailure.last(.write, target) }
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
    let name = ".\(Path.name(of: target)).\(getpid())"
    for attempt in 0..<100 {
      let temporary = Path.join(Path.folder(of: target), "\(name).\(attempt).part")
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
    let folder = Path.folder(of: target), lead = ".\(Path.name(of: target))."
    for name in Path.names(in: folder) where name.hasPrefix(lead) && name.hasSuffix(".part") {
      // ".NAME.process.attempt.part" and nothing else that happens to begin alike.
      let numbers = name.dropFirst(lead.count).dropLast(5).split(separator: ".", omittingEmptySubsequences: false)
      guard numbers.count == 2, numbers.allSatisfy({ Int($0) != nil }) else { continue }
      let left = Path.join(folder, name)
      // A writer that has just made its file may not have locked it yet.
      guard let status = Path.status(left), time(nil) - status.st_mtim.tv_sec > 60 else { continue }
      let handle = open(left, O_WRONLY | O_CLOEXEC)
      guard handle >= 0 else { continue }
      if flock(handle, LOCK_EX | LOCK_NB) == 0 { unlink(left) }
      close(handle)
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
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
