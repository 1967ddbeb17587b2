import Glibc

/// Replaces a folder whole or not at all: a fresh folder beside it, flushed to the disk, then exchanged with the old one, which is removed after that.
///
/// At every moment the path has the old folder or the new one, with all their files; what a killed writer leaves beside it is taken away by the next.
/// A folder holds files alone here: whoever replaces one has looked that it is theirs (folders in it are never removed).
public enum AtomicFolder {
  /// - Parameter body: writes the files into the folder whose path it is given; when it throws nothing has changed.
  /// - Throws: `FileFailure`, or what `body` throws.
  public static func write(_ path: String, body: (String) throws -> Void) throws { try write(path, exchanging: exchange, body) }

  /// - Parameter exchanging: puts each of two paths in the other's place at once; false where the file system cannot.
  static func write(_ path: String, exchanging: (String, String) -> Bool, _ body: (String) throws -> Void) throws {
    let target = Path.real(path) ?? Path.followed(path)
    if Path.exists(target), !Path.isFolder(target) { throw FileFailure.notFolder(path: path) }
    try Path.makeFolder(Path.folder(of: target))
    for left in Temporary.left(beside: target) { removeLeft(left) }
    let room = try make(beside: target, path)
    let locks = [room, target].map(lock)
    defer { for handle in locks where handle >= 0 { close(handle) } }
    do {
      try body(room)
      for name in Path.names(in: room) { try flush(Path.join(room, name)) }
      if let old = Path.status(target) { chmod(room, old.st_mode & 0o7777) }
      Path.flush(room)
    } catch {
      remove(room)
      throw error
    }
    // Nothing, or an empty folder, gives way to a plain rename.
    if rename(room, target) == 0 { return Path.flush(Path.folder(of: target)) }
    let reason = errno
    guard reason == ENOTEMPTY || reason == EEXIST else {
      remove(room)
      throw FileFailure.last(.write, path, errno: reason)
    }
    guard exchanging(room, target) else {
      let kept = Path.unused(target, "new")
      let place = rename(room, kept) == 0 ? kept : room
      Path.flush(Path.folder(of: target))
      throw FileFailure.notExchanged(path: path, kept: place)
    }
    Path.flush(Path.folder(of: target))
    remove(room)  // the old one now
  }

  private static func make(beside target: String, _ path: String) throws(FileFailure) -> String {
    for attempt in 0..<100 {
      let room = Temporary.path(beside: target, attempt)
      if mkdir(room, 0o755) == 0 { return room }
      if errno != EEXIST { throw FileFailure.last(.write, path) }
    }
    throw FileFailure.last(.write, path, errno: EEXIST)
  }

  private static func lock(_ folder: String) -> CInt {
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if handle >= 0 { flock(handle, LOCK_EX | LOCK_NB) }
    return handle
  }

  private static func flush(_ file: String) throws(FileFailure) {
    let handle = open(file, O_RDONLY | O_CLOEXEC)
    if handle < 0 || fsync(handle) != 0 { throw FileFailure.last(.write, file) }
    close(handle)
  }

  /// Removes a folder of files.
  private static func remove(_ folder: String) {
    for name in Path.names(in: folder) { unlink(Path.join(folder, name)) }
    rmdir(folder)
  }

  /// Removes what a writer that was killed has left: nobody holds its lock, and it is no longer written to.
  private static func removeLeft(_ left: String) {
    guard let status = Path.status(left), status.st_mode & S_IFMT == S_IFDIR, time(nil) - status.st_mtim.tv_sec > 60 else { return }
    let handle = open(left, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard handle >= 0 else { return }
    if flock(handle, LOCK_EX | LOCK_NB) == 0 { remove(left) }
    close(handle)
  }

  /// renameat2 with RENAME_EXCHANGE, which Swift's Glibc does not show.
  private static func exchange(_ a: String, _ b: String) -> Bool {
    typealias Rename = @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
    guard let found = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "renameat2") else { return false }
    return unsafeBitCast(found, to: Rename.self)(AT_FDCWD, a, AT_FDCWD, b, 2) == 0
  }
}

extension Path {
  /// A name beside a path that nothing has: `small.missed` or, when that is taken, `small.missed-2`. What ends in a kind keeps it.
  public static func unused(_ path: String, _ word: String) -> String {
    let kind = isFolder(path) || !path.hasSuffix(".safetensors") ? "" : ".safetensors"
    let lead = String(path.dropLast(kind.utf8.count))
    var number = 1
    while true {
      let name = "\(lead).\(word)\(number == 1 ? "" : "-\(number)")\(kind)"
      var status = stat()
      if lstat(name, &status) != 0 { return name }
      number += 1
    }
  }

  /// Whether a name in a folder is that of a file that was being written when its writer was killed.
  public static func isTemporary(_ name: String) -> Bool { Temporary.isName(name) }
}
