// Masked infilling: blanks of a text filled in by an encoder, in one of several orders.

import Blocks
import Tensors

/// Fills the masks of a text.
public struct Infilling: Sendable {
  /// In which order blanks become words.
  public enum Order: Sendable, Hashable {
    /// All at once, from one pass: blanks do not see each other's words.
    case parallel
    /// One after the other, each seeing those before.
    case leftToRight
    /// The surest first (Ghazvininejad et al. 2019, one blank a pass).
    case surestFirst
    /// One after the other, then every one anew that often, given all others (Wang & Cho 2019: BERT as a Gibbs sampler).
    case gibbs(sweeps: Int)

    /// What a person calls them; of Gibbs sampling, two sweeps.
    public static let names = ["parallel", "left-to-right", "surest-first", "gibbs"]
    public init?(named name: String) {
      let all: [Order] = [.parallel, .leftToRight, .surestFirst, .gibbs(sweeps: 2)]
      guard let index = Order.names.firstIndex(of: name) else { return nil }
      self = all[index]
    }
  }

  /// Logits of every position.   [1, positions, vocabulary]
  public let predict: @Sendable ([Int], Run) throws -> Tensor
  public let mask: Int
  public var order: Order
  public var temperature: Float = 0
  public var seed: UInt64 = 0

  public init(_ architecture: Architecture, mask: Int, order: Order) {
    self.init(mask: mask, order: order) { text, run in
      try run.tentatively { try architecture(Architecture.Input([text]), run) }
    }
  }

  public init(mask: Int, order: Order, predict: @escaping @Sendable ([Int], Run) throws -> Tensor) {
    (self.mask, self.order, self.predict) = (mask, order, predict)
  }

  /// The text with its blanks filled, and the passes that it took.
  public func fill(_ text: [Int], run: Run) throws -> (text: [Int], passes: Int) {
    var generator = SeededGenerator(seed: seed)
    var text = text, passes = 0
    let blanks = text.indices.filter { text[$0] == mask }
    func candidates(_ places: [Int]) throws -> [(place: Int, token: Int, confidence: Float)] {
      let logits = try predict(text, run)
      passes += 1
      return places.map { place in
        let row = logits.slice(place..<(place + 1), axis: 1).values
        let token = Draw.token(row, temperature: temperature, &generator)
        return (place, token, Draw.probability(of: token, row))
      }
    }
    if blanks.isEmpty { return (text, 0) }
    switch order {
    case .parallel: for found in try candidates(blanks) { text[found.place] = found.token }
    case .leftToRight: for place in blanks { text[place] = try candidates([place])[0].token }
    case .surestFirst:
      var open = blanks
      while !open.isEmpty {
        let best = try candidates(open).max { $0.confidence < $1.confidence }!
        text[best.place] = best.token
        open.removeAll { $0 == best.place }
      }
    case .gibbs(let sweeps):
      for place in blanks { text[place] = try candidates([place])[0].token }
      for _ in 0..<max(0, sweeps) {
        for place in blanks {
          text[place] = mask
          text[place] = try candidates([place])[0].token
        }
      }
    }
    return (text, passes)
  }
}
