// Files of a folder as bytes, for who writes a book: through `Files`, so writes are whole or not at all.

import Files
import Glibc

public enum PlainFiles {
  /// The bytes of a file; nil if it is not there.
  public static func read(_ path: String) throws -> [UInt8]? {
    guard Path.exists(path) else { return nil }
    let file = try MappedFile(path, limit: 256 << 20)
    return withExtendedLifetime(file) { Array(file.bytes) }
  }

  /// Writes a file whole or not at all, and makes its folder.
  public static func write(_ path: String, _ bytes: [UInt8]) throws {
    try Path.makeFolder(Path.folder(of: path))
    try AtomicFile.write(path, bytes)
  }

  public static func remove(_ path: String) { unlink(path) }
  public static func exists(_ path: String) -> Bool { Path.exists(path) }
  public static func isFolder(_ path: String) -> Bool { Path.isFolder(path) }
  public static func names(in folder: String) -> [String] { Path.names(in: folder) }
  public static func folder(of path: String) -> String { Path.folder(of: path) }
  public static func join(_ folder: String, _ name: String) -> String { Path.join(folder, name) }
}
