// Text laid out in columns, and numbers in the form that C's printf gives them: what programs otherwise take a library with tables of all
// languages for.

import Glibc

extension String {
  /// Numbers in a printf format: `String(printf: "%.2f", x)`.
  public init(printf format: String, _ numbers: any CVarArg...) {
    self = withVaList(numbers) { list in
      let room = 512
      return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer in
        vsnprintf(buffer.baseAddress!, room, format, list)
        return String(cString: buffer.baseAddress!)
      }
    }
  }
}

extension StringProtocol {
  /// As many characters, with spaces behind them where there are fewer, and cut where there are more.
  public func filled(to width: Int) -> String {
    let missing = width - count
    return missing >= 0 ? String(self) + String(repeating: " ", count: missing) : String(prefix(width))
  }

  /// Without the white space at both ends.
  public var withoutOuterSpace: String {
    var text = String(self)[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
