// An executor for tests: a desk calculator with `let`, `show`, `figure`, `time` and `fail`, numbers, strings and comparisons.
// It shows what Lessons asks of an executor; it is no part of the language.

import Lessons

final class ToyExecutor: Executor {
  enum Value: Equatable {
    case number(Double)
    case text(String)
    case truth(Bool)

    var shown: String {
      switch self {
      case .number(let x): x == x.rounded() && abs(x) < 1e15 ? "\(Int(x))" : "\(x)"
      case .text(let text): text
      case .truth(let truth): "\(truth)"
      }
    }
  }

  struct Problem: Error {
    var kind: String
    var message: String
  }

  var variables: [String: Value] = [:]
  var seed: UInt64 = 0
  /// Every cell that was run, for tests that look.
  var ran: [String] = []

  func run(_ source: String) -> CellResult {
    ran.append(source)
    var result = CellResult()
    var shown: [String] = []
    do {
      for raw in source.split(separator: "\n") {
        let line = raw.trimmingPrefix(" ")
        if line.hasPrefix("//") || line.isEmpty { continue }
        if line.hasPrefix("let ") {
          let parts = line.dropFirst(4).split(separator: "=", maxSplits: 1)
          guard parts.count == 2 else { throw Problem(kind: "Syntax", message: "let NAME = VALUE") }
          variables[parts[0].filter { $0 != " " }] = try value(String(parts[1]))
        } else if line.hasPrefix("fail ") {
          let kind = String(line.dropFirst(5))
          throw Problem(kind: kind, message: "\(kind): it fails\n  \(line)\n  ^")
        } else if line.hasPrefix("figure ") {
          let text = String(line.dropFirst(7)).filter { $0 != "\"" }
          result.figures.append(
            Figure(
              dot: "digraph { \"\(text)\" }\n",
              svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 40\" width=\"120\" height=\"40\"><rect x=\"1\" y=\"1\" width=\"118\" height=\"38\" rx=\"6\" fill=\"#DEE9F7\" stroke=\"#1B4A80\"/></svg>",
              alternative: text))
        } else if line.hasPrefix("time ") {
          result.timings.append(Timing(label: "time", text: String(line.dropFirst(5))))
        } else {
          let body = line.hasPrefix("show ") ? String(line.dropFirst(5)) : String(line)
          shown.append(try value(body).shown)
        }
      }
    } catch let problem as Problem {
      result.failure = CellFailure(kind: problem.kind, message: problem.message)
    } catch {
      result.failure = CellFailure(kind: "Error", message: "\(error)")
    }
    result.text = shown.joined(separator: "\n")
    return result
  }

  func text(of expression: String) -> Result<String, CellFailure> {
    do { return .success(try value(expression).shown) } catch let problem as Problem {
      return .failure(CellFailure(kind: problem.kind, message: problem.message))
    } catch { return .failure(CellFailure(kind: "Error", message: "\(error)")) }
  }

  func verdict(on condition: String) -> Verdict {
    do {
      guard case .truth(let truth) = try value(condition) else {
        return .unclear(CellFailure(kind: "NotBool", message: "`\(condition)` is neither true nor false"))
      }
      return truth ? .holds : .fails(detail: nil)
    } catch let problem as Problem {
      return .unclear(CellFailure(kind: problem.kind, message: problem.message))
    } catch { return .unclear(CellFailure(kind: "Error", message: "\(error)")) }
  }

  func snapshot() -> Snapshot { Snapshot((variables, seed)) }
  func restore(_ snapshot: Snapshot) {
    if let (variables, seed) = snapshot.state as? ([String: Value], UInt64) {
      self.variables = variables
      self.seed = seed
    }
  }
  func restore(_ names: [String], from snapshot: Snapshot) {
    guard let (variables, _) = snapshot.state as? ([String: Value], UInt64) else { return }
    for name in names { self.variables[name] = variables[name] }
  }
  func isBuiltIn(_ name: String) -> Bool { false }
  func fingerprint(of names: [String]?) -> [UInt8] {
    let kept = variables.filter { names?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
    return Array("\(kept)".utf8)
  }
  func fork() -> any Executor {
    let other = ToyExecutor()
    other.restore(snapshot())
    return other
  }
  func reset(seed: UInt64) {
    variables = [:]
    self.seed = seed
  }

  // MARK: Expressions

  private func value(_ source: String) throws -> Value {
    var reader = Reader(text: Array(source), variables: variables, seed: seed)
    let value = try reader.comparison()
    reader.space()
    if reader.i < reader.text.count { throw Problem(kind: "Syntax", message: "cannot read `\(String(reader.text[reader.i...]))`") }
    return value
  }

  private struct Reader {
    var text: [Character]
    var variables: [String: Value]
    var seed: UInt64
    var i = 0

    mutating func space() { while i < text.count, text[i].isWhitespace { i += 1 } }
    mutating func take(_ word: String) -> Bool {
      space()
      guard text[i...].starts(with: word) else { return false }
      i += word.count
      return true
    }
    mutating func comparison() throws -> Value {
      let left = try sum()
      for op in ["==", "!=", "<", ">"] where take(op) {
        let right = try sum()
        if op == "==" { return .truth(left == right) }
        if op == "!=" { return .truth(left != right) }
        let (a, b) = (try number(left), try number(right))
        return .truth(op == "<" ? a < b : a > b)
      }
      return left
    }
    mutating func sum() throws -> Value {
      var left = try product()
      while true {
        if take("+") { left = .number(try number(left) + number(try product())) }
        else if take("-") { left = .number(try number(left) - number(try product())) }
        else { return left }
      }
    }
    mutating func product() throws -> Value {
      var left = try atom()
      while true {
        if take("*") { left = .number(try number(left) * number(try atom())) }
        else if take("/") { left = .number(try number(left) / number(try atom())) }
        else { return left }
      }
    }
    mutating func atom() throws -> Value {
      space()
      guard i < text.count else { throw Problem(kind: "Syntax", message: "an expression ends too early") }
      if take("-") { return .number(-(try number(atom()))) }
      if take("(") {
        let inner = try comparison()
        guard take(")") else { throw Problem(kind: "Syntax", message: "a bracket is not closed") }
        return inner
      }
      if text[i] == "\"" {
        var out = ""
        i += 1
        while i < text.count, text[i] != "\"" {
          if text[i] == "\\", i + 1 < text.count, text[i + 1] == "(" {
            i += 2
            out += try comparison().shown
            guard take(")") else { throw Problem(kind: "Syntax", message: "a bracket is not closed") }
          } else {
            out.append(text[i])
            i += 1
          }
        }
        i = min(i + 1, text.count)
        return .text(out)
      }
      if text[i].isNumber {
        let digits = text[i...].prefix { $0.isNumber || $0 == "." }
        i += digits.count
        return .number(Double(String(digits)) ?? 0)
      }
      let name = String(text[i...].prefix { $0.isLetter || $0 == "_" || $0.isNumber })
      guard !name.isEmpty else { throw Problem(kind: "Syntax", message: "cannot read `\(String(text[i...]))`") }
      i += name.count
      if name == "true" || name == "false" { return .truth(name == "true") }
      if name == "seed" { return .number(Double(seed)) }
      if name == "___" { throw Problem(kind: "Blank", message: "___ is a blank to fill in") }
      guard let value = variables[name] else { throw Problem(kind: "Unknown", message: "there is no `\(name)`") }
      return value
    }
    func number(_ value: Value) throws -> Double {
      guard case .number(let x) = value else { throw Problem(kind: "Type", message: "`\(value.shown)` is no number") }
      return x
    }
  }
}
