// The manual page as roff (man(7)), written from the commands' own descriptions, so that it cannot say anything else than `--help`.

struct ManualPage {
  let program: CommandDescription
  /// As `2026-11-21`.
  let date: String

  var roff: String {
    var lines = [".TH ORRERY 1 \(date)", ".SH NAME", "orrery \\- \(escaped(uncapitalised(program.abstract ?? "")))"]
    lines += [".SH SYNOPSIS", ".B orrery", ".RI [ command ]", ".RI [ options ]"]
    if let text = program.discussion { lines += [".SH DESCRIPTION"] + discussion(text) }
    lines += [".SH COMMANDS"]
    for command in shown(program.subcommands) { lines += section(command, "orrery") }
    let options = (program.arguments ?? []).filter(\.shouldDisplay).flatMap(argument)
    if !options.isEmpty { lines += [".SH OPTIONS"] + options }
    lines += [".SH EXIT STATUS"]
    for (code, meaning) in ManualPage.exitCodes { lines += [".TP", ".B \(code)", meaning] }
    lines += [".SH ENVIRONMENT"]
    for (name, meaning) in ManualPage.variables { lines += [".TP", ".B \(name)", meaning] }
    lines += [".SH FILES", ".TP", ".I $XDG_STATE_HOME/orrery/history", "What was entered at the prompt; only its owner may read it."]
    return lines.joined(separator: "\n") + "\n"
  }

  private static let exitCodes = [
    ("0", "All went well."), ("1", "A check or a lesson failed."), ("2", "Wrong usage, or input that cannot be used."), ("130", "Interrupted."),
  ]
  private static let variables = [
    ("NO_COLOR", "If it is set and not empty, nothing is coloured."), ("ORRERY_PLAIN", "1 is the same as \\-\\-plain."),
    ("ORRERY_MEMORY", "Memory that tensors may take together, such as 8G; three quarters of the machine's if it is not set. Mapped weights do not count."),
    ("ORRERY_HOME", "Where lessons and models are looked for first."), ("PAGER", "Shows long output; without it, less does."),
  ]

  private func section(_ command: CommandDescription, _ above: String) -> [String] {
    let name = above + " " + command.commandName
    let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
    var lines = [".SS \(escaped(([name] + arguments.filter { $0.kind == "positional" }.map(usage)).joined(separator: " ")))"]
    if let abstract = command.abstract { lines.append(escaped(abstract)) }
    if let text = command.discussion { lines += [".PP"] + discussion(text) }
    lines += arguments.flatMap(argument)
    return lines + shown(command.subcommands).flatMap { section($0, name) }
  }

  private func shown(_ commands: [CommandDescription]?) -> [CommandDescription] {
    (commands ?? []).filter { ($0.shouldDisplay ?? true) && $0.commandName != "help" }
  }

  private func usage(_ argument: CommandDescription.Argument) -> String {
    let name = "<\(argument.valueName ?? "value")>" + (argument.isRepeating ? "..." : "")
    return argument.isOptional ? "[\(name)]" : name
  }

  private func argument(_ argument: CommandDescription.Argument) -> [String] {
    let names = (argument.names ?? []).map(\.spelled)
    guard !names.contains("--help") else { return [] }
    var lead = argument.kind == "positional" ? usage(argument) : names.joined(separator: ", ")
    if argument.kind == "option" { lead += " <\(argument.valueName ?? "value")>" }
    var sentences = [argument.abstract ?? ""]
    if let values = argument.allValues, !values.isEmpty { sentences.append("One of \(values.joined(separator: ", ")).") }
    if let value = argument.defaultValue { sentences.append("Default: \(value).") }
    let text = sentences.filter { !$0.isEmpty }.joined(separator: " ")
    return [".TP", ".B \(escaped(lead))"] + (text.isEmpty ? [] : [escaped(text)])
  }

  /// Indented lines are examples: they keep their line breaks. A line in capitals is a heading.
  private func discussion(_ text: String) -> [String] {
    var lines: [String] = []
    var example = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let indented = line.hasPrefix("  ")
      if indented != example {
        lines += indented ? [".PP", ".nf"] : [".fi"]
        example = indented
      }
      if line.allSatisfy(\.isWhitespace) {
        if lines.last != ".PP", !example { lines.append(".PP") }
      } else if !indented, line.allSatisfy({ $0.isUppercase || $0 == ":" || $0 == " " }) {
        lines.append(".B \(escaped(line.capitalised))")
      } else {
        lines.append(escaped(String(line)))
      }
    }
    if example { lines.append(".fi") }
    while lines.last == ".PP" { lines.removeLast() }
    // A paragraph that an example begins needs no second break.
    return lines.enumerated().filter { $0.offset + 1 >= lines.count || $0.element != ".PP" || lines[$0.offset + 1] != ".PP" }.map(\.element)
  }

  private func uncapitalised(_ text: String) -> String {
    let end = text.hasSuffix(".") ? String(text.dropLast()) : text
    return end.prefix(1).lowercased() + end.dropFirst()
  }

  /// Backslashes, hyphens, and points or quotes that would begin a request.
  private func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      default: result.append(character)
      }
    }
    return result.hasPrefix(".") ? "\\&" + result : result
  }
}

extension Substring {
  fileprivate var capitalised: String { prefix(1) + dropFirst().lowercased() }
}
