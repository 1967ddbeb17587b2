// An executor over the bare language, without models: proves that lessons, checks and mutants work with it and not only with the
// desk calculator.

import Language
import Lessons

final class LanguageExecutor: Executor {
  private var interpreter = Interpreter()

  func run(_ source: String) -> CellResult {
    var printed = ""
    interpreter.output = { printed += $0 }
    do {
      let value = try interpreter.run(source)
      if case .nothing = value { return CellResult(text: printed) }
      return CellResult(text: printed + value.description)
    } catch {
      return CellResult(text: printed, failure: Self.failure(error))
    }
  }

  func text(of expression: String) -> Result<String, CellFailure> {
    do { return .success(try interpreter.run(expression).interpolated) } catch { return .failure(Self.failure(error)) }
  }

  func verdict(on condition: String) -> Verdict {
    do {
      switch try interpreter.run(try parseCheck(condition)) {
      case .passed: return .holds
      case .failed(_, let difference, let place): return .fails(detail: difference, place: place)
      }
    } catch { return .unclear(Self.failure(error)) }
  }

  func snapshot() -> Snapshot { Snapshot(interpreter.variables) }
  func restore(_ snapshot: Snapshot) {
    if let variables = snapshot.state as? Variables { interpreter.variables = variables }
  }
  func restore(_ names: [String], from snapshot: Snapshot) {
    guard let variables = snapshot.state as? Variables else { return }
    for name in names { interpreter.variables[name] = variables[name] }
  }
  func isBuiltIn(_ name: String) -> Bool { interpreter.environment.functionNames.contains(name) }
  func fingerprint(of names: [String]?) -> [UInt8] {
    let kept = (names ?? interpreter.variables.names).map { "\($0)=\(interpreter.variables[$0]?.exact() ?? "none")" }
    return Array(kept.joined(separator: "\n").utf8)
  }
  func fork() -> any Executor {
    let other = LanguageExecutor()
    other.interpreter.variables = interpreter.variables
    return other
  }
  func reset(seed: UInt64) { interpreter = Interpreter() }

  private static func failure(_ error: any Error) -> CellFailure {
    guard let failures = error as? Failures else { return CellFailure(kind: "error", message: "\(error)") }
    return CellFailure(kind: failures.first.kind.rawValue, message: failures.rendered())
  }
}
