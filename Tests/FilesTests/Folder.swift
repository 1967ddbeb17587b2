import Files
import Glibc

/// A folder for one test, removed with everything in it at the end.
final class Folder {
  let path: String

  init() {
    var template = Array("/tmp/orrery-test-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template)!)
  }

  deinit { Folder.remove(path) }

  /// Path of a name in the folder.
  subscript(name: String) -> String { Path.join(path, name) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Path.makeFolder(Path.folder(of: self[name]))
    try AtomicFile.write(self[name], bytes)
    return self[name]
  }

  func text(_ name: String) throws -> String { String(decoding: try MappedFile(self[name]).contents, as: UTF8.self) }

  private static func remove(_ path: String) {
    chmod(path, 0o700)
    for name in Path.names(in: path) {
      let item = Path.join(path, name)
      var status = stat()
      if lstat(item, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { remove(item) } else { unlink(item) }
    }
    rmdir(path)
  }
}

/// What an operation says when it fails; nil when it does not.
func failure(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}
