// What Tab offers at the prompt: the language's names and tensor paths, models and files inside of strings, the prompt's commands.

import Files
import Language
import Lessons
import Notebook
import Terminal

typealias LanguageCompleteness = Language.Completeness

struct Offering {
  let session: Session

  func completions(of text: String, at cursor: Int) -> Completions {
    let typed = String(decoding: text.utf8.prefix(cursor), as: UTF8.self)
    return typed.hasPrefix(":") ? command(typed) : cell(typed, from: 0)
  }

  private func cell(_ typed: String, from start: Int) -> Completions {
    let source = String(decoding: typed.utf8.dropFirst(start), as: UTF8.self)
    let found = session.complete(source, at: source.utf8.count)
    let place = start + found.span.start
    let word = String(decoding: source.utf8.dropFirst(found.span.start), as: UTF8.self)
    if let function = found.stringArgumentOf {
      let models = function == "model" ? ShippedModel.all.map { Terminal.Candidate($0.name, suffix: "\")", note: "shipped model") } : []
      return Completions(start: place, models.filter { $0.text.hasPrefix(word) } + files(word, suffix: "\")"))
    }
    // Inside of `run["…`: a whole name closes the string and the subscript.
    let before = source.utf8.prefix(found.span.start)
    let isKey = before.last == UInt8(ascii: "\"") && before.dropLast().last == UInt8(ascii: "[")
    return Completions(start: place, found.candidates.map { Terminal.Candidate($0.text, suffix: isKey ? "\"]" : "", note: $0.summary) })
  }

  private func command(_ typed: String) -> Completions {
    guard let space = typed.firstIndex(of: " ") else {
      let names = PromptCommand.allCases.filter { (":" + $0.rawValue).hasPrefix(typed) }
      return Completions(start: 0, names.map { Terminal.Candidate(":" + $0.rawValue, suffix: $0.argument.isEmpty ? "" : " ", note: $0.meaning) })
    }
    let start = typed[...space].utf8.count
    switch PromptCommand(rawValue: String(typed[..<space].dropFirst())) {
    case .doc:
      // A call's parenthesis is no part of its name.
      let found = cell(typed, from: start)
      return Completions(start: found.start, found.candidates.map { Terminal.Candidate($0.text.hasSuffix("(") ? String($0.text.dropLast()) : $0.text, note: $0.note) })
    case .type, .time: return cell(typed, from: start)
    case .to:
      guard let run = session.lastRun else { return .none }
      let word = typed[typed.index(after: space)...], lead = "\(run)[\""
      let found = session.complete(lead + word, at: lead.utf8.count + word.utf8.count)
      return Completions(start: start + found.span.start - lead.utf8.count, found.candidates.map { Terminal.Candidate($0.text, note: $0.summary) })
    case .save, .record: return Completions(start: start, files(String(typed[typed.index(after: space)...]), suffix: ""))
    case .lesson:
      let lessons = (try? Home.required()).flatMap { try? LessonLibrary(folder: Path.join($0, "lessons")) }?.lessons ?? []
      let word = typed[typed.index(after: space)...]
      // By the file's name; by another id, once it is begun.
      let ids = word.isEmpty ? [] : lessons.filter { $0.id != $0.stem }.map { ($0.id, $0.title) }
      let names = lessons.map { ($0.stem, $0.title) } + ids + [("off", "back to the prompt")]
      return Completions(start: start, names.filter { $0.0.hasPrefix(word) }.map { Terminal.Candidate($0.0, note: $0.1) })
    case .help: return Completions(start: start, [Terminal.Candidate("language", note: "the syntax on one screen")].filter { $0.text.hasPrefix(typed.dropFirst(6)) })
    case .vars, .step, .back, .why, .board, .reset, .quit, nil: return .none
    }
  }

  /// Files and folders that begin as the word does; a folder that is a model is whole, others go on with a slash.
  private func files(_ word: String, suffix: String) -> [Terminal.Candidate] {
    let slash = word.lastIndex(of: "/")
    let lead = slash.map { String(word[...$0]) } ?? ""
    let begun = slash.map { String(word[word.index(after: $0)...]) } ?? word
    return Path.names(in: lead.isEmpty ? "." : lead).filter { $0.hasPrefix(begun) && (!$0.hasPrefix(".") || begun.hasPrefix(".")) }.map { name in
      let path = lead + name
      guard Path.isFolder(path) else { return Terminal.Candidate(path, suffix: suffix) }
      return Path.isFile(Path.join(path, "config.json")) && !suffix.isEmpty
        ? Terminal.Candidate(path, suffix: suffix, note: "a model") : Terminal.Candidate(path + "/")
    }
  }
}
