// A prediction's truth, and whether a guess comes near it.

extension Prediction {
  /// What is true: the value of `answer`, the choice that is marked, or else what the cell shows.
  /// - Parameter result: what came of the cell that it was asked before; nil for a recall.
  func truth(after result: CellResult?, _ executor: any Executor) -> Result<String, CellFailure> {
    func fault(_ message: String) -> Result<String, CellFailure> { .failure(CellFailure(kind: "prediction", message: message)) }
    var found: String
    if let answer {
      switch executor.text(of: answer) {
      case .success(let text): found = text.trimmed
      case .failure(let failure): return .failure(failure)
      }
    } else if kind == .choice {
      return choices.first(where: \.right).map { .success($0.text) } ?? fault("no choice is marked as right")
    } else {
      found = (result?.text ?? "").trimmed
    }
    switch kind {
    case .number:
      if Guess.number(found) != nil { return .success(found) }
      let numbers = Guess.numbers(in: found)
      guard numbers.count == 1 else {
        return fault("`\(id)` asks for a number, and \(answer.map { "`\($0)`" } ?? "the cell") shows \(numbers.isEmpty ? "none" : "\(numbers.count)"); say which is meant: answer=\"EXPRESSION\"")
      }
      return .success(numbers[0])
    case .word:
      guard !found.isEmpty, !found.contains(where: \.isNewline) else {
        return fault("`\(id)` asks for a word, and \(answer.map { "`\($0)`" } ?? "the cell") shows \(found.isEmpty ? "nothing" : "several lines"); say which is meant: answer=\"EXPRESSION\"")
      }
      return .success(Guess.bare(found))
    case .choice:
      guard let choice = choices.first(where: { Guess.plain($0.text) == Guess.plain(found) }) else { return fault("the answer of `\(id)` is `\(found)`, which is none of its choices") }
      return .success(choice.text)
    }
  }

  /// Whether a guess is the truth, within the tolerance.
  func accepts(_ guess: String, truth: String) -> Bool {
    switch kind {
    case .number:
      guard let a = Guess.number(guess), let b = Guess.number(truth) else { return false }
      return abs(a - b) <= tolerance * max(1, abs(b)) + 1e-12 * abs(b)
    case .word, .choice: return Guess.plain(guess) == Guess.plain(truth)
    }
  }
}

enum Guess {
  /// A number as people write it: `1,536`, `−0.4`, `93 %`, full-width digits. A percentage is its number.
  static func number(_ text: String) -> Double? {
    var digits = ""
    for character in bare(text) where character != "," && character != " " && character != "_" {
      switch character {
      case "−", "－": digits += "-"
      case "．": digits += "."
      case "%", "％": break
      case _ where character.wholeNumberValue != nil: digits += "\(character.wholeNumberValue ?? 0)"
      default: digits.append(character)
      }
    }
    guard let value = Double(digits), value.isFinite, digits.contains(where: \.isNumber), !digits.lowercased().hasPrefix("0x") else { return nil }
    return value
  }

  /// The numbers that stand in a text as words of their own.
  static func numbers(in text: String) -> [String] {
    text.split { $0.isWhitespace || "()[]=:;".contains($0) }.map { word in
      String(word.last.map { ".,?!".contains($0) } ?? false ? word.dropLast() : word)
    }.filter { $0 != "%" && number($0) != nil }
  }

  /// Without the quotes around it, and the mark of a token's space before it.
  static func bare(_ text: String) -> String {
    var text = text.trimmed
    if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = String(text.dropFirst().dropLast()) }
    return text.hasPrefix("␣") ? String(text.dropFirst()) : text
  }

  /// What two wordings of one answer have in common: no case, no punctuation around it, no code marks.
  static func plain(_ text: String) -> String {
    var view = Substring(bare(text).lowercased().filter { $0 != "`" && $0 != "*" })
    while let last = view.last, last.isWhitespace || ".,;:!?。，".contains(last) { view.removeLast() }
    while let first = view.first, first.isWhitespace { view.removeFirst() }
    return String(view)
  }
}
