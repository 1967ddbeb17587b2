import Checkpoints
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

  subscript(name: String) -> String { Path.join(path, name) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Path.makeFolder(Path.folder(of: self[name]))
    try AtomicFile.write(self[name], bytes)
    return self[name]
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  private static func remove(_ path: String) {
    for name in Path.names(in: path) {
      let item = Path.join(path, name)
      var status = stat()
      if lstat(item, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { remove(item) } else { unlink(item) }
    }
    rmdir(path)
  }
}

/// The bytes of a safetensors file: length, header, data.
func safetensors(_ header: String, data: Int = 0, announced: UInt64? = nil) -> [UInt8] {
  let length = announced ?? UInt64(header.utf8.count)
  return withUnsafeBytes(of: length.littleEndian, Array.init) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
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
