// The layer ribbon: one cell per layer. The caption's words are made here, so that it cannot disagree with the cells.

/// The layers of a model in order, by type.
public struct Ribbon: Equatable, Sendable {
  /// A type of layer: what mixes the positions, what follows it.
  public struct Layer: Equatable, Sendable {
    public var mixer: Kind
    public var mixerName: String
    public var feed: Kind?
    public var feedName: String
    /// A variant of the same kind (a window beside full attention): drawn paler.
    public var pale: Bool
    /// Tells layers apart that are called the same and are not the same: other sizes, another norm. 0 is the first of its name.
    public var form: Int
    /// What is other in it than in the first of its name: "hidden 1024".
    public var difference = ""

    public init(
      _ mixer: Kind, _ mixerName: String, _ feed: Kind? = nil, _ feedName: String = "", pale: Bool = false, form: Int = 0, difference: String = ""
    ) {
      (self.mixer, self.mixerName, self.feed, self.feedName, self.pale, self.form) = (mixer, mixerName, feed, feedName, pale, form)
      self.difference = difference
    }

    public var name: String {
      (feedName.isEmpty ? mixerName : "\(mixerName) + \(feedName)") + (form == 0 ? "" : difference.isEmpty ? " of another form" : " with \(difference)")
    }
  }

  public var layers: [Layer]
  /// Words after the caption: "(+ 1 multi-token-prediction layer, not shown)".
  public var note: String

  public init(_ layers: [Layer], note: String = "") { (self.layers, self.note) = (layers, note) }

  /// Runs of equal layers.
  var runs: [(layer: Layer, count: Int)] {
    layers.reduce(into: []) { runs, layer in
      if runs.last?.layer == layer { runs[runs.count - 1].count += 1 } else { runs.append((layer, 1)) }
    }
  }

  /// The shortest pattern that the layers repeat at least twice, if it has more than one type. No published one is longer than 64 layers.
  var period: Int? {
    guard layers.count >= 4 else { return nil }
    var known: [Layer] = []
    let types = layers.map { layer -> Int in
      if let type = known.firstIndex(of: layer) { return type }
      known.append(layer)
      return known.count - 1
    }
    return (2...min(64, layers.count / 2)).first { period in
      types[..<period].contains { $0 != types[0] } && types.indices.allSatisfy { types[$0] == types[$0 % period] }
    }
  }

  /// How equal layers follow each other: "32", "2 + 2", "(5 + 1) × 8".
  var order: String {
    func sum(_ ribbon: Ribbon) -> String { ribbon.runs.map { String($0.count) }.joined(separator: " + ") }
    guard let period else { return runs.count <= 6 ? sum(self) : "\(runs.count) runs of equal layers" }
    let inside = "(\(sum(Ribbon(Array(layers[..<period]))))) × \(layers.count / period)"
    let left = layers.count % period
    return left == 0 ? inside : "\(inside) + \(sum(Ribbon(Array(layers.suffix(left)))))"
  }

  /// "32 layers, all identical: grouped-query attention + SwiGLU".
  public var caption: String {
    let count = layers.count == 1 ? "1 layer" : "\(layers.count) layers"
    let runs = runs
    guard let first = runs.first else { return "no layers" }
    let words: String
    if runs.count == 1 {
      words = layers.count == 1 ? "\(count): \(first.layer.name)" : "\(count), all identical: \(first.layer.name)"
    } else if let period {
      let inside = Ribbon(Array(layers[..<period])).runs.map { "\($0.count) × \($0.layer.name)" }
      let times = "repeats \(layers.count / period)\(layers.count % period == 0 ? "" : "+") times"
      words = "\(count), a pattern of \(period) \(times): " + (inside.count <= 3 ? inside.joined(separator: ", then ") : tally(period))
    } else if runs.count <= 3 {
      words = "\(count): " + runs.map { "\($0.count) × \($0.layer.name)" }.joined(separator: ", then ")
    } else {
      words = "\(count): " + tally(layers.count)
    }
    return note.isEmpty ? words : words + " " + note
  }

  /// How many of each mixer and of each feed-forward there are among the first layers.
  private func tally(_ prefix: Int) -> String {
    func counts(_ names: [String]) -> String {
      var order: [String] = []
      for name in names where !order.contains(name) { order.append(name) }
      return order.map { name in "\(names.count { $0 == name }) \(name)" }.joined(separator: ", ")
    }
    let mixers = counts(layers[..<prefix].map(\.mixerName))
    let feeds = counts(layers[..<prefix].map(\.feedName).filter { !$0.isEmpty })
    return feeds.isEmpty ? mixers : "\(mixers); \(feeds)"
  }
}
