/// Values as text: one line for lists and strings, several for the prompt. Numbers show at most six digits; `exact`
/// shows them all. The length is bounded whatever the value holds.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A number with at most `digits` significant digits: `0.333333`, `3.0`, `1e-05`, `-∞`.
public func formatted(_ number: Double, digits: Int = 6) -> String {
  if number.isNaN { return "nan" }
  if number.isInfinite { return number < 0 ? "-∞" : "∞" }
  let shortest = "\(number)"
  var text = withVaList([Int32(min(max(1, digits), 17)), number]) { list in
    var buffer = [CChar](repeating: 0, count: 64)
    vsnprintf(&buffer, buffer.count, "%.*g", list)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }
  // 16777216.0 is no longer than 1.67772e+07, and says more.
  if number.magnitude < 1e9, number == number.rounded() { return shortest }
  if let e = text.firstIndex(of: "e") {
    let exponent = text[text.index(after: e)...]
    let digits = exponent.drop { $0 == "+" || $0 == "-" || $0 == "0" }
    text = text[...e] + (exponent.hasPrefix("-") ? "-" : "") + digits
  }
  return text
}

/// Two numbers that differ, with as many digits as tell them apart; the same text only for the same number.
public func toldApart(_ a: Double, _ b: Double) -> (String, String) {
  for digits in 6...17 {
    let (x, y) = (formatted(a, digits: digits), formatted(b, digits: digits))
    if x != y || digits == 17 { return (x, y) }
  }
  return (formatted(a), formatted(b))
}

extension Value {
  /// One line, strings in quotes.
  public var summary: String {
    var budget = 400
    return line(&budget, 0)
  }

  /// What the prompt prints.
  public var description: String {
    switch self {
    case .object(let object): return object.description
    case .list, .dictionary:
      var budget = 4000
      return line(&budget, 0)
    default: return summary
    }
  }

  /// The same in sentences, for `--plain`.
  public var plain: String { if case .object(let object) = self { object.plain } else { description } }

  /// Inside of a string: strings without quotes.
  public var interpolated: String { if case .string(let text) = self { text } else { summary } }

  /// All digits of numbers, all elements (as far as `limit` characters go).
  public func exact(limit: Int = 100_000) -> String {
    var budget = limit
    return line(&budget, 0, digits: 17, elements: .max)
  }

  private func line(_ budget: inout Int, _ depth: Int, digits: Int = 6, elements: Int = 100) -> String {
    switch self {
    case .nothing: return spend("nil", &budget)
    case .boolean(let value): return spend(value ? "true" : "false", &budget)
    case .integer(let value): return spend("\(value)", &budget)
    case .number(let value):
      return spend(digits >= 17 && value.isFinite ? "\(value)" : formatted(value, digits: digits), &budget)
    case .string(let text): return spend(quoted(text, budget), &budget)
    case .range(let range): return spend(range.text, &budget)
    case .function(let function):
      return spend(function.signatures.first.map { "func \($0.text)" } ?? "func \(function.name)", &budget)
    case .object(let object): return spend(object.summary, &budget)
    case .list(let list):
      budget -= 2
      var parts: [String] = []
      for value in list {
        guard budget > 0, parts.count < elements else {
          parts.append("… \(list.count - parts.count) more")
          break
        }
        parts.append(value.line(&budget, depth + 1, digits: digits, elements: elements))
        budget -= 2
      }
      return "[" + parts.joined(separator: ", ") + "]"
    case .dictionary(let record):
      if record.count == 0 { return "[:]" }
      var parts: [String] = []
      for (key, value) in record.pairs {
        guard budget > 0, parts.count < elements else {
          parts.append("… \(record.count - parts.count) more")
          break
        }
        parts.append(
          spend(quoted(key, budget), &budget) + ": "
            + value.line(&budget, depth + 1, digits: digits, elements: elements))
        budget -= 2
      }
      return "[" + parts.joined(separator: ", ") + "]"
    }
  }

  private func spend(_ text: String, _ budget: inout Int) -> String {
    budget -= text.utf8.count
    return text
  }

  private func quoted(_ text: String, _ budget: Int) -> String {
    var result = "\""
    for (index, scalar) in text.unicodeScalars.enumerated() {
      if index > max(budget, 60) { return result + "…\"" }
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\0": result += "\\0"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
