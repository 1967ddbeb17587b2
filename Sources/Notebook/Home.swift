// Where lessons and shipped models are: ORRERY_HOME, then share/orrery beside the installed program, then the checkout.
// The prompt asks at its start, so this reads folders directly and needs no framework to be loaded first.

import Files
import Glibc

/// The folder that holds `lessons/` (with `lessons/models/`).
public enum Home {
  /// Found once; nil if there is none, which only the commands that need it complain about.
  public static let folder: String? = {
    if let given = getenv("ORRERY_HOME").map({ String(cString: $0) }), !given.isEmpty { return given }
    return own ?? currentFolder.flatMap { holds($0) ? $0 : nil }
  }()

  /// What came with this program, whatever the environment says.
  static let own: String? = {
    let beside = Path.folder(of: program)
    let installed = Path.join(Path.folder(of: beside), "share/orrery")
    if holds(installed) { return installed }
    // A checkout: the program lies in .build/…; tests and scripts may run it from anywhere below.
    var place = beside
    while place.hasPrefix("/"), place != "/" {
      if holds(place), Path.isFile(Path.join(place, "Package.swift")) { return place }
      place = Path.folder(of: place)
    }
    return nil
  }()

  private static func holds(_ path: String) -> Bool { Path.isFolder(Path.join(path, "lessons")) }

  private static var program: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return CommandLine.arguments.first ?? "" }
    return String(decoding: buffer[..<count].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  private static var currentFolder: String? {
    guard let text = getcwd(nil, 0) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  /// What is missing, in one line.
  public struct Missing: Error, CustomStringConvertible {
    public let description =
      "lessons and models were not found: set ORRERY_HOME to the folder that holds lessons/, or run `make install`"
  }

  public static func required() throws -> String {
    guard let folder else { throw Missing() }
    return folder
  }
}

/// A mini model that comes with Orrery.
public struct ShippedModel: Sendable {
  public let name: String
  public let path: String

  /// All of them, by name.
  public static let all: [ShippedModel] = {
    guard let home = Home.folder else { return [] }
    let folder = Path.join(home, "lessons/models")
    return Path.names(in: folder).sorted().filter { Path.isFile(Path.join(folder, $0 + "/config.json")) }
      .map { ShippedModel(name: $0, path: Path.join(folder, $0)) }
  }()
}
