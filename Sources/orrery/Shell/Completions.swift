// What Tab offers in a shell where a command takes a model or a lesson: names, and paths below what is typed so far.
import Files
import ArgumentParser
import Files
import Glibc
import Lessons
import Notebook

extension CompletionKind {
  /// A model that has numbers: a shipped one, or a folder.
  static let model = custom { _, _, typed in matching(ShippedModel.all.map(\.name), typed) + paths(typed) }
  /// A model that is counted or drawn: also a known architecture.
  static let architecture = custom { _, _, typed in
    matching(ShippedModel.all.map(\.name) + KnownArchitecture.names, typed) + paths(typed)
  }
  static let shipped = custom { _, _, typed in matching(ShippedModel.all.map(\.name), typed) }
  static let lesson = custom { _, _, typed in 
    matching(Home.folder.flatMap { try? LessonLibrary(folder: $0 + "/lessons") }?.lessons.map(\.id) ?? [], typed)
  }

  private static func matching(_ names: [String], _ typed: String) -> [String] { names.filter { $0.hasPrefix(typed) } }

  /// Folders, which end in a slash, and files. Hidden ones are offered to whoever types the point.
  private static func paths(_ typed: String) -> [String] {
    let folder = typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
    let beginning = typed.dropFirst(folder.count)
    let home = getenv("HOME").map { String(cString: $0) } ?? "~"
    let shown = folder.hasPrefix("~/") ? home + String(folder.dropFirst()) : folder.isEmpty ? "." : folder
    return Path.names(in: shown).filter { $0.hasPrefix(beginning) && (beginning.hasPrefix(".") || !$0.hasPrefix(".")) }.map { entry in
      folder + entry + (Path.isFolder(Path.join(shown, entry)) ? "/" : "")
    }
  }
}
