/// Runs checked programs against variables and an environment. One interpreter belongs to one thread; forks are made by
/// copying `variables` and `environment` into another.

public final class Interpreter {
  public var environment: Environment
  public var variables = Variables()
  /// Where `print` writes.
  public var output: (String) -> Void = { Swift.print($0, terminator: "") }
  /// Whether `print` and the host's own printing say in sentences what grids and boxes show.
  public var isPlain = false
  /// Asked often: true ends the running cell with the failure `interrupted`.
  public var isStopped: () -> Bool = { false }
  public var limits = Limits()
  /// Whether steps are counted from one run to the next: a bound for all that an interpreter is asked.
  public var countsOn = false
  /// What the host keeps with this evaluation: no global, since several may go on at once.
  public weak var host: AnyObject?
  /// How much the host has noted so far, asked before and after each argument of a call: what an argument came from.
  public var mark: (() -> Int)?

  /// Bounds that turn runaway programs into errors.
  public struct Limits: Sendable {
    public var steps = 20_000_000
    public var elements = 1_000_000
    public var textBytes = 16_000_000
    public var valueNesting = 64
    public var calls = 200
    /// Of the thread's stack; the interpreter's thread must have at least twice as much.
    public var stackBytes = 3_000_000
    public init() {}
  }

  struct Local {
    let name: String
    let value: Value
  }

  var source = Source("")
  var locals: [Local] = []
  /// Where the locals of the running function begin; nil at the top, where `let` defines variables.
  var base = 0
  var scopes = 0
  var steps = 0
  var calls = 0
  var stackStart: UInt = 0
  var running = 0

  public init(environment: Environment = Environment()) { self.environment = environment }

  /// Reads, checks and runs a cell; the value is the last expression's. Throws `Failures`.
  @discardableResult
  public func run(_ text: String, name: String = "input") throws -> Value {
    try run(prepare(Source(text, name: name)))
  }

  /// Reads and checks a cell without running anything. Throws `Failures`.
  public func prepare(_ source: Source) throws -> Checked {
    do {
      let program = try Parser.parse(source)
      let failures = Checker.check(program, environment: environment, variables: variables)
      if !failures.isEmpty { throw Failures(failures) }
      return Checked(program: program)
    } catch let failure as Failure {
      throw Failures([failure])
    }
  }

  /// Runs a checked cell. Variables that were defined before a failure stay. Throws `Failures`.
  @discardableResult
  public func run(_ checked: Checked) throws -> Value {
    do {
      return try entering(checked.program.source) { try execute(checked.program.statements) }
    } catch let failure as Failure {
      throw Failures([failure])
    }
  }

  /// Sets the interpreter up for one run, and back afterwards, also if a builtin runs another cell inside of a cell.
  func entering<Result>(_ source: Source, _ body: () throws -> Result) throws -> Result {
    let saved = (self.source, locals, base, scopes)
    (self.source, locals, base, scopes) = (source, [], 0, 0)
    if running == 0 {
      if !countsOn { steps = 0 }
      calls = 0
      stackStart = stackPosition()
    }
    running += 1
    defer {
      running -= 1
      (self.source, locals, base, scopes) = saved
    }
    do {
      return try body()
    } catch {
      throw located(error, Span(0, source.bytes.count))
    }
  }

  /// Calls a function of this interpreter from outside of it, or from another one.
  public func calling(_ function: Function, _ values: [Value]) throws -> Value {
    try entering(source) { try call(function, values) }
  }

  /// The same with arguments as they were written there.
  public func calling(_ function: Function, _ arguments: Arguments) throws -> Value {
    try entering(source) { try call(function, arguments, nil, nil) }
  }

  /// Counts work, and ends it when it is too much or no longer wanted. Builtins that loop call it.
  public func spend(_ amount: Int = 1) throws {
    steps += amount
    if steps > limits.steps { throw Failure(.tooManySteps(limits.steps)) }
    if steps & 63 < amount, isStopped() { throw Failure(.interrupted) }
  }

  /// Fails if what has been made is too large to go on with.
  func bounded(_ value: Value) throws -> Value {
    switch value {
    case .list(let list) where list.count > limits.elements: throw Failure(.tooManyElements(limits.elements))
    case .string(let text) where text.utf8.count > limits.textBytes: throw Failure(.textTooLong)
    default: break
    }
    if value.nesting > limits.valueNesting { throw Failure(.valueTooDeep) }
    return value
  }

  /// An error with its place: failures that do not know it yet get the span of what is being evaluated.
  func located(_ error: any Error, _ span: Span) -> any Error {
    if error is ReturnSignal { return error }
    var failure: Failure
    if let known = error as? Failure {
      failure = known
    } else if let known = error as? any FailureConvertible {
      failure = known.failure
    } else {
      failure = Failure(.host, "\(error)")
    }
    if failure.span == nil { failure.span = span }
    if failure.source == nil { failure.source = source }
    return failure
  }

  /// Throws when the thread's stack is nearly used up.
  func guardStack() throws {
    let now = stackPosition()
    let used = now > stackStart ? now - stackStart : stackStart - now
    if used > UInt(limits.stackBytes) { throw Failure(.recursionTooDeep) }
  }

  @inline(never)
  private func stackPosition() -> UInt {
    var here: UInt8 = 0
    return withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) }
  }
}

/// How `return` leaves the statements around it.
struct ReturnSignal: Error, @unchecked Sendable {
  let value: Value
}
