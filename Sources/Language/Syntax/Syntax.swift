/// The tree that the parser makes. It holds only what was written; names are not yet looked up.

/// A program: the statements of one cell.
public struct Program: Sendable {
  public let source: Source
  let statements: [Statement]
}

struct Statement: Sendable {
  let span: Span
  let form: Form
  let height: Int

  indirect enum Form: Sendable {
    case variable(Pattern, type: TypeName?, Expression)
    case assignment(name: String, nameSpan: Span)
    case function(FunctionSyntax)
    case loop(Pattern, Expression, [Statement])
    case giveBack(Expression?)
    case expression(Expression)

    var height: Int {
      switch self {
      case .variable(_, _, let value), .expression(let value): return value.height
      case .assignment: return 1
      case .function(let function): return function.height
      case .loop(_, let sequence, let body): return max(sequence.height, body.height) + 1
      case .giveBack(let value): return value?.height ?? 1
      }
    }
  }
}

extension [Statement] {
  var height: Int { self.lazy.map(\.height).max() ?? 0 }
}

/// The names that a `let` or a `for` gives: one, or several in parentheses. `_` takes a value and forgets it.
struct Pattern: Sendable {
  let names: [Name]
  let isTuple: Bool
}

struct Name: Sendable {
  let text: String
  let span: Span
}

/// A type as written: `Int`, `[Double]`.
struct TypeName: Sendable {
  let name: String
  let isList: Bool
  let span: Span
}

struct Expression: Sendable {
  let span: Span
  let form: Form
  /// The height of the tree, bounded by the parser so that no walk over it can exhaust the stack.
  let height: Int

  indirect enum Form: Sendable {
    case nothing
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text([TextPart])
    case list([Expression])
    case dictionary([(key: Expression, value: Expression)])
    case name(String)
    case hole
    case implicit(Name, [ArgumentSyntax]?)
    case member(Expression, Name)
    case call(Expression, [ArgumentSyntax])
    case element(Expression, [ArgumentSyntax])
    case unary(Operator, Expression)
    case binary(Operator, Span, Expression, Expression)
    case near(Span, Expression, Expression, tolerance: Expression?)
    case range(Expression?, Expression?, isClosed: Bool)
    case choice(Expression, Expression, Expression)
    case condition(Expression, [Statement], otherwise: [Statement]?)
    case closure(FunctionSyntax)
  }
}

enum TextPart: Sendable {
  case literal(String)
  case value(Expression)
}

struct ArgumentSyntax: Sendable {
  let label: Name?
  let value: Expression
  let isTrailing: Bool

  var span: Span { label.map { $0.span.joined(value.span) } ?? value.span }
}

/// A closure, or a `func`. It is a class because values share it.
final class FunctionSyntax: Sendable {
  let name: Name?
  let parameters: [ParameterSyntax]
  let body: [Statement]
  /// Every name that the body mentions: what a closure may have to carry with it.
  let mentioned: Set<String>
  let span: Span
  let source: Source

  var height: Int { max(body.height, parameters.lazy.compactMap { $0.initial?.height }.max() ?? 0) + 1 }

  init(
    name: Name?, parameters: [ParameterSyntax], body: [Statement], mentioned: Set<String>, span: Span, source: Source
  ) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.mentioned = mentioned
    self.span = span
    self.source = source
  }
}

struct ParameterSyntax: Sendable {
  /// The word at the call; nil for `_`.
  let label: String?
  let name: Name
  let type: TypeName?
  let initial: Expression?
}

/// The operators that values have. `&&`, `||` and `??` look at their right side only if they must.
public enum Operator: String, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case power = "**"
  case matrix = "@"
  case and = "&"
  case or = "|"
  case logicalAnd = "&&"
  case logicalOr = "||"
  case not = "!"
  case coalesce = "??"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessEqual = "<="
  case greater = ">"
  case greaterEqual = ">="
  case near = "≈"
}
