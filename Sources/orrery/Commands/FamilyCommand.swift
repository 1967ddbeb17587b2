import ArgumentParser
import Files
import Models
import Notebook

struct FamilyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "family", abstract: "Prints the page that describes a family of models; without a name, lists the pages.",
    discussion: """
      A page may be named by its file, by a model type, by its title or by an architecture that it describes. Pages beside a config.json
      (family.orrery) and in $XDG_CONFIG_HOME/orrery/families come before the shipped ones.

      EXAMPLES
        orrery family
        orrery family llama
        orrery family Mistral-7B-v0.1
      """)

  @Argument(help: "A page's name, a model type, a title or a known architecture.") var name: String?

  func run() throws {
    guard let name else { return list(PageLibrary.standard.pages) }
    let pages = try FamilyPages.named(name)
    if pages.count == 1 { print(pages[0].text, terminator: pages[0].text.hasSuffix("\n") ? "" : "\n") } else { list(pages) }
  }

  private func list(_ pages: [FamilyPage]) {
    let width = pages.map(\.name.count).max() ?? 0
    for page in pages {
      let padding = String(repeating: " ", count: width - page.name.count)
      print("\(page.name)\(padding)  \(page.header.title)" + (page.header.year.map { " (\($0))" } ?? "") + (page.header.new.map { ": \($0)" } ?? ""))
    }
  }
}

/// What is wrong with pages, or with all pages of folders.
func pageFaults(_ paths: [String]) throws -> [String] {
  var problems: [String] = []
  for path in paths {
    let isFolder = Path.isFolder(path)
    let library = PageLibrary(folders: (isFolder ? [path] : []) + PageLibrary.standard.folders)
    let files = isFolder ? Path.names(in: path).filter { $0.hasSuffix(".orrery") }.sorted().map { Path.join(path, $0) } : [path]
    for file in files {
      do { problems += PageLinter.lint(try PageLibrary.page(at: file), in: library) } catch { problems.append("\(error)") }
    }
  }
  return problems
}
