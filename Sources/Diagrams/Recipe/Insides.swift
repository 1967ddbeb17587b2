// What is inside a part, as an inset. A mixer that has an inside worth showing says so here, from its own sizes.
import Blocks

/// A part that an inset can open.
protocol Opened: Part {
  var insideTitle: String { get }
  var inside: Flow { get }
}

extension Attention: Opened {
  var insideTitle: String {
    isGated ? "Inside gated attention" : source == .encoder ? "Inside cross-attention" : mask.reach == nil ? "Inside attention" : "Inside window attention"
  }

  var inside: Flow { inside(keeps: true) }

  /// - Parameter keeps: whether keys and values outlive a pass; a denoiser that reads its whole canvas each time keeps none of its own.
  func inside(keeps: Bool) -> Flow {
    var inset = AttentionInset(width: width, heads: heads, keyValueHeads: groups, headWidth: headWidth)
    inset.names = ["query", "key", "value", "output"]
    inset.headNorm = queryNorm?.title
    inset.isGated = isGated
    inset.hasSinks = sinks != nil
    inset.added = []
    switch position {
    case .rotary(let rope): inset.rotary = rope.isPlanar ? "2-D RoPE" : "RoPE"
    case .relative: inset.added.append("position bias")
    case .linear: inset.added.append("ALiBi")
    case .none: break
    }
    let isCausal = mask != .bidirectional
    if let reach = mask.reach {
      inset.added.append("window of \(reach)")
    } else if source == .own, isCausal {
      inset.added.append(mask == .causal ? "causal mask" : mask.described)
    }
    let usual = 1 / Float(headWidth).squareRoot()
    inset.scale = scale == 1 ? nil : abs(scale - usual) < 1e-6 * usual ? "√\(headWidth)" : decimal(1 / Double(scale), places: 2)
    if source == .encoder {
      inset.source = "encoder output"
      inset.cached = "cached, written once"
    } else if isCausal, keeps {
      inset.cached = mask.reach.map { "cached, last \(grouped($0))" } ?? "cached"
      if let learned { inset.cached = "\(learned.length) learned, then \(inset.cached ?? "cached")" }
    }
    inset.keys = [
      "query": "\(keys): \(heads) heads of \(headWidth)", "key": "\(keys): \(groups) heads of \(headWidth)",
      "value": "\(keys): \(groups) heads of \(headWidth)", "output": "\(keys): \(heads * headWidth) → \(width)",
      "position": position.described, "softmax": "mask: \(mask.described)", "norm": queryNorm?.keys ?? "",
    ]
    return inset.flow
  }
}

extension FeedForward: Opened {
  var insideTitle: String { "Inside the feed-forward" }
  var inside: Flow {
    .feedForward(names: ["up", "down"], activation: activationName(activation.rawValue), width: width, hidden: hidden, keys: keys)
  }
}

extension GatedFeedForward: Opened {
  var insideTitle: String { "Inside the feed-forward" }
  var inside: Flow {
    .gated(names: ["gate", "up", "down"], activation: activationName(activation.rawValue), width: width, hidden: hidden, keys: keys)
  }
}

extension Flow {
  /// What a part is made of, one box for each child: true of every part, where nobody drew how they work together.
  static func children(of part: any Part) -> Flow {
    let kind = part.role.figureKind
    // A part with very many children (experts) shows the first of each sort and how many there are.
    var sorts: [(child: Child, count: Int)] = []
    let children = part.counted, areMany = children.reduce(0) { $0 + $1.times } > 8
    for next in children {
      if areMany, let index = sorts.firstIndex(where: { $0.child.part.describesSame(as: next.child.part) }) {
        sorts[index].count += next.times
      } else {
        sorts.append((next.child, next.times))
      }
    }
    let nodes = sorts.map { child, count in
      let title = count > 1 ? "\(count) × \(child.part.title)" : child.name.isEmpty ? child.part.title : child.name
      let own = child.part.role.figureKind
      return Node(child.name.isEmpty ? child.part.kind : child.name, .box, Text(title), groupedDigits(child.part.detail), keys: child.part.keys, kind: own == .inactive || own == kind ? nil : own)
    }
    let rows = [Node("x", .symbol, .italic("x"))] + nodes + [Node("y", .symbol, .italic("y"))]
    return Flow(rows: rows.map { [$0] }, arrows: zip(rows, rows.dropFirst()).map { $0.id --> $1.id })
  }
}
