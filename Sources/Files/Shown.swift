extension String {
  /// The text as an error message may show it: on one line, nothing that moves the cursor or turns the writing direction,
  /// and no longer than `limit` characters (the middle is left out). Names in files are other people's input.
  public func shown(limit: Int = 100) -> String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
        result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      default: result.unicodeScalars.append(scalar)
      }
      if result.utf8.count > 8 * limit + 4096 { break }
    }
    guard result.count > limit else { return result }
    return result.prefix(limit * 2 / 3) + "…" + result.suffix(limit - limit * 2 / 3 - 1)
  }
}
