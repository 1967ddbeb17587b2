// A head for the class of a text: reads one of its vectors, or their mean.

import Tensors

/// tanh(W·x + b), then logits over classes: BERT's pooler and the layer behind it; without the hidden layer GPT's.
public struct Classifier: Part {
  /// Which vector speaks for the text.
  public enum Place: String, Sendable, CaseIterable {
    /// The first token's, of a model that reads both ways.
    case first
    /// The last token's, of a model that reads from left to right.
    case last
    /// The mean over the text's tokens.
    case mean
  }

  public let width: Int, classes: Int
  public let place: Place
  public let dense: Projection?
  public let output: Projection
  public var keys = ""

  public init(_ width: Int, classes: Int, place: Place = .first, isDeep: Bool = true) {
    (self.width, self.classes, self.place) = (width, classes, place)
    dense = isDeep ? Projection(width, width, bias: true, role: .head) : nil
    output = Projection(width, classes, bias: true, role: .head)
  }

  public var role: Role { .head }
  public var title: String { classes > 1 ? "Classifier" : place == .last ? "Reward head" : "Regression head" }
  public var detail: String { "\(classes == 1 ? "one number" : "\(classes) classes") from the \(place == .mean ? "mean" : "\(place.rawValue) token")" }
  public var settings: [Setting] { [Setting("width", width), Setting("classes", classes), Setting("place", place.rawValue)] }
  public var parts: [Child] { (dense.map { [Child("dense", $0)] } ?? []) + [Child("output", output)] }

  /// x [b, t, width] → [b, classes]
  /// - Parameter lengths: tokens of each text that are no padding; empty: all.
  public func callAsFunction(_ x: Tensor, lengths: [Int] = [], _ run: Run) -> Tensor {
    guard x.fault == nil, x.rank == 3 else { return x }
    let (batch, count) = (x.shape[0], x.shape[1])
    let lengths = lengths.isEmpty ? Array(repeating: count, count: batch) : lengths
    var read: Tensor
    switch place {
    case .first: read = x.slice(0..<1, axis: 1).reshaped([batch, width])
    case .last:
      let rows = lengths.enumerated().map { Int32($0.offset * count + max(0, $0.element - 1)) }
      read = x.isOutline ? Tensor(outline: [batch, width], trace: x.trace) : Gather(rows, shape: [batch]).apply([x.reshaped([batch * count, width])])
    case .mean:
      let weights = lengths.flatMap { length in (0..<count).map { $0 < length ? 1 / Float(max(1, length)) : 0 } }
      read = contract("bt,btw->bw", Tensor(weights, [batch, count]).tracked(by: x.trace), x)
    }
    if let dense { read = dense(read).map(.tanh) }
    return output(read.named("pooled", run)).named("classes", run)
  }
}

extension Architecture {
  /// The head for the class of a text, if there is one.
  public var classifier: Classifier? { extras.lazy.compactMap { $0.part as? Classifier }.first }
}
