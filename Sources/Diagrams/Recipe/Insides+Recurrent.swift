// What is inside the recurrent and linear-time mixers.
import Blocks

private typealias Source = RecurrenceInset.Source

private func numbers(_ heads: Int, _ rows: Int, _ columns: Int) -> String {
  "\(heads > 1 ? "\(heads) × " : "")\(rows) × \(columns) numbers, float32"
}

private let read = Text("y = ") + .italic("S") + .raised("⊤") + Text("·") + .italic("q")

extension Retention: Opened {
  var insideTitle: String { "Inside retention" }
  var inside: Flow {
    var inset = RecurrenceInset(
      writes: [Source("key, value", "→ \(heads) × (\(headWidth) + \(valueWidth))")],
      update: .italic("S") + Text(" ← γ·") + .italic("S") + Text(" + ") + .italic("k v") + .raised("⊤"), state: numbers(heads, headWidth, valueWidth), read: read,
      output: Source("output", shape(heads * valueWidth, width)))
    inset.query = Source("query", "→ \(heads) × \(headWidth), rotated")
    inset.prepared = "key rotated by position"
    inset.norm = "RMSNorm of each head"
    inset.gate = Source("gate", "silu")
    inset.keys = "γ of head h is 1 − 2^(−5−h)"
    return inset.flow
  }
}

extension LinearAttention: Opened {
  var insideTitle: String { "Inside linear attention" }
  var inside: Flow {
    var inset = RecurrenceInset(
      writes: [Source("key, value", "→ \(heads) × (\(headWidth) + \(headWidth))")],
      update: .italic("S") + Text(" ← ") + .italic("S") + Text(" + φ(") + .italic("k") + Text(")·[") + .italic("v") + Text(", 1]") + .raised("⊤"),
      state: numbers(heads, headWidth, headWidth + 1), read: Text("y = ") + .italic("S") + .raised("⊤") + Text("φ(") + .italic("q") + Text(") / ") + .italic("z") + .raised("⊤") + Text("φ(") + .italic("q") + Text(")"),
      output: Source("output", shape(heads * headWidth, width)))
    inset.query = Source("query", "→ \(heads) × \(headWidth)")
    inset.keys = "φ = elu + 1; z is the column of S that the 1 writes to"
    return inset.flow
  }
}

extension DeltaNet: Opened {
  var insideTitle: String { gate == .none ? "Inside DeltaNet" : "Inside gated DeltaNet" }
  var inside: Flow {
    var inset = RecurrenceInset(
      writes: [
        Source("key, value", "→ \(heads) × (\(headWidth) + \(valueWidth))"),
        Source(gate == .none ? "rate β" : "rate β, decay α", "→ \(gate == .none ? "" : "2 × ")\(heads)"),
      ], update: deltaUpdate(gated: gate == .decay), state: numbers(heads, headWidth, valueWidth), read: read,
      output: Source("output", shape(heads * valueWidth, width)))
    inset.query = Source("query", "→ \(heads) × \(headWidth), convolved")
    inset.prepared = "convolution of \(taps), silu"
    inset.norm = "RMSNorm of each head"
    if gate == .decay { inset.gate = Source("gate", "silu") }
    return inset.flow
  }
}

extension GroupedDeltaNet: Opened {
  var insideTitle: String { "Inside gated DeltaNet" }
  var inside: Flow {
    var inset = RecurrenceInset(
      writes: [
        Source("key, value", "→ \(keyHeads) × \(headWidth) + \(valueHeads) × \(valueWidth)"), Source("rate β, decay α", "→ 2 × \(valueHeads)"),
      ], update: deltaUpdate(gated: true), state: numbers(valueHeads, headWidth, valueWidth), read: read,
      output: Source("output", shape(valueHeads * valueWidth, width)))
    inset.query = Source("query", "→ \(keyHeads) × \(headWidth), convolved")
    inset.prepared = "convolution of \(taps), silu"
    inset.norm = "RMSNorm of each head"
    inset.gate = Source("gate", "silu")
    inset.keys = keys
    return inset.flow
  }
}

