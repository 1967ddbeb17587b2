// A shipped model's card says what it scored; this measures it again.

import Blocks
import Files
import Foundation
import Tensors

/// The mean loss over the first lines of the held-out text, against the card.
public struct CardCheck: Sendable {
  public let measured: Double, card: Double
  /// The card's number was measured by another implementation in float32.
  public var passes: Bool { abs(measured - card) <= 1e-3 * max(0.05, abs(card)) }

  /// Nil if the model has no card or its card names no text.
  public init?(_ open: OpenModel, _ shipped: ShippedModel) throws {
    guard let path = open.model.folder.find("card.json"), let home = Home.folder else { return nil }
    let json = try JSON.read(path)
    guard let count = json["check"]?["lines"]?.int, let expected = json["check"]?["mean_loss"]?.double,
      let file = json["corpus"]?["held_out_file"]?.string ?? json["corpus"]?["held_out"]?.string
    else { return nil }
    let text = try String(contentsOfFile: home + "/" + file, encoding: .utf8)
    let losses = try text.split(separator: "\n").prefix(count).map { line in
      if open.architecture.encoder == nil { return try ScoreReport(open, text: String(line)).loss }
      let pair = line.split(separator: "\t", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { throw Refusing("\(file): a line must be a source, a tab and a target") }
      return try CardCheck.loss(open, source: pair[0], target: pair[1])
    }
    measured = losses.reduce(0, +) / Double(max(1, losses.count))
    card = expected
  }

  /// The mean loss of a target's tokens, its end included, given the source and what stands before.
  private static func loss(_ open: OpenModel, source: String, target: String) throws -> Double {
    let tokenizer = try open.tokenizer(), run = Run(keepsMemory: false)
    let (start, _) = try open.begin(tokenizer.encode(source).ids, run: run)
    let wanted = tokenizer.encode(target).ids
    let logits = try open.architecture(Architecture.Input([start + wanted.dropLast()]), run)
    let logarithms = logSoftmax(logits), width = logits.shape[2], values = logarithms.values
    return -wanted.enumerated().reduce(0.0) { $0 + Double(values[$1.offset * width + $1.element]) } / Double(max(1, wanted.count))
  }
}
