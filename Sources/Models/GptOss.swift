// gpt-oss (OpenAI 2025): every other layer looks through a window, each head may look at nothing (sinks), and every feed-forward is a
// mixture of clamped experts whose weights are published in four bits.

import Blocks
import Checkpoints

extension Family {
  static let gptOss = Family(
    modelTypes: ["gpt_oss"],
    recipe: { c, file in
      let line = try DecoderLine(c)
      let count = try c.int("num_local_experts", "num_experts", in: 1...65_536, default: 128)
      let active = try c.int("num_experts_per_tok", in: 1...65_536, default: 4)
      guard active <= count else {
        throw ModelFailure.contradiction(
          file: c.file, "num_experts_per_tok \(active) is more than the \(count) experts of \(c.key("num_local_experts", "num_experts"))")
      }
      try c.affordExperts(count, layers: line.layers)
      let hidden = try c.int("intermediate_size")
      c.agrees("experts_per_token", with: .int(active))
      let alpha = Float(try c.real("swiglu_alpha", default: 1.702)), limit = Float(try c.real("swiglu_limit", default: 7))
      guard limit > 0 else { throw ModelFailure.contradiction(file: c.file, "swiglu_limit must be above 0, but is \(limit)") }
      // The clamped SwiGLU is written out in the class, whatever `hidden_act` says.
      return try line.architecture(.mixture, file) { _ in
        let router = Router(line.width, experts: count, routing: Routing(active: active, scoring: .softmaxOfChosen), bias: true)
        return Experts(router: router.from("num_experts_per_tok")) {
          ClampedFeedForward(line.width, hidden: hidden, alpha: alpha, limit: limit).from("intermediate_size", "swiglu_limit")
        }.from("num_local_experts", "num_experts_per_tok")
      }
    },
    names: { c in
      var entries = DecoderLine.names
      let hidden = try c.int("intermediate_size"), mlp = "layers.*.mlp", ours = "layers.*.feedForward"
      entries["layers.*.attention.sinks"] = Source("layers.*.self_attn.sinks")
      for kind in ["weight", "bias"] { entries["\(ours).router.\(kind)"] = Source("\(mlp).router.\(kind)") }
      // Rows of gate and up take turns. In half precision the matrices are stored [in, out]; in four bits [out, in].
      for (part, rows) in [("gate", 0..<(2 * hidden)), ("up", 1..<(2 * hidden))] {
        let fused = "\(mlp).experts.gate_up_proj"
        entries["\(ours).experts.*.\(part).weight"] = Source("\(fused)_blocks").rows(rows, step: 2)
          .or(Source(fused).transposed.rows(rows, step: 2))
        entries["\(ours).experts.*.\(part).bias"] = Source("\(fused)_bias").rows(rows, step: 2)
      }
      let down = "\(mlp).experts.down_proj"
      entries["\(ours).experts.*.down.weight"] = Source("\(down)_blocks").or(Source(down).transposed)
      entries["\(ours).experts.*.down.bias"] = Source("\(down)_bias")
      return NameTable(entries, prefixes: ["model."], ignored: DecoderLine.ignored)
    })
}
