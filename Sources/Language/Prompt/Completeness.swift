/// Whether Enter should run what is typed, or begin another line.

public enum Completeness: Equatable, Sendable {
  case complete
  /// A bracket, a block string or a comment is open, or an operator waits for its right side.
  case needsMore
  /// More lines cannot mend it; running it shows the failure.
  case broken
}

public func completeness(of text: String) -> Completeness {
  let source = Source(text)
  let lexer = Lexer.read(source)
  if !lexer.failures.isEmpty {
    let isOpen = lexer.failures.allSatisfy { failure in
      switch failure.problem {
      case .unterminatedComment: return true
      case .unterminatedString: return failure.span.map { source.text(of: $0) == "\"\"\"" } ?? false
      default: return false
      }
    }
    return isOpen ? .needsMore : .broken
  }
  do {
    _ = try Parser.parse(source)
    return .complete
  } catch let failure as Failure {
    if case .unfinished = failure.problem { return .needsMore }
    return .broken
  } catch {
    return .broken
  }
}
