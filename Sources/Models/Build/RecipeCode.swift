// A recipe as code of the language: pasted back at the prompt it gives the same model. Long calls are laid out over several lines.

import Files

extension Recipe: CustomStringConvertible {
  /// Columns of a line of code.
  public static let columns = 110

  /// The call as the language writes it, on one line.
  public var description: String { Code(self).line }

  /// The call as the language writes it, over as many lines as it needs.
  public var code: String { Code(self).lines(indent: 0, behind: 0, ahead: 0) }
}

extension Recipe.Value: CustomStringConvertible {
  public var description: String { Code(self).line }
}

/// A piece of code: a word, or something in brackets whose items can go onto lines of their own.
private indirect enum Code {
  case word(String)
  /// What stands before the first item, the items, what stands behind the last.
  case group(String, [Code], String)
  /// `name: value`.
  case labelled(String, Code)
  /// What a method of the first piece is called with: `base.with(mask: causal)`.
  case chain(Code, Code)

  /// The whole on one line.
  var line: String {
    switch self {
    case .word(let text): text
    case .group(let open, let items, let close): open + items.map(\.line).joined(separator: ", ") + close
    case .labelled(let name, let value): "\(name): \(value.line)"
    case .chain(let base, let call): "\(base.line).\(call.line)"
    }
  }

  /// The piece over several lines where one is too short for it.
  /// - Parameters:
  ///   - indent: columns in front of lines that follow.
  ///   - behind: columns of the first line that are taken already.
  ///   - ahead: columns that must be left on the last line.
  func lines(indent: Int, behind: Int, ahead: Int) -> String {
    let whole = line
    if behind + whole.count + ahead <= Recipe.columns { return whole }
    switch self {
    case .word: return whole
    case .labelled(let name, let value): return "\(name): " + value.lines(indent: indent, behind: behind + name.count + 2, ahead: ahead)
    case .chain(let base, let call):
      let first = base.lines(indent: indent, behind: behind, ahead: 0)
      let place = first.contains("\n") ? first.split(separator: "\n").last!.count : behind + first.count
      return "\(first)." + call.lines(indent: indent, behind: place + 1, ahead: ahead)
    case .group(let open, let items, let close):
      guard !items.isEmpty else { return whole }
      let inside = indent + 2
      var text = open + "\n" + String(repeating: " ", count: inside), place = inside
      for (index, item) in items.enumerated() {
        let isLast = index == items.count - 1, rest = isLast ? close.count + ahead : 1
        // An item that does not fit beside the one before it begins a line.
        if index > 0 {
          if place + 1 + item.line.count + rest <= Recipe.columns {
            text += " "
            place += 1
          } else {
            text += "\n" + String(repeating: " ", count: inside)
            place = inside
          }
        }
        let piece = item.lines(indent: inside, behind: place, ahead: rest)
        text += piece + (isLast ? close : ",")
        let last = piece.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0
        place = (piece.contains("\n") ? last : place + piece.count) + 1
      }
      return text
    }
  }

  init(_ value: Recipe.Value) {
    switch value {
    case .boolean(let b): self = .word(String(b))
    case .integer(let n): self = .word(String(n))
    case .number(let x): self = .word(Code.number(x))
    case .text(let s): self = .word(Code.text(s))
    case .list(let items): self = .group("[", items.map(Code.init), "]")
    case .call(let recipe): self = Code(recipe)
    }
  }

  init(_ recipe: Recipe) {
    switch recipe.builder {
    // Variations are methods of what they vary.
    case "replacing":
      if let base = recipe["architecture"], let path = recipe["path"], let by = recipe["by"] {
        self = .chain(Code(base), .group("replacing(", [Code(path), .labelled("by", Code(by))], ")"))
        return
      }
    case "masked":
      if let base = recipe["architecture"], let mask = recipe["mask"] {
        self = .chain(Code(base), .group("with(", [.labelled("mask", Code(mask))], ")"))
        return
      }
    // Masks are written by their algebra.
    case "causal", "bidirectional", "reverseCausal":
      self = .word(recipe.builder)
      return
    case "both", "either":
      if let a = recipe["a"], let b = recipe["b"] {
        self = .word("(\(Code(a).line) \(recipe.builder == "both" ? "&" : "|") \(Code(b).line))")
        return
      }
    case "not":
      if let mask = recipe["mask"] {
        self = .word("!\(Code(mask).line)")
        return
      }
    case "configuration":
      if case .text(let text) = recipe["json"], let json = try? JSON.parse(Array(text.utf8), name: "configuration") {
        let others = recipe.arguments.filter { $0.name != "json" }.map { Code.labelled($0.name, Code($0.value)) }
        self = .group("configuration(", [Code(json)] + others, ")")
        return
      }
    default: break
    }
    let plain = Builder.named(recipe.builder)?.parameters.filter { !$0.isLabelled }.map(\.name) ?? []
    self = .group(
      "\(recipe.builder)(", recipe.arguments.map { plain.contains($0.name) ? Code($0.value) : .labelled($0.name, Code($0.value)) }, ")")
  }

  /// A published configuration as a dictionary of the language.
  private init(_ json: JSON) {
    switch json.value {
    case .null: self = .word("nil")
    case .bool(let b): self = .word(String(b))
    case .number(.integer(let n)): self = .word(String(n))
    case .number(.real(let x)): self = .word(Code.number(x, isReal: true))
    case .string(let s): self = .word(Code.text(s.string))
    case .array(let items): self = .group("[", items.map(Code.init), "]")
    case .object(let object):
      let items = object.members.map { Code.labelled(Code.text($0.key.string), Code($0.value)) }
      self = items.isEmpty ? .word("[:]") : .group("[", items, "]")
    }
  }

  /// The shortest text that reads back as the same number; a whole one without a point, unless it must stay a Double.
  private static func number(_ x: Double, isReal: Bool = false) -> String {
    guard x.isFinite else { return x.isNaN ? "nan" : x < 0 ? "-.infinity" : ".infinity" }
    if !isReal, x == x.rounded(), x.magnitude < 1e15 { return String(Int(x)) }
    let text = "\(x)"
    return text.replacing("e-0", with: "e-").replacing("e+0", with: "e").replacing("e+", with: "e")
  }

  /// A string literal of the language.
  private static func text(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\n": literal += "\\n"
      case "\t": literal += "\\t"
      case "\r": literal += "\\r"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: literal += "\\u{\(String(scalar.value, radix: 16))}"
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}
