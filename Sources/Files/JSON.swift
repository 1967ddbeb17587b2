/// A JSON value that remembers where it stood, so that an error can say line and column.
///
/// The interface that the other targets program against; nesting, size and number forms are bounded by `Limits`.
public struct JSON: Sendable {
  public enum Value: Sendable {
    case null
    case bool(Bool)
    case number(Number)
    case string(ByteString)
    case array([JSON])
    case object(Object)
  }
  public let value: Value
  /// Byte offset of the value's first character in the text.
  public let offset: Int
}
