import Testing

@testable import Language

/// Runs cells in one interpreter and gives what a person would see after each.
func session(_ cells: String...) -> String {
  let interpreter = Interpreter()
  var shown: [String] = []
  interpreter.output = { shown.append(String($0.dropLast())) }
  for cell in cells {
    do {
      let value = try interpreter.run(cell)
      if !value.isNothing { shown.append(value.description) }
    } catch let failures as Failures {
      shown.append(failures.rendered())
    } catch {
      shown.append("not a Failures: \(error)")
    }
  }
  return shown.joined(separator: "\n")
}

@Suite struct Precedence {
  @Test(arguments: [
    ("1 + 2 * 3 ** 2", "19"), ("-2 ** 2", "-4"), ("2 ** -1", "0.5"), ("2 ** 3 ** 2", "512"), ("(1 + 2) * 3", "9"),
    ("7 / 2", "3.5"), ("8 / 2", "4"), ("1 / 3", "0.333333"), ("true || false && false", "true"), ("!true || true", "true"),
    ("1 + 1 == 2 && 2 < 3", "true"), ("0..<2 + 2", "0..<4"), ("nil ?? 4", "4"), ("1 > 2 ? 3 : 4", "4"),
    ("0.1 + 0.2 ≈ 0.3", "true"), ("1 ≈ 1.05 ± 0.1", "true"), ("1 ≈ 1.05 ± 1e-3", "false"), ("-.infinity", "-∞"),
  ])
  func value(_ source: String, _ expected: String) { #expect(session(source) == expected) }
}
