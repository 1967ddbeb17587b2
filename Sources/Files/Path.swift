import Glibc

/// Names of files as text: taking them apart, joining them, asking what is there. Nothing here reads a file's contents.
public enum Path {
  /// The last part: `config.json` of `models/gpt2/config.json`.
  public static func name(of path: String) -> String {
    let trimmed = trim(path)
    guard trimmed != "/", let slash = trimmed.lastIndex(of: "/") else { return String(trimmed) }
    return String(trimmed[trimmed.index(after: slash)...])
  }

  /// What comes before the last part: `models/gpt2` of `models/gpt2/config.json`, `.` of `config.json`.
  public static func folder(of path: String) -> String {
    let trimmed = trim(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// After the last point of the name, in lower case, without the point: `gguf`; empty if there is none.
  public static func kind(of path: String) -> String {
    let name = name(of: path)
    guard let point = name.lastIndex(of: "."), point != name.startIndex else { return "" }
    return name[name.index(after: point)...].lowercased()
  }

  public static func join(_ folder: String, _ name: String) -> String {
    if name.hasPrefix("/") || folder.isEmpty { return name }
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  public static func exists(_ path: String) -> Bool { status(path) != nil }
  public static func isFolder(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }
  public static func isFile(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false }

  /// Whether what is in a folder may be opened.
  public static func mayEnter(_ folder: String) -> Bool { access(folder, X_OK) == 0 }

  /// When a file or folder last changed, in nanoseconds since 1970; 0 if it is not there.
  public static func changed(_ path: String) -> Int {
    status(path).map { $0.st_mtim.tv_sec * 1_000_000_000 + $0.st_mtim.tv_nsec } ?? 0
  }

  /// Names in a folder, sorted, without `.` and `..`; empty when it cannot be listed.
  public static func names(in folder: String) -> [String] {
    guard let handle = opendir(folder) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func trim(_ path: String) -> Substring {
    var path = path[...]
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// What stands at a path, links followed.
  static func status(_ path: String) -> stat? {
    var result = stat()
    return stat(path, &result) == 0 ? result : nil
  }
}
