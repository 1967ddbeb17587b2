// The page that a person means: by its file's name, a model type, its title, or an architecture that it describes.

import Checkpoints
import Files
import Models

public enum FamilyPages {
  /// The pages that a name means, the best kind of name first: more than one where several are called so.
  /// - Throws: one line if there is none.
  public static func named(_ name: String, library: PageLibrary = .standard) throws -> [FamilyPage] {
    let wanted = spelled(name), pages = library.pages
    let kinds: [(FamilyPage) -> [String]] = [{ [$0.name] }, { $0.header.types }, { [$0.header.title] }]
    for names in kinds {
      let found = pages.filter { page in names(page).contains { spelled($0) == wanted } }
      if !found.isEmpty { return found }
    }
    if let known = try KnownArchitecture.path(of: name),
      let type = try JSON.read(Path.join(known, "config.json"), limits: .settings)["model_type"]?.string, let page = try library.reading(type) {
      return [page]
    }
    let near = pages.filter { page in ([page.name, page.header.title] + page.header.types).contains { spelled($0).contains(wanted) } }
    if !wanted.isEmpty, !near.isEmpty { return near }
    throw Unknown(name: name, known: pages.map(\.name))
  }

  /// Letters and digits alone: `GPT-2`, `gpt 2` and `gpt_2` are one name.
  private static func spelled(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

  struct Unknown: Error, CustomStringConvertible {
    let name: String, known: [String]
    var description: String {
      let near = Suggestion.nearest(to: name, in: known).map { "; did you mean '\($0)'?" } ?? ""
      return "no family's page is called '\(name.shown())'\(near) (there are \(known.joined(separator: ", ")))"
    }
  }
}