/// S ← αS + β·k·(v − αSᵀk)ᵀ
private func deltaUpdate(gated: Bool) -> Text {
  let alpha = gated ? "α" : ""
  return .italic("S") + Text(" ← \(alpha)") + .italic("S") + Text(" + β·") + .italic("k") + Text("(") + .italic("v") + Text(" − \(alpha)") + .italic("S")
    + .raised("⊤") + .italic("k") + Text(")") + .raised("⊤")
}

extension RWKV4TimeMix: Opened {
  var insideTitle: String { "Inside RWKV time mix" }
  var inside: Flow {
    var inset = RecurrenceInset(
      writes: [Source("key", shape(width, inner)), Source("value", shape(width, inner))],
      update: .italic("a, b") + Text(" ← e") + .raised("w") + Text("·") + .italic("a, b") + Text(" + e") + .raised("k") + Text("·") + .italic("v") + Text(", 1"),
      state: "\(inner) × (a, b, largest exponent), float32",
      read: Text("(") + .italic("a") + Text(" + e") + .raised("u+k") + .italic("v") + Text(") / (") + .italic("b") + Text(" + e") + .raised("u+k") + Text(")"),
      output: Source("output", shape(inner, width)))
    inset.before = "each input mixed with the token before"
    inset.gate = Source("receptance", "σ")
    inset.keys = "w = −e^decay, one for each channel"
    return inset.flow
  }
}

extension RWKV7TimeMix: Opened {
  var insideTitle: String { "Inside RWKV-7 time mix" }
  var inside: Flow {
    var inset = RecurrenceInset(
      writes: [
        Source("key, value", "→ \(heads) × (\(headWidth) + \(headWidth))"), Source("decay w, rate a", "ranks \(ranks.decay), \(ranks.rate)"),
      ],
      update: .italic("S") + Text(" ← w") + .italic("S") + Text(" − a κ(κ") + .raised("⊤") + .italic("S") + Text(") + ") + .italic("k v") + .raised("⊤"),
      state: numbers(heads, headWidth, headWidth), read: Text("y = ") + .italic("S") + .raised("⊤") + Text("·") + .italic("r"),
      output: Source("output", shape(heads * headWidth, width)))
    inset.before = "each input mixed with the token before"
    inset.query = Source("receptance", "→ \(heads) × \(headWidth)")
    inset.norm = "LayerNorm of each head"
    inset.gate = Source("gate", "rank \(ranks.gate)")
    inset.keys = "κ: the key that is removed, of length 1"
    return inset.flow
  }
}

extension ChannelMix: Opened {
  var insideTitle: String { "Inside RWKV channel mix" }
  var inside: Flow {
    var rows: [[Flow.Node]] = [[.init("x", .symbol, .italic("x"))], [.init("before", .wide, "each input mixed with the token before")]]
    var arrows = ["x" --> "before", "before" --> "up", "up" --> "activation", "activation" --> "down"]
    let x = receptance == nil ? 0.5 : 0.3
    var first = [Flow.Node("up", .box, "up", shape(width, hidden), x: x, keys: keys)]
    if receptance != nil {
      first.append(.init("receptance", .box, "receptance", shape(width, width), x: 0.78, keys: keys))
      arrows += ["before" --> "receptance", "receptance" --> "sigmoid", "sigmoid" --> "product", "down" --> "product"]
    }
    rows += [first, [.init("activation", .operation, "relu²", x: x)] + (receptance == nil ? [] : [.init("sigmoid", .operation, "σ", x: 0.78)])]
    rows.append([.init("down", .box, "down", shape(hidden, width), x: x, keys: keys)])
    if receptance != nil { rows.append([.init("product", .circle, "×", x: x, keys: "elementwise product")]) }
    rows.append([.init("y", .symbol, .italic("y"), x: x)])
    arrows.append((receptance == nil ? "down" : "product") --> "y")
    return Flow(rows: rows, arrows: arrows)
  }
}

