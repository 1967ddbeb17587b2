// Wrong answers made from a right one: numbers changed, operators and names swapped, sub-expressions replaced.
// A check that catches none of them checks nothing.

enum Mutants {
  /// More would say no more, and each is run.
  static let most = 80

  private static let swaps: [String: [String]] = [
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"], "@": ["*"], "==": ["!="], "!=": ["=="], "≈": ["!="],
    "<": [">=", "<="], ">": ["<=", ">="], "<=": [">", "<"], ">=": ["<", ">"], "&&": ["||"], "||": ["&&"], "&": ["|"], "|": ["&"],
    "..<": ["..."], "...": ["..<"], "**": ["*"], "??": ["&&"],
  ]
  private static let opposites = ["true": "false", "false": "true", "max": "min", "min": "max", "rows": "columns", "columns": "rows"]

  /// Sources that differ from the right one, without repetition.
  /// - Parameter names: names in scope, for swapping.
  static func of(_ source: String, names: [String]) -> [String] {
    let tokens = SourceTokens.cut(source)
    let bound = Set(tokens.bound)
    var found: [String] = []
    var seen: Set<String> = [source]
    func add(_ mutant: [SourceToken]) {
      let text = mutant.source
      if seen.insert(text).inserted { found.append(text) }
    }
    func replacing(_ range: Range<Int>, _ text: String) {
      var mutant = tokens
      mutant.replaceSubrange(range, with: [SourceToken(kind: .name, text: text)])
      add(mutant)
    }
    func solid(before i: Int) -> SourceToken? { tokens[..<i].last { $0.kind != .space } }
    func solid(after i: Int) -> SourceToken? { tokens[(i + 1)...].first { $0.kind != .space } }

    // The whole right-hand side of each `let`: the coarsest wrong answers come first, and stay under any limit.
    for (i, token) in tokens.enumerated() where token.kind == .op && token.text == "=" {
      var end = i + 1
      var depth = 0
      while end < tokens.count {
        if tokens[end].kind == .open { depth += 1 }
        if tokens[end].kind == .close { depth -= 1 }
        if depth <= 0, tokens[end].kind == .space, tokens[end].text.contains(where: \.isNewline) { break }
        end += 1
      }
      for value in ["0", "1", "-1", "[0]", "true", "false", "\"\""] { replacing((i + 1)..<end, " " + value) }
      for name in names where !bound.contains(name) { replacing((i + 1)..<end, " " + name) }
    }
    for (i, token) in tokens.enumerated() {
      switch token.kind {
      case .number:
        for changed in changes(of: token.text) { replacing(i..<(i + 1), changed) }
      case .op:
        let unary = solid(before: i).map { $0.kind == .op || $0.kind == .open } ?? true
        if unary, token.text == "-" || token.text == "!" {
          replacing(i..<(i + 1), "")
        } else if token.text == ".", let next = solid(after: i), next.kind == .name, i + 2 >= tokens.count || tokens[i + 2].kind != .open {
          replacing(i..<(i + 2), "")  // `.T` left out
        } else {
          for other in swaps[token.text] ?? [] { replacing(i..<(i + 1), other) }
        }
      case .name:
        if let opposite = opposites[token.text] { replacing(i..<(i + 1), opposite) }
        let isLabel = solid(after: i)?.text == ":"
        let isMember = solid(before: i)?.text == "."
        let isCall = i + 1 < tokens.count && tokens[i + 1].text == "("
        if token.text == "let" || isLabel || isMember || solid(before: i)?.text == "let" { break }
        if !isCall {
          for other in names where other != token.text && !bound.contains(other) { replacing(i..<(i + 1), other) }
        }
      case .string:
        if token.text.count > 2 { replacing(i..<(i + 1), "\"\"") }
      case .open:
        guard let end = tokens.partner(of: i) else { break }
        // Arguments swapped; a call or a bracket left out; a sub-expression replaced.
        let commas = topLevelCommas(tokens, i, end)
        let cuts = [i] + commas + [end]
        for k in 1..<max(1, cuts.count - 1) {
          var mutant = Array(tokens[...cuts[k - 1]])
          mutant += tokens[(cuts[k] + 1)..<cuts[k + 1]]
          mutant.append(SourceToken(kind: .op, text: ", "))
          mutant += tokens[(cuts[k - 1] + 1)..<cuts[k]]
          mutant += tokens[cuts[k + 1]...]
          add(mutant)
        }
        if token.text == "(" {
          if end > i + 1 { replacing((i + 1)..<end, "0") }
          if i > 0, tokens[i - 1].kind == .name { replacing((i - 1)..<i, "") }
        } else if token.text == "[", i > 0, tokens[i - 1].kind == .name || tokens[i - 1].kind == .close {
          replacing(i..<(end + 1), "")
        }
      case .close, .space, .comment: break
      }
    }
    guard found.count > most else { return found }
    // Spread over the whole source.
    return (0..<most).map { found[$0 * found.count / most] }
  }

  private static func changes(of number: String) -> [String] {
    if let whole = Int(number) { return whole == 0 ? ["1", "2"] : ["\(whole + 1)", "\(whole - 1)"] }
    if let real = Double(number) { return ["\(real + 1)", "\(real * 0.5)"] }
    return []
  }

  private static func topLevelCommas(_ tokens: [SourceToken], _ open: Int, _ close: Int) -> [Int] {
    var depth = 0
    return (open...close).filter { i in
      if tokens[i].kind == .open { depth += 1 }
      if tokens[i].kind == .close { depth -= 1 }
      return depth == 1 && tokens[i].text == ","
    }
  }
}
