/// Spans of a text by what they are, for colour at the prompt and in the book. Works on unfinished text; the spans are in
/// order and do not overlap.

public enum HighlightKind: String, Sendable {
  case keyword, number, string, interpolation, comment, function, member, label, name, symbol, hole, unknown
}

public struct Highlight: Equatable, Sendable {
  public let span: Span
  public let kind: HighlightKind
}

public func highlight(_ text: String) -> [Highlight] {
  let lexer = Lexer.read(Source(text))
  var result = lexer.comments.map { Highlight(span: $0, kind: .comment) }
  mark(lexer.tokens, &result)
  for failure in lexer.failures {
    guard case .unexpectedCharacter = failure.problem, let span = failure.span else { continue }
    result.append(Highlight(span: span, kind: .unknown))
  }
  // A sign that nobody understands may stand inside of a string's own stretch; the string then wins.
  var end = 0
  return result.sorted { ($0.span.start, $1.span.end) < ($1.span.start, $0.span.end) }.filter { mark in
    guard mark.span.start >= end else { return false }
    end = mark.span.end
    return true
  }
}

private func mark(_ tokens: [Token], _ result: inout [Highlight]) {
  for (index, token) in tokens.enumerated() where token.kind != .end {
    if case .text(let pieces) = token.kind {
      mark(pieces, token.span, &result)
    } else {
      result.append(Highlight(span: token.span, kind: kind(of: token, index, tokens)))
    }
  }
}

/// The text of a string around its interpolations, and what is in those.
private func mark(_ pieces: [TextPiece], _ span: Span, _ result: inout [Highlight]) {
  var start = span.start
  for case .interpolation(let inner) in pieces {
    guard let first = inner.first, let last = inner.last else { continue }
    let open = first.span.start
    result.append(Highlight(span: Span(start, open), kind: .string))
    mark(inner, &result)
    start = last.span.start
  }
  if start < span.end { result.append(Highlight(span: Span(start, span.end), kind: .string)) }
}

private func kind(of token: Token, _ index: Int, _ tokens: [Token]) -> HighlightKind {
  let next = index + 1 < tokens.count ? tokens[index + 1] : nil
  let previous = index > 0 ? tokens[index - 1].kind : nil
  switch token.kind {
  case .integer, .number: return .number
  case .keyword: return .keyword
  case .hole: return .hole
  case .symbol: return .symbol
  case .text, .end: return .string
  case .name:
    if previous == .symbol(.dot) { return .member }
    if next?.kind == .symbol(.leftParen), next?.touchesPrevious == true { return .function }
    let opens = previous == .symbol(.leftParen) || previous == .symbol(.comma) || previous == .symbol(.leftBracket)
    return next?.kind == .symbol(.colon) && opens ? .label : .name
  }
}
