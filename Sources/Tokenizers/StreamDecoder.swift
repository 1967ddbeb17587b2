/// Decodes a generation token by token: each call gives the text that is now certain.
///
/// A token may end inside a character, and decoders look at their neighbours (spaces before punctuation, bytes in a row), so
/// text is held back while it ends in U+FFFD. A window of recent ids is decoded again each time, never the whole.
public struct StreamDecoder {
  private let tokenizer: Tokenizer
  private let skipsSpecial: Bool
  private var ids: [Int] = []
  /// What the first `settled` ids decode to, which has been given out.
  private var prefix: [UInt8] = []
  private var settled = 0

  public init(_ tokenizer: Tokenizer, skipSpecial: Bool = true) {
    self.tokenizer = tokenizer
    skipsSpecial = skipSpecial
  }

  /// The text that the token completes; empty while a character is still open.
  public mutating func next(_ id: Int) -> String {
    ids.append(id)
    let text = tokenizer.decodeBytes(ids, skipSpecial: skipsSpecial)
    guard text.count > prefix.count, !Self.isOpen(text), text.starts(with: prefix) else { return "" }
    let new = String(decoding: text[prefix.count...], as: UTF8.self)
    ids.removeFirst(settled)
    settled = ids.count
    prefix = tokenizer.decodeBytes(ids, skipSpecial: skipsSpecial)
    return new
  }

  /// What is left at the end: an unfinished character as U+FFFD.
  public mutating func finish() -> String {
    let text = tokenizer.decodeBytes(ids, skipSpecial: skipsSpecial)
    defer { (ids, prefix, settled) = ([], [], 0) }
    return text.starts(with: prefix) ? String(decoding: text[prefix.count...], as: UTF8.self) : ""
  }

  private static func isOpen(_ text: [UInt8]) -> Bool { text.suffix(3) == [0xEF, 0xBF, 0xBD] }
}
