// What a lesson may do on disk. One that came with Orrery is as trusted as the program; any other reads and writes below its own folder and below the scratch
// folder, reads the models and configurations that came with Orrery, and nothing else unless the person says so.

import Files
import Glibc

public enum Trust {
  /// The rule for a lesson's cells; nil: it is trusted.
  /// - Parameters:
  ///   - file: the lesson.
  ///   - isGranted: the person has said so beforehand (`--trust`).
  ///   - ask: asks the person, showing what the lesson is about to do; false where nobody is there.
  public static func access(of file: String, isGranted: Bool, ask: @escaping (String) -> Bool) -> FileAccess? {
    if isGranted || cameWithOrrery(file) { return nil }
    let shipped = Set([Home.own, Home.folder].compactMap { $0 }).map { Path.join($0, "lessons") }
    return FileAccess(writable: [Path.folder(of: file), scratch], readable: shipped) { ask($0.wish) }
  }

  private static func cameWithOrrery(_ file: String) -> Bool {
    guard let own = Home.own.flatMap({ Path.real(Path.join($0, "lessons")) }), let place = Path.real(file) else { return false }
    return place.hasPrefix(own + "/")
  }

  /// A folder for the files of lessons, which `scratch` names in a cell.
  static let scratch: String = {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } }
    let cache = variable("XDG_CACHE_HOME") ?? variable("HOME").map { Path.join($0, ".cache") } ?? "/tmp/orrery-\(getuid())"
    return Path.join(cache, "orrery/scratch")
  }()
}

extension FileFailure {
  /// "read /etc/hostname"
  fileprivate var wish: String {
    guard case .outside(let path, let action) = self else { return description }
    return "\(action.rawValue) \(path.shown(limit: 400))"
  }
}
