// Cells from a pipe or a file: no prompt, no readline, nothing printed.
import Glibc

/// Reads a descriptor line by line and joins lines until the host says that the text is whole.
public struct PipedInput: Sequence, IteratorProtocol {
  private let descriptor: Int32
  private let completeness: (String) -> Completeness
  private var buffer: [UInt8] = []
  private var start = 0
  private var ended = false
  private var line = 0

  public init(descriptor: Int32 = STDIN_FILENO, completeness: @escaping (String) -> Completeness) {
    self.descriptor = descriptor
    self.completeness = completeness
  }

  /// The next cell; nil at the end. A text that is still open at the end comes as it is, so that the host can say what is missing.
  public mutating func next() -> Cell? {
    var text = ""
    var first = 0
    while let read = nextLine() {
      if text.isEmpty {
        if read.isBlank { continue }
        first = line
        text = read
      } else {
        text += "\n" + read
      }
      if text.first == ":" || completeness(text) != .more { return Cell(text, line: first) }
    }
    return text.isEmpty ? nil : Cell(text, line: first)
  }

  private mutating func nextLine() -> String? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { start = end + 1 }
        return text(buffer[start..<end])
      }
      searched = buffer.count
      guard !ended, fill() else { break }
      searched -= searched - Swift.min(searched, buffer.count)
    }
    guard start < buffer.count else { return nil }
    defer { start = buffer.count }
    return text(buffer[start...])
  }

  /// Reads more bytes behind those that are left; false at the end.
  private mutating func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        buffer += chunk[..<count]
        return true
      }
      if count < 0 && errno == EINTR { continue }
      ended = true
      return false
    }
  }

  /// Without the byte-order mark at the very beginning, and without the carriage return of other systems.
  private mutating func text(_ bytes: ArraySlice<UInt8>) -> String {
    line += 1
    var bytes = bytes
    if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if bytes.last == 0x0D { bytes = bytes.dropLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