extension Hyena: Opened {
  var insideTitle: String { "Inside Hyena" }
  var inside: Flow {
    Flow(
      rows: [
        [.init("x", .symbol, .italic("x"))],
        [.init("input", .box, "input", "→ \(order + 1) streams of \(width)", keys: keys)],
        [.init("short", .wide, Text("convolution of \(short.taps)"), "each channel alone")],
        [.init("gates", .box, "gates", "\(order) streams", x: 0.2), .init("value", .box, "value v", "1 stream", x: 0.7)],
        [.init("product", .circle, "×", x: 0.7, keys: "once for each long convolution, and once at the end")],
        [.init("memory", .memory, .bold("inputs of the filter"), "\((order - 1) * width) numbers per token", x: 0.7, keys: "every new token needs them all")],
        [.init("long", .wide, Text("v ← k ∗ v + D·v"), "filters of \(grouped(length)) tokens, made from the position by a network of \(filter.hidden)")],
        [.init("output", .box, "output", shape(width, width), keys: keys)],
      ],
      arrows: [
        "x" --> "input", "input" --> "short", "short" --> "gates", "short" --> "value", "gates" --> "product", "value" --> "product",
        "product" --> "memory", "memory" --> "long", "long" --> "output",
      ])
  }
}

extension RNN: Opened {
  var insideTitle: String { "Inside the recurrent layer" }
  var inside: Flow {
    Flow(
      rows: [
        [.init("x", .symbol, .italic("x"), x: 0.24), .init("state", .memory, .bold("state"), "\(hidden) numbers, float32", x: 0.72)],
        [.init("input", .box, "input", shape(width, hidden), x: 0.24, keys: keys), .init("recurrent", .box, "recurrent", shape(hidden, hidden), x: 0.72, keys: keys)],
        [.init("sum", .circle, "+", x: 0.48)], [.init("tanh", .operation, "tanh", "the next state, and the output", x: 0.48)],
        [.init("y", .symbol, .italic("h"), x: 0.48)],
      ],
      arrows: ["x" --> "input", "state" --> "recurrent", "input" --> "sum", "recurrent" --> "sum", "sum" --> "tanh", "tanh" --> "y"])
  }
}

extension LSTM: Opened {
  var insideTitle: String { "Inside the LSTM" }
  var inside: Flow {
    var rows: [[Flow.Node]] = [
      [.init("x", .symbol, .italic("x"), x: 0.24), .init("state", .memory, .bold("state h"), "\(outputs) numbers, float32", x: 0.72)],
      [
        .init("input", .box, "input", shape(width, 4 * hidden), x: 0.24, keys: keys),
        .init("recurrent", .box, "recurrent", shape(outputs, 4 * hidden), x: 0.72, keys: keys),
      ],
      [.init("sum", .circle, "+", x: 0.48)],
      [.init("gates", .wide, Text("i, f, o = σ    g = tanh"), "\(hidden) gates of each kind and as many candidates")],
      [.init("cell", .memory, Text("c ← f·c + i·g"), "cell: \(hidden) numbers, float32")],
      [.init("out", .operation, Text("h = o·tanh(c)"))],
    ]
    var arrows = [
      "x" --> "input", "state" --> "recurrent", "input" --> "sum", "recurrent" --> "sum", "sum" --> "gates", "gates" --> "cell", "cell" --> "out",
    ]
    if let projected {
      rows.append([.init("projection", .box, "projection", shape(hidden, projected), keys: keys)])
      arrows.append("out" --> "projection")
    }
    rows.append([.init("y", .symbol, .italic("h"))])
    arrows.append((projected == nil ? "out" : "projection") --> "y")
    return Flow(rows: rows, arrows: arrows)
  }
}

extension TwoDirections: Opened {
  var insideTitle: String { "Inside the two directions" }
  var inside: Flow {
    Flow(
      rows: [
        [.init("right", .symbol, .italic("x →"), x: 0.25), .init("left", .symbol, .italic("← x"), x: 0.75)],
        [.init("order", .operation, "from the first word", x: 0.25), .init("turn", .operation, "from the last word", x: 0.75)],
        [
          .init("forward", .box, Text("forward \(forward.title)"), groupedDigits(forward.detail), x: 0.25, keys: "reads what stands before a word"),
          .init("backward", .box, Text("backward \(backward.title)"), groupedDigits(backward.detail), x: 0.75, keys: "reads what stands behind a word"),
        ],
        [.init("both", .wide, "side by side", "neither sees what the other has read; from layer 1 on each adds its input")],
        [.init("y", .symbol, .italic("y"))],
      ],
      arrows: ["right" --> "order", "left" --> "turn", "order" --> "forward", "turn" --> "backward", "forward" --> "both", "backward" --> "both", "both" --> "y"])
  }
}
