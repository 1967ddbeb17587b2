// What can be wrong with a page without a configuration at hand: read off its tree, not by running it.

import Checkpoints
import Files
import Language

public enum PageLinter {
  /// The longest line of a page.
  static let columns = 140

  /// Everything that is wrong with a page, a line each: "llama.orrery, line 3: …".
  public static func lint(_ page: FamilyPage, in library: PageLibrary) -> [String] {
    let file = Path.name(of: page.path), source = page.program.program.source
    var found: [(line: Int, text: String)] = []
    func tell(_ line: Int, _ text: String) { found.append((line, "\(file), line \(line): \(text)")) }
    for (index, line) in page.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where line.count > columns {
      tell(index + 1, "the line is \(line.count) columns long; at most \(columns)")
    }
    if !page.text.hasPrefix("// ") { tell(1, "a page begins with a comment of two or three lines: whose it is, and what is in it") }
    if page.header.year == nil { tell(1, "family(…) says no year") }
    if page.header.new == nil { tell(1, "family(…) does not say what is new") }
    for name in ["keys", "recipe", "names", "prefix", "ignored"] where !page.program.program.defined.contains(name) { tell(1, "the page does not say '\(name)'") }

    // The page runs without a configuration as far as its `let`s go.
    var declared: [String] = [], silent: Set<String> = []
    do {
      let run = try PageRun(page, library, Configuration(JSON(.object(.init([]))), file: file), .unknown)
      declared = run.keys.keys
      // A key that may be missing may also be one that the class only keeps.
      silent = Set(run.keys.pairs.filter { $0.value.isNothing }.map(\.key))
    } catch { return (found.map(\.text) + ["\(error)"]) }

    let used = uses(page, library)
    for use in page.program.program.members(of: ["c"]) where use.member != "has" && !declared.contains(use.member) {
      let near = Suggestion.nearest(to: use.member, in: declared).map { "; did you mean c.\($0)?" } ?? ""
      tell(source.line(at: use.span.start).number, "c.\(use.member) is not among the page's keys\(near)")
    }
    // Keys are read here, in pages that this one uses, or by the words that read some of their own.
    let read = Set(([page] + used.values).flatMap { $0.program.program.members(of: ["c"]).map(\.member) }).union(ownKeys)
    for key in declared where !read.contains(key) && !silent.contains(key) { tell(1, "the key '\(key)' is declared, and nothing reads it") }
    for use in page.program.program.members(of: Set(used.keys)) {
      guard let other = used[use.name], !other.program.program.defined.contains(use.member) else { continue }
      tell(source.line(at: use.span.start).number, "the page \(other.name) has no '\(use.member)'")
    }
    return found.sorted { $0.line < $1.line }.map(\.text)
  }

  /// Names that stand for other pages, with all pages that those use in turn.
  private static func uses(_ page: FamilyPage, _ library: PageLibrary) -> [String: FamilyPage] {
    var all: [String: FamilyPage] = [:], waiting = [page]
    while let next = waiting.popLast() {
      for (name, argument) in next.program.program.bindings(of: "page") {
        guard case .string(let other) = argument, let found = try? library.named(other), !all.values.contains(where: { $0.name == found.name }) || next.name == page.name else { continue }
        // Names of the page itself come first; those of others only tell which pages are used.
        all[next.name == page.name ? name : "\(next.name).\(name)"] = found
        if all.count < 100 { waiting.append(found) }
      }
    }
    return all
  }

  /// Keys that `rope` and `head` read.
  private static let ownKeys: Set<String> = ["rope_theta", "rope_scaling", "rope_parameters", "partial_rotary_factor", "tie_word_embeddings"]}
