// One session for every front end: the prompt, scripts, lessons and the book run their cells here.

import Blocks
import Files
import Language
import Lessons
import Tensors

/// Variables, built-ins and the flag that stops a running cell.
public final class Session: @unchecked Sendable {
  let interpreter: Interpreter
  /// Raised by Ctrl-C; kernels and the interpreter poll it.
  public let stop: UnsafeMutablePointer<Int32>
  /// Whether values are printed as sentences.
  public var isPlain: Bool {
    get { interpreter.isPlain }
    set { interpreter.isPlain = newValue }
  }
  /// Draws a figure's DOT as SVG, where a program for it is at hand.
  public var draw: ((String) -> String?)?
  /// Columns of the page on which a cell's value is shown; nil: every value is as wide as it is by itself, as in the book.
  public var columns: (() -> Int)?
  /// Takes what a cell prints as it comes, for a person who waits. The result holds all of it in any case.
  public var echo: ((String) -> Void)?
  /// Shows a value in the front end's own way (a picture, colours), and says whether it did; otherwise it is shown as text.
  public var display: ((Shown) -> Bool)?
  /// Is told how far a long job is, and nil when it is over, for a person who waits: Ctrl-C then ends the job and keeps what is done.
  public var underway: ((Underway?) -> Void)? {
    get { onlooker.tell }
    set { onlooker.tell = newValue }
  }
  /// What the cells may touch on disk; nil: everything, as it is for a person's own cells and scripts.
  public var access: FileAccess?
  private var text = ""
  private var figures: [Lessons.Figure] = []
  private let watch: Stopwatch
  private let onlooker: Onlooker
  /// Where builders leave the figure of what could not be built.
  private let broken: BrokenFigure

  /// - Parameter stop: a flag owned by the caller, which must outlive the session.
  public init(stop: UnsafeMutablePointer<Int32>) {
    self.stop = stop
    broken = BrokenFigure()
    watch = Stopwatch()
    onlooker = Onlooker()
    interpreter = Interpreter(environment: Session.environment(stop, broken, watch, onlooker))
    connect()
  }

  private init(copying other: Session) {
    stop = other.stop
    broken = other.broken
    watch = other.watch
    onlooker = other.onlooker
    draw = other.draw
    columns = other.columns
    echo = other.echo
    display = other.display
    access = other.access
    interpreter = Interpreter(environment: other.interpreter.environment)
    interpreter.variables = other.interpreter.variables
    interpreter.isPlain = other.isPlain
    connect()
  }

  // Values hold functions, and a function that changes a run holds the interpreter whose variables hold the run.
  deinit { interpreter.variables = Variables() }

  private func connect() {
    interpreter.isStopped = { [stop] in stop.pointee != 0 }
    interpreter.output = { [unowned self] in emit($0) }
  }

  private func emit(_ piece: String, isShown: Bool = false) {
    text += piece
    if !isShown { echo?(piece) }
  }

  private static func environment(_ stop: UnsafeMutablePointer<Int32>, _ broken: BrokenFigure, _ watch: Stopwatch, _ onlooker: Onlooker) -> Environment {
    var environment = Environment()
    let trace = Trace(stop: stop)
    environment.addTensors(trace)
    environment.addGradients(trace)
    environment.addMasks()
    environment.addPositions()
    environment.addObjectives()
    environment.addTraining(stop: stop, onlooker)
    environment.addTimings(watch)
    environment.addMemory()
    environment.addBuilders(stop: stop, broken: broken)
    environment.addInfluence(stop: stop)
    environment.define(type: "Model")
    environment.define(type: "Run")
    nonisolated(unsafe) let flag = stop
    environment.define(
      "model", [.value("path", .string, "a folder with config.json and *.safetensors, a config.json, or a shipped model")],
      returns: "Model", "opens a model", example: "model(\"stories\")"
    ) { a in
      let object = ModelObject(try a.string("path"), stop: flag, broken: broken)
      _ = try object.open()
      return .object(object)
    }
    environment.define(constant: "scratch", .string(Trust.scratch), "a folder where every lesson may keep files")
    // Others are opened by model("…").
    for shipped in ShippedModel.all where shipped.name.allSatisfy({ $0.isLetter || $0.isNumber }) {
      environment.define(constant: shipped.name, .object(ModelObject(shipped.name, stop: stop, broken: broken)), "a shipped mini model")
    }
    return environment
  }

  // MARK: cells

  /// Runs a cell: what it printed, its last value included, and how it failed if it did.
  public func run(cell: String, name: String = "input") -> CellResult { FileAccess.with(access) { carriedOut(cell, name) } }

  private func carriedOut(_ cell: String, _ name: String) -> CellResult {
    text = ""
    figures = []
    broken.figure = nil
    watch.timings = []
    var failure: CellFailure?
    do {
      let value = try interpreter.run(cell, name: name)
      try show(value)
    } catch {
      failure = CellFailure(error)
      if let figure = broken.figure { try? show(.object(FigureObject(figure))) }
    }
    return CellResult(text: text, figures: figures, timings: watch.timings, failure: failure)
  }

  /// Prints the value of a cell's last expression, as a prompt does.
  /// - Throws: that Ctrl-C came while a large value was being read for it.
  private func show(_ value: Value) throws {
    if value.isNothing { return }
    let described = text(of: value) + "\n"
    if stop.pointee != 0 { throw Failures([Failure(.interrupted)]) }
    guard case .object(let object) = value, let shown = Shown(object) else { return emit(described) }
    if let (dot, alternative) = shown.drawing {
      figures.append(Lessons.Figure(dot: dot, svg: draw?(dot), alternative: alternative))
    }
    emit(described, isShown: !isPlain && display?(shown) ?? false)
  }

  private func text(of value: Value) -> String {
    if isPlain { return value.plain }
    if case .object(let object) = value, let columns { return object.description(fitting: columns()) }
    return value.description
  }

  /// The value of one expression, for `orrery eval`.
  public func evaluate(_ expression: String) throws -> (value: Value, printed: String) {
    text = ""
    let value = try interpreter.run(expression, name: "eval")
    return (value, text)
  }
}

extension Session: Executor {
  public func run(_ source: String) -> CellResult { run(cell: source, name: "cell") }

  public func text(of expression: String) -> Result<String, CellFailure> {
    do {
      return .success(try FileAccess.with(access) { try interpreter.run(expression, name: "prose").interpolated })
    } catch {
      return .failure(CellFailure(error))
    }
  }

  public func verdict(on condition: String) -> Verdict {
    do {
      switch try FileAccess.with(access, { try interpreter.run(try parseCheck(condition, name: "check")) }) {
      case .passed: return .holds
      // The check's own message is the lesson's; here is what lies apart.
      case .failed(_, let difference): return .fails(detail: difference)
      }
    } catch {
      return .unclear(CellFailure(error))
    }
  }

  public func snapshot() -> Snapshot { Snapshot(interpreter.variables) }

  public func restore(_ snapshot: Snapshot) {
    if let variables = snapshot.state as? Variables { interpreter.variables = variables }
  }

  public func fingerprint(of names: [String]?) -> [UInt8] {
    let chosen = names ?? interpreter.variables.names.sorted()
    return chosen.flatMap { name -> [UInt8] in Fingerprint.of(name, interpreter.variables[name] ?? .nothing) }
  }

  public func fork() -> any Executor { Session(copying: self) }

  public func reset(seed: UInt64) { interpreter.variables = Variables() }
}
