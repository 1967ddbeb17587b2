// One sequence of an objective, and how sequences become a batch: slots, padding, the divisor of the loss.

import Blocks
import Tensors

/// What the sum of the positions' losses is divided by.
public enum Divisor: String, Sendable, CaseIterable {
  /// The positions that count in the whole batch.
  case tokens
  /// First the counted positions of each text, then the texts: short texts count as much as long ones.
  case texts
  /// All positions, whether they count or not: a bound of the whole text's cost.
  case positions
}

/// One sequence: what is read, what is to be said, and what of it counts.
public struct Example: Sendable, Equatable {
  public var tokens: [Int]
  /// The token that each place must say; `Batch.none`: nothing.
  public var targets: [Int]
  /// Weight of each target before the divisor; nil: 1.
  public var weights: [Float]?
  /// What the encoder reads.
  public var source: [Int]?
  /// The first so many tokens see one another both ways; nil: the model's own mask says who sees whom.
  public var prefix: Int?
  /// Positions in two dimensions; nil: in order, and none.
  public var positions: [Int]?, blocks: [Int]?
  public var segments: [Int]?
  public var original: [Int]?
  public var label: Int?
  /// A word for each place, for the table.
  public var notes: [(name: String, cells: [String])] = []

  public init(_ tokens: [Int], targets: [Int], source: [Int]? = nil, prefix: Int? = nil) {
    (self.tokens, self.targets, self.source, self.prefix) = (tokens, targets, source, prefix)
  }

  public static func == (a: Example, b: Example) -> Bool {
    a.tokens == b.tokens && a.targets == b.targets && a.weights == b.weights && a.source == b.source && a.prefix == b.prefix
      && a.positions == b.positions && a.blocks == b.blocks && a.segments == b.segments && a.label == b.label
  }

  /// Places that count.
  var counted: Int { targets.indices.reduce(0) { $0 + (targets[$1] >= 0 && weights?[$1] != 0 ? 1 : 0) } }
}

extension Batch {
  /// Sequences side by side.
  ///
  /// Shorter ones are padded at their end. With prefixes each prefix gets as many slots as the longest needs, its padding behind it; positions
  /// count the real tokens only, so that a text is read as it is read alone.
  /// - Parameters:
  ///   - filler: id of what is put where no token is.
  ///   - readsBothWays: hide padding from attention. (A model that reads from left to right never looks at what is behind.)
  init(_ examples: [Example], filler: Int, divisor: Divisor = .tokens, readsBothWays: Bool, objective: String) throws {
    guard !examples.isEmpty else { throw ObjectiveFailure.noSamples(objective: objective) }
    let prefix = examples.compactMap(\.prefix).max()
    // Where each token of each example comes to stand.
    let places = examples.map { example -> [Int] in
      guard let prefix, let own = example.prefix else { return Array(example.tokens.indices) }
      return example.tokens.indices.map { $0 < own ? $0 : $0 + prefix - own }
    }
    let width = places.map { ($0.last ?? -1) + 1 }.max() ?? 0
    func spread<T>(_ list: [T], _ row: Int, _ none: T) -> [T] {
      var result = Array(repeating: none, count: width)
      for (place, value) in zip(places[row], list) { result[place] = value }
      return result
    }
    var input = Architecture.Input(examples.enumerated().map { spread($1.tokens, $0, filler) })
    let isRagged = examples.contains { $0.tokens.count != width }
    let hasHoles = prefix != nil && examples.contains { $0.prefix != prefix }
    if hasHoles || (isRagged && readsBothWays) {
      input.padding = examples.enumerated().map { spread(Array(repeating: true, count: $1.tokens.count), $0, false) }
    }
    if hasHoles || examples.contains(where: { $0.positions != nil }) {
      input.positions = examples.enumerated().flatMap { row, example in
        spread((example.positions ?? Array(example.tokens.indices)).map(Int32.init), row, 0)
      }
    }
    if examples.contains(where: { $0.blocks != nil }) {
      input.blocks = examples.enumerated().flatMap { spread(($1.blocks ?? Array(repeating: 0, count: $1.tokens.count)).map(Int32.init), $0, 0) }
    }
    if examples.contains(where: { $0.segments != nil }) {
      input.segments = examples.enumerated().map { spread($1.segments ?? Array(repeating: 0, count: $1.tokens.count), $0, 0) }
    }
    // The divisor is in the weights, so that pieces of a batch add up to the whole.
    let counts = examples.map(\.counted), all = counts.reduce(0, +)
    guard all > 0 || examples.contains(where: { $0.label != nil }) || divisor == .positions else {
      throw ObjectiveFailure.empty(objective: objective, "no position of the batch counts in the loss")
    }
    let positions = examples.reduce(0) { $0 + $1.tokens.count }
    let weights = examples.enumerated().map { row, example -> [Float] in
      let unit: Double = switch divisor {
      case .tokens: 1 / Double(max(1, all))
      case .texts: 1 / (Double(examples.count) * Double(max(1, counts[row])))
      case .positions: 1 / Double(max(1, positions))
      }
      let own = example.targets.indices.map { example.targets[$0] < 0 ? 0 : Float(Double(example.weights?[$0] ?? 1) * unit) }
      return spread(own, row, 0)
    }
    self.init(
      input, source: try Batch.source(examples, filler, objective), mask: prefix.map { .prefix($0) },
      targets: examples.enumerated().map { spread($1.targets, $0, Batch.none) }, weights: weights)
    extras.lengths = examples.map(\.tokens.count)
    if examples.contains(where: { $0.original != nil }) { extras.originals = examples.map { $0.original ?? [] } }
    if examples.contains(where: { $0.label != nil }) {
      extras.labels = examples.map { $0.label ?? Batch.none }
      let labelled = extras.labels.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }
      extras.labelWeights = extras.labels.map { $0 < 0 ? 0 : 1 / Float(labelled) }
    }
    for name in examples.flatMap({ $0.notes.map(\.name) }).reduced {
      extras.notes.append(
        .init(name: name, cells: examples.enumerated().map { row, example in
          spread(example.notes.first { $0.name == name }?.cells ?? [], row, "")
        }))
    }
  }

  private static func source(_ examples: [Example], _ filler: Int, _ objective: String) throws -> Architecture.Input? {
    guard examples.contains(where: { $0.source != nil }) else { return nil }
    let texts = examples.map { $0.source ?? [] }, width = texts.map(\.count).max() ?? 0
    guard !texts.contains(where: \.isEmpty) else { throw ObjectiveFailure.empty(objective: objective, "a sample has no source to be encoded") }
    var input = Architecture.Input(texts.map { $0 + Array(repeating: filler, count: width - $0.count) })
    if texts.contains(where: { $0.count < width }) { input.padding = texts.map { text in (0..<width).map { $0 < text.count } } }
    return input
  }
}

extension Array where Element: Hashable {
  /// Each once, in the order of the first.
  var reduced: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
