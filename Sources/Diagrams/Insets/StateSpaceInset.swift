// Inside the state-space mixers: what the token chooses, the short convolution, the recurrence with the state that outlives the call, and the gate.
import Blocks

extension Mamba: Opened {
  var insideTitle: String { "Inside Mamba" }

  var inside: Flow {
    let (left, right) = (0.36, 0.88)
    let normed = selectionNorm == .none ? "" : ", normalised"
    return Flow(
      rows: [
        [Flow.Node("x", .symbol, .italic("x"))],
        [
          Flow.Node("input", .box, "input", "\(width) → \(grouped(inner))", x: left, keys: keys),
          Flow.Node("gate", .box, "gate", "\(width) → \(grouped(inner))", x: right, keys: keys),
        ],
        [
          Flow.Node("convolution", .box, "causal convolution", "\(convolution.taps) taps a channel", x: left, keys: convolution.keys),
          Flow.Node("silu", .operation, Text(activation.rawValue), x: right),
        ],
        [Flow.Node("activation", .operation, Text(activation.rawValue), x: left)],
        [Flow.Node("selection", .box, "selection", "→ Δ, B, C" + normed, x: left, keys: keys)],
        [Flow.Node("state", .memory, .bold("state"), "\(grouped(inner)) × \(states) numbers, constant", x: left, keys: "what outlives a token, however long the text is")],
        [Flow.Node("scan", .operation, .italic("h ← e") + .raised("ΔA") + .italic(" h + Δ B x,   y = C h + D x"), "Δ, B and C are the token's own", x: left)],
        [Flow.Node("product", .circle, "×", x: left, keys: "elementwise product with the gate")],
        [Flow.Node("output", .box, "output", "\(grouped(inner)) → \(width)", x: left, keys: keys)],
      ],
      arrows: [
        "x" --> "input", "x" --> "gate", "input" --> "convolution", "convolution" --> "activation", "activation" --> "selection",
        "selection" --> "state", "state" --> "scan", "scan" --> "product", "gate" --> "silu", "silu" --> "product", "product" --> "output",
      ])
  }
}

extension Mamba2: Opened {
  var insideTitle: String { "Inside Mamba-2" }

  var inside: Flow {
    let (left, right) = (0.36, 0.88)
    let groupWords = groups == 1 ? "for all heads" : "for \(groups) groups"
    var rows: [[Flow.Node]] = [
      [Flow.Node("x", .symbol, .italic("x"))],
      [
        Flow.Node("input", .box, "x, B, C and Δ", "\(width) → \(grouped(inner)) + 2·\(groups * states) + \(heads)", x: left, keys: keys),
        Flow.Node("gate", .box, "gate", "→ \(grouped(inner))", x: right, keys: keys),
      ],
      [
        Flow.Node("convolution", .box, "causal convolution", "of x, B, C · \(convolution.taps) taps", x: left, keys: convolution.keys),
        Flow.Node("silu", .operation, "silu", x: right),
      ],
      [Flow.Node("activation", .operation, Text(activation.rawValue), x: left)],
      [Flow.Node("state", .memory, .bold("state"), "\(heads) × \(headWidth) × \(states) numbers, constant", x: left, keys: "what outlives a token, however long the text is")],
      [Flow.Node("scan", .operation, .italic("S ← e") + .raised("ΔA") + .italic(" S + Δ B x") + .raised("⊤") + .italic(",   y = S") + .raised("⊤") + .italic(" C + D x"), "one decay a head; B and C \(groupWords)", x: left)],
    ]
    var arrows: [Flow.Arrow] = [
      "x" --> "input", "x" --> "gate", "input" --> "convolution", "convolution" --> "activation", "activation" --> "state", "state" --> "scan",
      "gate" --> "silu",
    ]
    let product = Flow.Node("product", .circle, "×", x: left, keys: "elementwise product with the gate")
    let norm = Flow.Node("norm", .operation, "RMSNorm", groups == 1 ? "" : "of each group", x: left, kind: .norm)
    switch gate {
    case .plain:
      rows.append([product])
      arrows += ["scan" --> "product", "silu" --> "product", "product" --> "output"]
    case .thenNorm:
      rows += [[product], [norm]]
      arrows += ["scan" --> "product", "silu" --> "product", "product" --> "norm", "norm" --> "output"]
    case .afterNorm:
      rows += [[norm], [product]]
      arrows += ["scan" --> "norm", "norm" --> "product", "silu" --> "product", "product" --> "output"]
    }
    rows.append([Flow.Node("output", .box, "output", "\(grouped(inner)) → \(width)", x: left, keys: keys)])
    return Flow(rows: rows, arrows: arrows)
  }
}

extension S4D: Opened {
  var insideTitle: String { "Inside S4D" }

  var inside: Flow {
    Flow(
      rows: [
        [Flow.Node("x", .symbol, .italic("x"))],
        [Flow.Node("state", .memory, .bold("state"), "\(width) × \(states) complex numbers, constant", keys: "what outlives a token, however long the text is")],
        [Flow.Node("scan", .wide, .italic("h ← Ā h + B̄ x,   y = 2 Re(C h) + D x"), "Ā = e^(Δa), B̄ = (Ā − 1)/a: the same for every token")],
        [Flow.Node("convolution", .wide, .italic("y = x ∗ K̄,   K̄ = 2 Re Σ C B̄ Āᵗ"), "the same, all tokens at once, by FFT")],
        [Flow.Node("activation", .operation, "gelu")],
        [Flow.Node("output", .box, "mix of the channels", "\(width) → 2 × \(width), one half gates the other", keys: keys)],
      ],
      arrows: ["x" --> "state", "state" --> "scan", "scan" --> "convolution", "convolution" --> "activation", "activation" --> "output"])
  }
}
