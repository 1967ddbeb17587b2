// Ctrl-C and the other signals that a prompt must answer, as bytes in a pipe and one flag.
//
// A handler may do almost nothing, so it stores one word and writes one byte. While a cell runs, SIGINT sets the stop
// flag that kernels poll, and a watcher thread tells the host; at the prompt, every signal is a byte that the editor's poll sees.
// It does not decide what a signal means there: `LineEditor` does.
import Glibc
import Synchronization

public enum Interrupts {
  /// Where a Ctrl-C finds us: outside a session it ends the process; between a prompt and a cell it is only noted.
  private enum Mode { static let outside: Int32 = 0, between: Int32 = 1, prompt: Int32 = 2, cell: Int32 = 3 }

  /// Non-zero from Ctrl-C until `clearStop()`. The address never changes and is never freed, so that C kernels may poll it.
  nonisolated(unsafe) private static let flag: UnsafeMutablePointer<Atomic<Int32>> = {
    let place = UnsafeMutablePointer<Atomic<Int32>>.allocate(capacity: 1)
    place.initialize(to: Atomic(0))
    return place
  }()
  private static let mode = Atomic<Int32>(Mode.outside)
  /// Bytes for the editor, bytes for the watcher.
  private static let editorPipe = makePipe(readerWaits: false)
  private static let watcherPipe = makePipe(readerWaits: true)
  private static let stopper = Mutex<(@Sendable () -> Void)?>(nil)

  // MARK: For the host

  /// Has Ctrl-C been pressed since the cell began?
  public static var stopRequested: Bool { flag.pointee.load(ordering: .relaxed) != 0 }

  /// The same flag for C code that polls a `const volatile int32_t *`, and for `Trace(stop:)`.
  public static var stopFlag: UnsafeMutablePointer<Int32> { UnsafeMutableRawPointer(flag).assumingMemoryBound(to: Int32.self) }

  public static func clearStop() { flag.pointee.store(0, ordering: .relaxed) }

  /// Sets the flag as Ctrl-C would.
  public static func requestStop() { flag.pointee.store(1, ordering: .relaxed) }

  /// Runs one cell: Ctrl-C sets the stop flag at once, and calls `stop` on another thread, however often it is pressed.
  public static func whileRunning<Result>(stop: (@Sendable () -> Void)? = nil, _ body: () throws -> Result) rethrows -> Result {
    install()
    _ = watcher
    clearStop()
    stopper.withLock { $0 = stop }
    let before = mode.exchange(Mode.cell, ordering: .relaxed)
    defer {
      mode.store(before, ordering: .relaxed)
      stopper.withLock { $0 = nil }
    }
    return try body()
  }

  /// From now on Ctrl-C outside of `whileRunning` ends the process with the exit code 130, as the contract of the command line says.
  public static func exitOnInterrupt() { install() }

  // MARK: For the editor

  /// What `poll` watches for signals while the prompt is shown.
  static var descriptor: Int32 { editorPipe.reading }

  /// Signals that need the terminal to be put back first; they have their default meaning while a cell runs.
  private static let promptSignals = [SIGTSTP, SIGCONT, SIGWINCH, SIGTERM, SIGHUP, SIGQUIT]

  static func beginPrompt() {
    install()
    _ = takeSignals()
    mode.store(Mode.prompt, ordering: .relaxed)
    for signal in promptSignals where !isIgnored(signal) { handle(signal) }
  }

  static func endPrompt() {
    for signal in promptSignals where !isIgnored(signal) { restoreDefault(signal) }
    mode.store(Mode.between, ordering: .relaxed)
  }

  /// The signals that came since the last call, oldest first.
  static func takeSignals() -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(editorPipe.reading, &bytes, bytes.count)
    return count > 0 ? bytes[..<count].map(Int32.init) : []
  }

  static func restoreDefault(_ signal: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = nil
    sigaction(signal, &action, nil)
  }

  /// Lets `signal` do what it does by default, now: stop or end the process.
  static func deliverDefault(_ signal: Int32) {
    restoreDefault(signal)
    raise(signal)
  }

  static func handle(_ signal: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Interrupts.received($0) }
    action.sa_flags = SA_RESTART
    sigaction(signal, &action, nil)
    // Whoever started the program may have handed it a mask that holds the signal back.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, signal)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  // MARK: Inside

  private static let installed: Void = {
    // Everything that the handler touches exists before it can run: a lazy initialiser is not safe in a handler.
    _ = (flag, editorPipe, watcherPipe)
    handle(SIGINT)
  }()
  private static func install() { installed }

  private static func received(_ signal: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: signal)
    switch mode.load(ordering: .relaxed) {
    case Mode.cell:
      flag.pointee.store(1, ordering: .relaxed)
      write(watcherPipe.writing, &byte, 1)
    case Mode.prompt: write(editorPipe.writing, &byte, 1)
    case Mode.between: flag.pointee.store(1, ordering: .relaxed)
    default: _exit(130)
    }
    errno = saved
  }

  private static let watcher: Void = {
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in
      var byte: UInt8 = 0
      while read(watcherPipe.reading, &byte, 1) == 1 { stopper.withLock { $0 }?() }
      return nil
    }, nil)
    pthread_detach(thread)
  }()

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN, as `nohup` sets it
  }

  /// A pipe whose ends never block, unless the reader is a thread that has nothing else to do.
  private static func makePipe(readerWaits: Bool) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return (-1, -1) }
    for (index, end) in ends.enumerated() {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      if index == 1 || !readerWaits { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }
    return (ends[0], ends[1])
  }
}
