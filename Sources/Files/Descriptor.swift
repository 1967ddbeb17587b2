import Glibc

/// Standard input, output and error, whole.
public enum Descriptor {
  /// All that is left to read.
  public static func readAll(_ descriptor: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return all }
      all += piece[..<count]
    }
  }

  /// Writes all of it, in as many pieces as the other side takes; gives up when nobody reads any more.
  @discardableResult
  public static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  /// A message for people.
  public static func complain(_ text: String) { writeAll(STDERR_FILENO, Array(text.utf8)) }
}
