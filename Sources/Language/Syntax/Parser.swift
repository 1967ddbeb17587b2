/// Tokens to tree: the parser's state, statements and blocks. Expressions are in ParserExpressions.swift.
/// The first mistake ends the reading; what follows it could only be guessed at.

struct Parser {
  let source: Source
  var tokens: [Token]
  var index = 0
  /// How deep the recursion is, and how many brackets are open around the current token.
  var depth = 0
  var brackets = 0
  /// Inside of ( ) and [ ] the ends of lines mean nothing.
  var ignoresLines = false
  /// In the head of `if` and `for`, a `{` opens the body and no closure.
  var inHead = false
  /// The names mentioned in each function that is being read, innermost last.
  var mentioned: [Set<String>] = []

  static let deepest = 64
  static let tallest = 256

  /// Reads a program; throws the first failure.
  static func parse(_ source: Source) throws -> Program {
    let lexer = Lexer.read(source)
    if let failure = lexer.failures.min(by: { ($0.span?.start ?? 0) < ($1.span?.start ?? 0) }) { throw failure }
    var parser = Parser(source: source, tokens: lexer.tokens)
    return Program(source: source, statements: try parser.statements(until: .end))
  }

  var token: Token { tokens[index] }

  func at(_ symbol: Symbol) -> Bool { token.kind == .symbol(symbol) }
  func at(_ keyword: Keyword) -> Bool { token.kind == .keyword(keyword) }
  /// The token after this one.
  var following: Token { tokens[min(index + 1, tokens.count - 1)] }

  @discardableResult
  mutating func take() -> Token {
    let taken = token
    if index < tokens.count - 1 { index += 1 }
    return taken
  }

  mutating func take(_ symbol: Symbol) -> Bool {
    guard at(symbol) else { return false }
    take()
    return true
  }

  mutating func expect(_ symbol: Symbol, _ what: String? = nil) throws {
    if take(symbol) { return }
    let what = what ?? "'\(symbol.rawValue)'"
    throw fail(token.kind == .end && brackets > 0 ? .unfinished(what) : .expected(what, found: found))
  }

  mutating func expectName(_ what: String) throws -> Name {
    let taken = token
    if case .name(let text) = taken.kind {
      take()
      return Name(text: text, span: taken.span)
    }
    if case .hole = taken.kind {
      take()
      return Name(text: "___", span: taken.span)
    }
    throw fail(.expected(what, found: found))
  }

  var found: String {
    token.kind == .end ? "the end" : token.newlineBefore && index > 0 ? "the end of the line" : token.name
  }

  func fail(_ problem: Problem, at span: Span? = nil) -> Failure {
    Failure(problem, at: span ?? token.span, in: source)
  }

  /// Guards the recursion: source text may be nested by a machine.
  mutating func nested<Result>(_ body: (inout Parser) throws -> Result) throws -> Result {
    guard depth < Parser.deepest else { throw fail(.nestedTooDeeply) }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  func span(from start: Int) -> Span { Span(start, index > 0 ? tokens[index - 1].span.end : start) }

  // MARK: Statements

  mutating func statements(until end: Token.Kind) throws -> [Statement] {
    var result: [Statement] = []
    while true {
      while take(.semicolon) {}
      if token.kind == end { return result }
      if token.kind == .end { throw fail(.unfinished("'}'")) }
      for closing in [Symbol.rightParen, .rightBracket, .rightBrace] where at(closing) {
        throw fail(.unmatched(closing.rawValue))
      }
      result.append(try nested { try $0.statement() })
      if token.kind == end || token.kind == .end || at(.semicolon) || token.newlineBefore { continue }
      for closing in [Symbol.rightParen, .rightBracket, .rightBrace] where at(closing) {
        throw fail(.unmatched(closing.rawValue))
      }
      throw fail(foreign ?? afterStatement)
    }
  }

  mutating func statement() throws -> Statement {
    let start = token.span.start
    let form: Statement.Form
    switch token.kind {
    case .keyword(.let): form = try variable()
    case .keyword(.func): form = .function(try function())
    case .keyword(.for): form = try loop()
    case .keyword(.return):
      take()
      let isBare = token.newlineBefore || at(.semicolon) || at(.rightBrace) || token.kind == .end
      form = .giveBack(isBare ? nil : try expression())
    case .name(let name) where following.kind == .symbol(.assign):
      let span = take().span
      take()
      _ = try expression()
      form = .assignment(name: name, nameSpan: span)
    default: form = .expression(try expression())
    }
    return Statement(span: span(from: start), form: form, height: form.height)
  }

  private mutating func variable() throws -> Statement.Form {
    take()
    let pattern = try self.pattern("a name after 'let'")
    let type = take(.colon) ? try typeName() : nil
    try expect(.assign, "'=' and a value")
    return .variable(pattern, type: type, try expression())
  }

  private mutating func pattern(_ what: String) throws -> Pattern {
    guard take(.leftParen) else { return Pattern(names: [try expectName(what)], isTuple: false) }
    brackets += 1
    defer { brackets -= 1 }
    var names = [try expectName("a name")]
    while take(.comma) { names.append(try expectName("a name")) }
    try expect(.rightParen)
    return Pattern(names: names, isTuple: true)
  }

  mutating func typeName() throws -> TypeName {
    let start = token.span.start
    let isList = take(.leftBracket)
    let name = try expectName("a type")
    if isList { try expect(.rightBracket) }
    return TypeName(name: name.text, isList: isList, span: span(from: start))
  }

  private mutating func loop() throws -> Statement.Form {
    take()
    let pattern = try self.pattern("a name after 'for'")
    guard at(.in) else { throw fail(.expected("'in'", found: found)) }
    take()
    let sequence = try head { try $0.expression() }
    return .loop(pattern, sequence, try block())
  }

  /// Reads the head of an `if` or a `for`, in which `{` is no closure.
  mutating func head<Result>(_ body: (inout Parser) throws -> Result) throws -> Result {
    let outer = inHead
    inHead = true
    defer { inHead = outer }
    return try body(&self)
  }

  /// Whether an expression may go on with this token: it is on the same line, or lines do not matter here.
  var continues: Bool { ignoresLines || !token.newlineBefore }

  /// Reads something in brackets, in which closures are allowed again.
  mutating func inside<Result>(braces: Bool = false, _ body: (inout Parser) throws -> Result) throws -> Result {
    let outer = (inHead, ignoresLines)
    inHead = false
    ignoresLines = !braces
    brackets += 1
    defer {
      (inHead, ignoresLines) = outer
      brackets -= 1
    }
    return try body(&self)
  }

  mutating func block() throws -> [Statement] {
    if token.kind == .end { throw fail(.unfinished("'{'")) }
    if at(.colon) { throw fail(.notTheRightSyntax("':' before a body", instead: "a body stands in braces: for x in xs { … }")) }
    try expect(.leftBrace)
    let body = try inside(braces: true) { try $0.statements(until: .symbol(.rightBrace)) }
    take()
    return body
  }
}
