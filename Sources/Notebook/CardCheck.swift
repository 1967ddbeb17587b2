// A shipped model's card says what it scored; this measures it again.

import Files
import Foundation

/// The mean loss over the first lines of the held-out text, against the card.
public struct CardCheck: Sendable {
  public let measured: Double, card: Double
  /// The card's number was measured by another implementation in float32.
  public var passes: Bool { abs(measured - card) <= 1e-3 * max(1, abs(card)) }

  /// Nil if the model has no card or its card names no text.
  public init?(_ open: OpenModel, _ shipped: ShippedModel) throws {
    guard let path = open.model.folder.find("card.json"), let home = Home.folder else { return nil }
    let json = try JSON.read(path)
    guard let count = json["check"]?["lines"]?.int, let expected = json["check"]?["mean_loss"]?.double,
      let file = json["corpus"]?["held_out"]?.string
    else { return nil }
    let text = try String(contentsOfFile: home + "/" + file, encoding: .utf8)
    let lines = text.split(separator: "\n").prefix(count)
    let losses = try lines.map { try ScoreReport(open, text: String($0)).loss }
    measured = losses.reduce(0, +) / Double(max(1, losses.count))
    card = expected
  }
}
