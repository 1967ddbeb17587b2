// Where pages are found: beside a config.json, in the user's folder, among those that are shipped. The first that reads a model type serves it.

import Files
import Synchronization

/// The pages of some folders, in the order in which they are asked.
public struct PageLibrary: Sendable {
  public let folders: [String]

  public init(folders: [String]) { self.folders = folders }

  /// The user's pages, then the shipped ones.
  public static var standard: PageLibrary {
    let settings = environment("XDG_CONFIG_HOME") ?? environment("HOME").map { Path.join($0, ".config") }
    return PageLibrary(folders: [settings.map { Path.join($0, "orrery/families") }, shippedFolder].compactMap { $0 })
  }

  /// The shipped pages alone.
  public static var shipped: PageLibrary { PageLibrary(folders: shippedFolder.map { [$0] } ?? []) }

  private static var shippedFolder: String? { Home.folder.map { Path.join($0, "lessons/families") } }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } }

  /// All pages; those that cannot be read are left out here and told by `named` and by the linter.
  public var pages: [FamilyPage] { files.compactMap { try? PageLibrary.page(at: $0) } }

  /// Paths of all pages. A name that a folder further in front has hides the others.
  public var files: [String] {
    var seen: Set<String> = []
    return folders.flatMap { folder in Path.names(in: folder).filter { $0.hasSuffix(".orrery") }.sorted().map { Path.join(folder, $0) } }
      .filter { seen.insert(Path.name(of: $0)).inserted }
  }

  /// The page of a name: what another page asks for.
  public func named(_ name: String) throws -> FamilyPage? {
    guard let file = files.first(where: { Path.name(of: $0) == name + ".orrery" }) else { return nil }
    return try PageLibrary.page(at: file)
  }

  /// The page that reads a model type.
  public func reading(_ type: String) throws -> FamilyPage? {
    // A page is most often called as its type; only else all headers are looked at.
    if let named = try named(type), named.header.types.contains(type) { return named }
    return pages.first { $0.header.types.contains(type) }
  }

  /// A page that lies beside a config.json.
  public static func beside(_ folder: String) throws -> FamilyPage? {
    let file = Path.join(folder, "family.orrery")
    return !folder.isEmpty && Path.isFile(file) ? try page(at: file) : nil
  }

  // MARK: what was read before

  private struct Known { let stamp: FileStamp, page: FamilyPage }
  private static let known = Mutex<[String: Known]>([:])

  /// The page of a file: read and checked once, and again when the file has changed.
  public static func page(at path: String) throws -> FamilyPage {
    let stamp = FileStamp(path)
    if let stamp, let known = known.withLock({ $0[path] }), known.stamp == stamp { return known.page }
    let fresh = try FamilyPage(path: path)
    if let stamp { known.withLock { $0[path] = Known(stamp: stamp, page: fresh) } }
    return fresh
  }
}

/// Size and time of a file's last change.
private struct FileStamp: Equatable {
  let size: Int, seconds: Int, nanoseconds: Int

  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (size, seconds, nanoseconds) = (Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}

#if canImport(Glibc)
import Glibc
#endif
