/// Something that Tab can offer.
public struct Candidate: Hashable, Sendable {
  public let text: String
  /// One line of documentation.
  public let summary: String

  public init(_ text: String, _ summary: String = "") {
    self.text = text
    self.summary = summary
  }
}
