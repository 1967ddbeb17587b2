// Prefix-Tuning (Li & Liang 2021, 2101.00190): keys and values in front of the text's own that belong to no token and are learned
// while the model stays as it is. They are columns only: nothing is computed at their places.

import Tensors

/// Learned keys and values of one attention block.
public struct LearnedPrefix: Sendable {
  /// Where the numbers come from.
  enum Origin: Sendable {
    /// As they are kept after training.   keys, values [length, groups, head width]
    case kept(keys: Parameter, values: Parameter)
    /// As they are trained: by the encoder that all layers share.
    case encoded(PrefixEncoder, layer: Int)
  }
  public let length: Int
  let origin: Origin

  /// Learned numbers of its own.
  public init(length: Int, groups: Int, headWidth: Int) {
    self.length = length
    origin = .kept(keys: Parameter(length, groups, headWidth), values: Parameter(length, groups, headWidth))
  }

  /// Those that an encoder makes for the attention of a layer.
  public init(_ encoder: PrefixEncoder, layer: Int) {
    length = encoder.length
    origin = .encoded(encoder, layer: layer)
  }

  var parameters: [(name: String, parameter: Parameter)] {
    if case .kept(let keys, let values) = origin { [("prefixKeys", keys), ("prefixValues", values)] } else { [] }
  }

  /// One row for each sequence of the batch.   [batch, length, groups, head width]
  func keysAndValues(batch: Int, groups: Int, headWidth: Int, _ run: Run) -> (keys: Tensor, values: Tensor) {
    let (keys, values): (Tensor, Tensor) = switch origin {
    case .kept(let keys, let values): (keys.tensor, values.tensor)
    case .encoded(let encoder, let layer): encoder.keysAndValues(layer: layer, run)
    }
    func rows(_ x: Tensor) -> Tensor {
      let one = x.reshaped([1, length, groups, headWidth])
      return batch == 1 ? one : concatenate(Array(repeating: one, count: batch), axis: 0)
    }
    return (rows(keys), rows(values))
  }
}

/// The reparametrisation that the paper trains: W₂·tanh(W₁·E) gives the keys and values of all layers from a small table E. After
/// training it is thrown away and the tensors are kept.
public struct PrefixEncoder: Block {
  public let length: Int, layers: Int, each: Int
  /// E   [length, width]
  public let table: Parameter
  public let inner: Projection, outer: Projection
  public var keys = ""

  /// - Parameters:
  ///   - hidden: numbers between the two products.
  ///   - each: numbers of the keys of one place in one layer: key/value heads × head width.
  public init(length: Int, width: Int, hidden: Int, layers: Int, each: Int) {
    (self.length, self.layers, self.each) = (length, layers, each)
    table = Parameter(length, width)
    inner = Projection(width, hidden, bias: true, role: .attention)
    outer = Projection(hidden, 2 * layers * each, bias: true, role: .attention)
  }

  public var role: Role { .attention }
  public var title: String { "Prefix encoder" }
  public var detail: String { "\(length) places → \(layers) layers" }
  public var settings: [Setting] { [Setting("length", length), Setting("layers", layers), Setting("each", each)] }
  public var parts: [Child] { [Child("inner", inner), Child("outer", outer)] }
  public var parameters: [(name: String, parameter: Parameter)] { [("table", table)] }

  /// Keys and values of all layers.   [length, 2 · layers · each]
  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor { outer(inner(x).map(.tanh)) }

  /// Keys and values of one layer, each [length, each].
  func keysAndValues(layer: Int, _ run: Run) -> (Tensor, Tensor) {
    let all = self(table.tensor, run), start = 2 * layer * each
    return (all.slice(start..<(start + each), axis: 1), all.slice((start + each)..<(start + 2 * each), axis: 1))
  }
}

extension MaskPlan {
  /// The same plan behind `count` columns that every query sees.
  func preceded(by count: Int, outline: Bool) -> MaskPlan {
    let given = outline ? Tensor(outline: [queries.count, keys.count]) : tensor
    var lead = given.shape
    lead[lead.count - 1] = count
    let open = outline ? Tensor(outline: lead) : Tensor.filled(lead, with: 0)
    return MaskPlan(self, closed: concatenate([open, given], axis: lead.count - 1))
  }
}
