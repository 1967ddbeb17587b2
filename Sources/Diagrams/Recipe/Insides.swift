// What is inside a part, as an inset. A mixer that has an inside worth showing says so here, from its own sizes.
import Blocks

/// A part that an inset can open.
protocol Opened: Part {
  var insideTitle: String { get }
  var inside: Flow { get }
}

extension Attention: Opened {
  var insideTitle: String {
    source == .encoder ? "Inside cross-attention" : mask.reach == nil ? "Inside attention" : "Inside window attention"
  }

  var inside: Flow {
    var inset = AttentionInset(width: width, heads: heads, keyValueHeads: groups, headWidth: headWidth)
    inset.names = ["query", "key", "value", "output"]
    inset.headNorm = queryNorm?.title
    inset.added = []
    switch position {
    case .rotary: inset.rotary = "RoPE"
    case .relative: inset.added.append("position bias")
    case .linear: inset.added.append("ALiBi")
    case .none: break
    }
    let isCausal = mask != .bidirectional
    if let reach = mask.reach {
      inset.added.append("window of \(reach)")
    } else if source == .own, isCausal {
      inset.added.append("\(mask.described) mask")
    }
    let usual = 1 / Float(headWidth).squareRoot()
    inset.scale = scale == 1 ? nil : abs(scale - usual) < 1e-6 * usual ? "√\(headWidth)" : decimal(1 / Double(scale), places: 2)
    if source == .encoder {
      inset.source = "encoder output"
      inset.cached = "cached, written once"
    } else if isCausal {
      inset.cached = mask.reach.map { "cached, last \(grouped($0))" } ?? "cached"
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
