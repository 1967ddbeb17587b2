import Testing

@testable import Language

@Suite struct Checks {
  func result(_ check: String, after cell: String = "let x = [1.0, 2.0]") throws -> CheckResult {
    let interpreter = Interpreter()
    try interpreter.run(cell)
    return try interpreter.run(parseCheck(check))
  }

  func failure(_ check: String) -> String {
    do { return "\(try result(check))" } catch { return (error as? Failures)?.rendered() ?? "\(error)" }
  }

  @Test func outcomes() throws {
    #expect(try result("x.count == 2 else \"wrong\"") == .passed)
    #expect(
      try result("x.count == 3   else \"Expected 3, got \\(x.count).\"")
        == .failed(message: "Expected 3, got 2.", difference: "differs: 2 instead of 3", place: nil))
    #expect(
      try result("x ≈ [1, 2.5] else \"Look again.\"")
        == .failed(message: "Look again.", difference: "differs at [1]: 2.0 instead of 2.5", place: "differs at [1]"))
    #expect(try result("x ≈ [1, 2.5] ± 1") == .passed)
    #expect(try result("x[0] > 1") == .failed(message: "not true: x[0] > 1", difference: nil, place: nil))
    #expect(
      try result("x ≈ [1]") == .failed(message: "not true: x ≈ [1]", difference: "differs in length: 2 instead of 1", place: "differs in length"))
  }

  @Test func errors() {
    #expect(
      failure("x.count else \"a\"") == "error: a check must be a Bool, not an Int\n  x.count else \"a\"\n  ^~~~~~~")
    #expect(failure("y == 1 else \"a\"") == "error: no variable named 'y'\n  y == 1 else \"a\"\n  ^")
    #expect(
      failure("x == 1 \"a\"") == "error: expected 'else' and a message, found a string\n  x == 1 \"a\"\n         ^~~")
    #expect(failure("x == ___") == "error: fill in the blank\n  x == ___\n       ^~~  replace ___")
  }
}
