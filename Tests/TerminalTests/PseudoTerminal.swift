// A program at a pseudo-terminal: the tests type at it and wait for what it prints. Deadlines are generous, because they only
// end a test that has failed already.
import Glibc
import Testing

final class PseudoTerminal {
  private let master: Int32
  let process: pid_t
  private(set) var output = ""
  private var searched: String.Index
  private var status: Int32?
  private var pending: [UInt8] = []

  /// Starts `echo-prompt`, or a shell command line, at a terminal of 80 × 24.
  init(environment: [String: String] = [:], state: String, command: String? = nil) throws {
    // What posix_openpt, unlockpt and ptsname do; Swift's Glibc does not have them.
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: Int32 = 0
    let unlock: UInt = 0x4004_5431  // TIOCSPTLCK
    let getNumber: UInt = 0x8004_5430  // TIOCGPTN
    let opened = ioctl(master, unlock, &locked) == 0 && ioctl(master, getNumber, &number) == 0
    try #require(opened, "no pseudo-terminal")
    let slave = "/dev/pts/\(number)"
    self.master = master
    searched = output.startIndex
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, slave, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads of a test runner block signals, and a child would inherit that.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    let setSession: Int16 = 0x80  // POSIX_SPAWN_SETSID: the terminal becomes its own
    posix_spawnattr_setflags(&attributes, setSession | Int16(POSIX_SPAWN_SETSIGMASK))
    var values = ["TERM": "xterm-256color", "XDG_STATE_HOME": state, "HOME": state, "INPUTRC": "/dev/null", "PATH": "/usr/bin:/bin"]
    values["SWIFT_BACKTRACE"] = "enable=no"
    values.merge(environment) { $1 }
    let arguments = command.map { ["/bin/sh", "-c", $0] } ?? [PseudoTerminal.echoPrompt]
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = values.map { strdup("\($0)=\($1)") } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    var process = pid_t()
    let failed = posix_spawn(&process, arguments[0], &actions, &attributes, &words, &variables)
    self.process = process
    try #require(failed == 0, "cannot start \(arguments[0])")
  }

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    close(master)
  }

  /// The executable beside the test program.
  static let echoPrompt: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let path = String(decoding: buffer[..<max(0, count)].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    return folder + "/echo-prompt"
  }()

  func type(_ keys: String) {
    var rest = Array(keys.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  func resize(columns: UInt16) {
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  /// Waits until `text` is printed after what was waited for before.
  func expect(_ text: String, _ place: SourceLocation = #_sourceLocation) throws {
    let found = wait { [self] in
      guard let range = output[searched...].firstRange(of: text) else { return false }
      searched = range.upperBound
      return true
    }
    try #require(found, "no \(text.debugDescription) in \(String(output[searched...]).debugDescription)", sourceLocation: place)
  }

  /// Waits for the prompt to be shown and for keys to be read one by one.
  func expectPrompt(_ place: SourceLocation = #_sourceLocation) throws {
    try expect("> ", place)
    let ready = wait { [self] in !isCooked }
    try #require(ready, "the terminal stays in line mode", sourceLocation: place)
  }

  /// Is the terminal in the mode that programs without an editor expect?
  var isCooked: Bool {
    var modes = termios()
    tcgetattr(master, &modes)
    return modes.c_lflag & tcflag_t(ICANON) != 0 && modes.c_lflag & tcflag_t(ECHO) != 0
  }

  /// How it ended: the exit code, or the negative number of the signal.
  func end(_ place: SourceLocation = #_sourceLocation) throws -> Int32 {
    var code: Int32 = 0
    let ended = wait { [self] in waitpid(process, &code, WNOHANG) == process }
    try #require(ended, "it goes on: \(output.debugDescription)", sourceLocation: place)
    status = code
    while readMore(waiting: 0) {}
    return code & 0x7F == 0 ? code >> 8 & 0xFF : -(code & 0x7F)
  }

  private func wait(_ condition: () -> Bool) -> Bool {
    let deadline = time(nil) + 30
    while time(nil) < deadline {
      if condition() { return true }
      if !readMore(waiting: 20) { usleep(1_000) }
    }
    return condition()
  }

  /// False if there was nothing within so many milliseconds.
  private func readMore(waiting milliseconds: Int32) -> Bool {
    var watched = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&watched, 1, milliseconds) > 0 else { return false }
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = read(master, &chunk, chunk.count)
    guard count > 0 else { return false }
    take(chunk[..<count])
    return true
  }

  /// Adds bytes to the output; a character that is cut in two waits for its rest.
  private func take(_ bytes: ArraySlice<UInt8>) {
    pending += bytes
    var whole = pending.count
    for back in 1...min(3, pending.count) {
      let byte = pending[pending.count - back]
      if byte & 0xC0 == 0x80 { continue }
      if byte >= 0xC0, back < (byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2) { whole = pending.count - back }
      break
    }
    let offset = output.utf8.distance(from: output.startIndex, to: searched)
    output += String(decoding: pending[..<whole], as: UTF8.self)
    searched = output.utf8.index(output.startIndex, offsetBy: offset)
    pending.removeFirst(whole)
  }
}

/// A folder of its own for one test, gone afterwards.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/orrery-test-XXXXXX".utf8CString)
    let made = mkdtemp(&template)
    path = String(cString: try #require(made))
  }

  deinit { remove(path) }

  private func remove(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { remove(path + "/" + name) }
      }
      closedir(folder)
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  func read(_ name: String) -> String {
    guard let file = fopen(path + "/" + name, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte >= 0 { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  func write(_ text: String, to name: String) throws {
    let file = try #require(fopen(path + "/" + name, "w"))
    fputs(text, file)
    fclose(file)
  }

  /// Permission bits.
  func mode(_ name: String) -> mode_t {
    var status = stat()
    return stat(path + "/" + name, &status) == 0 ? status.st_mode & 0o777 : 0
  }
}
