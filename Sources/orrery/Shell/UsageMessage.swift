// The argument parser's errors in one line, with the nearest command or flag. The wording of other errors is their own.
import ArgumentParser
import Files

struct UsageMessage {
  let root: any ParsableCommand.Type
  let arguments: [String]

  func line(for error: any Error) -> String {
    let message = root.message(for: error).split(whereSeparator: \.isNewline).map { $0.trimmed }.filter { !$0.isEmpty }.joined(separator: " ")
    guard let description = try? CommandDescription(root) else { return message }
    if let word = quoted(in: message, after: "Unexpected argument '") ?? quoted(in: message, after: "nexpected arguments: '") {
      // A first word that is no command is meant as one; so is the word after a command that has commands of its own.
      let first = arguments.first == word ? description : arguments.dropFirst().first == word ? description.command(named: arguments) : nil
      guard let first, !first.commandNames.isEmpty else { return lowered(message) }
      let help = first.commandName == description.commandName ? "orrery help lists them" : "orrery \(first.commandName) --help lists them"
      return "no command '\(word)'" + hint(nearest(word, in: first.commandNames), or: help)
    }
    if let word = quoted(in: message, after: "Unknown option '") {
      // An option that belongs to a command which there is not: it is the command that is wrong.
      if let first = arguments.first, !first.hasPrefix("-"), !description.commandNames.contains(first) {
        return "no command '\(first)'" + hint(nearest(first, in: description.commandNames), or: "orrery help lists them")
      }
      let flags = description.command(named: arguments)?.flags ?? description.flags
      return "no option '\(word)'" + hint(nearest(word, in: flags), or: "\(helpCommand(description)) lists them")
    }
    if let value = quoted(in: message, after: "The value '"), let option = quoted(in: message, after: "is invalid for '") {
      return ValueHint(option: option, value: value).line ?? lowered(message)
    }
    return lowered(message)
  }

  private func helpCommand(_ description: CommandDescription) -> String {
    guard let name = description.command(named: arguments)?.commandName, name != description.commandName else { return "orrery --help" }
    return "orrery \(name) --help"
  }

  private func hint(_ nearest: String?, or otherwise: String) -> String {
    nearest.map { "; did you mean '\($0)'?" } ?? "; \(otherwise)"
  }

  private func quoted(in message: String, after lead: String) -> String? {
    guard let start = message.firstRange(of: lead)?.upperBound, let end = message[start...].firstIndex(of: "'") else { return nil }
    return String(message[start..<end])
  }

  /// The words that the parser's own sentences begin with. Others begin with the name of a model or of a file, which stays as it is.
  private static let openings: Set<Substring> = ["Missing", "Unexpected", "Unknown", "The", "Value", "Multiple", "Duplicate", "No", "Please", "Expected", "Invalid"]

  /// As a part of "orrery: …".
  private func lowered(_ sentence: String) -> String {
    let message = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    guard let first = message.first, UsageMessage.openings.contains(message.prefix { $0 != " " }) else { return message }
    return first.lowercased() + message.dropFirst()
  }
}

/// The name that is a slip away from `word`, or the one that it begins.
func nearest(_ word: String, in names: [String]) -> String? {
  if let near = Suggestion.nearest(to: word, in: names) { return near }
  let begun = names.filter { word.count >= 3 && $0.hasPrefix(word) }
  return begun.count == 1 ? begun[0] : nil
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.first?.isWhitespace ?? false { text.removeFirst() }
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return text
  }
}
