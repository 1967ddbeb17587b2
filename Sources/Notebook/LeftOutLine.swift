// What of a text is in no token, as every front end tells it.

import Files
import Tokenizers

extension Tokenizer {
  /// One line; nil where all of the text is in tokens.
  public func leftOutLine(_ text: String, _ encoding: Encoding) -> String? {
    let left = leftOut(of: text, encodedAs: encoding)
    guard !left.isEmpty else { return nil }
    let shown = left.prefix(8).map { "'\($0.shown(limit: 40))'" }.joined(separator: ", "), them = left.count == 1 ? "it" : "them"
    return "in no token: \(shown)\(left.count > 8 ? " and \(left.count - 8) more" : ""); the vocabulary lacks \(them) and has no unknown token, or the normaliser removes \(them)"
  }
}
