// How a text is read where a person chooses it: another mask, another prefix. Checked against what the model can take, in one place for
// every front end: what an architecture has no use for is refused, never ignored.

import Blocks
import Generation

/// A mask or a prefix that stands in for the model's own.
public struct ReadingChoice: Sendable {
  /// In place of the mask of every self-attention.
  public var mask: Mask?
  /// Tokens in front that a prefix model reads both ways; nil: its whole prompt.
  public var prefix: Int?

  public init(mask: Mask? = nil, prefix: Int? = nil) { (self.mask, self.prefix) = (mask, prefix) }

  /// What is wrong with a choice: one line, in the spelling of the front end.
  public struct Failure: Error, CustomStringConvertible, Equatable { public let description: String }

  /// - Parameters:
  ///   - count: tokens of the text.
  ///   - name: what the person called the model.
  ///   - spelling: `mask` and `prefix` as this front end writes them.
  /// - Throws: `Failure`.
  public func check(_ architecture: Architecture, count: Int, calling name: String, spelling: (String) -> String) throws(Failure) {
    if mask != nil, !architecture.heedsMasks {
      throw Failure(description: "\(name) has no attention: \(spelling("mask")) would change nothing, it reads as it does")
    }
    guard let prefix else { return }
    guard architecture.readsPrefixes else {
      throw Failure(description: "\(name) is no prefix model: \(spelling("prefix")) is for models that read their prompt both ways; a prefix mask (prefix(\(prefix)) at the prompt) reads it as one")
    }
    guard (0...count).contains(prefix) else {
      throw Failure(description: "\(spelling("prefix")) is \(prefix), but must lie between 0 and \(count), the number of tokens")
    }
  }

  public func apply(to run: Run) {
    run.mask = mask
    if let prefix { run.prefix = prefix }
  }
}
