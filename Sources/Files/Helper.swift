// Its list of environment variables is a global that nothing here changes.
@preconcurrency import Glibc

/// Another program as a function: bytes in, bytes out.
public enum Helper {
  public struct Result: Sendable {
    public let output: [UInt8]
    /// What it said on standard error.
    public let complaint: String
    /// Its exit code; that of a shell, 128 + n, if signal n ended it.
    public let code: Int32
  }

  /// Path of the program that runs.
  public static var ownPath: String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : CommandLine.arguments[0]
  }

  /// Whether a path is a file that may be run.
  public static func isProgram(_ path: String) -> Bool { Path.isFile(path) && access(path, X_OK) == 0 }

  /// Runs a program to its end. All pipes move at once, whoever is slow.
  /// - Throws: `FileFailure` if it cannot be started.
  public static func run(_ program: String, _ arguments: [String], input: [UInt8]) throws(FileFailure) -> Result {
    var pipes = [[Int32]](repeating: [-1, -1], count: 3)
    defer { for end in pipes.joined() where end >= 0 { close(end) } }
    for i in 0..<3 {
      guard pipe(&pipes[i]) == 0 else { throw .last(.read, program) }
      for end in pipes[i] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipes[2][1], 2)
    let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var child = pid_t()
    let failure = posix_spawn(&child, program, &actions, nil, words, environ)
    guard failure == 0 else { throw .last(.read, program, errno: failure) }
    for (pipe, end) in [(0, 0), (1, 1), (2, 1)] {
      close(pipes[pipe][end])
      pipes[pipe][end] = -1
    }
    // A program that ends before it has read everything is no reason to end with it.
    let before = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, before) }
    _ = fcntl(pipes[0][1], F_SETFL, O_NONBLOCK)
    var (output, complaint, sent) = ([UInt8](), [UInt8](), 0)
    if input.isEmpty { finish(&pipes[0][1]) }
    while pipes[1][0] >= 0 || pipes[2][0] >= 0 {
      var ready = [pollfd(fd: pipes[0][1], events: Int16(POLLOUT), revents: 0)] + [1, 2].map { pollfd(fd: pipes[$0][0], events: Int16(POLLIN), revents: 0) }
      guard poll(&ready, 3, -1) >= 0 || errno == EINTR else { break }
      if ready[0].revents != 0 {
        let count = input.withUnsafeBytes { write(pipes[0][1], $0.baseAddress! + sent, input.count - sent) }
        if count > 0 { sent += count }
        if sent == input.count || count < 0 && errno != EAGAIN && errno != EINTR { finish(&pipes[0][1]) }
      }
      if ready[1].revents != 0, !take(pipes[1][0], &output) { finish(&pipes[1][0]) }
      if ready[2].revents != 0, !take(pipes[2][0], &complaint) { finish(&pipes[2][0]) }
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    return Result(output: output, complaint: String(decoding: complaint, as: UTF8.self), code: code)
  }

  private static func finish(_ end: inout Int32) {
    close(end)
    end = -1
  }

  /// Whether there may be more.
  private static func take(_ end: Int32, _ bytes: inout [UInt8]) -> Bool {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(end, &piece, piece.count)
    if count < 0 { return errno == EINTR || errno == EAGAIN }
    bytes += piece[..<count]
    return count > 0
  }
}
