// gpt-oss (OpenAI 2025): windowed and full attention in turn, sinks, biases everywhere, clamped SwiGLU experts that are published in MXFP4.

import Blocks
import Checkpoints

extension Family {
  static let gptOSS = Family(
    modelTypes: ["gpt_oss"],
    recipe: { c, file in
      let line = try DecoderLine(c)
      let count = try c.int("num_local_experts", in: 1...65_536, default: 128)
      let active = try c.int("num_experts_per_tok", "experts_per_token", in: 1...65_536, default: 4)
      guard active <= count else {
        throw ModelFailure.contradiction(
          file: c.file, "\(c.key("num_experts_per_tok", "experts_per_token")) \(active) is more than the \(count) experts of num_local_experts")
      }
      let hidden = try c.int("intermediate_size")
      let (alpha, limit) = (Float(try c.real("swiglu_alpha", default: 1.702)), Float(try c.real("swiglu_limit", default: 7)))
      return try line.architecture(.mixture, file, context: 131_072) { _ in
        Experts(
          router: Router(line.width, experts: count, routing: Routing(active: active, scoring: .softmaxOfChosen), bias: true)
            .from("num_experts_per_tok")
        ) { _ in
          ClampedFeedForward(line.width, hidden: hidden, alpha: alpha, limit: limit).from("intermediate_size", "swiglu_limit")
        }.from("num_local_experts", "num_experts_per_tok")
      }
    },
    names: { c in
      let hidden = try c.int("intermediate_size")
      var entries = DecoderLine.names
      entries["layers.*.attention.sinks"] = Source("layers.*.self_attn.sinks")
      for kind in ["weight", "bias"] { entries["layers.*.feedForward.router.\(kind)"] = Source("layers.*.mlp.router.\(kind)") }
      // Gate and up alternate. Written anew the matrices are [in, out]; in MXFP4 they are rows of blocks, [out, in].
      for (part, first) in [("gate", 0), ("up", 1)] {
        let rows = first..<(2 * hidden)
        entries["layers.*.feedForward.experts.*.\(part).weight"] = Source("layers.*.mlp.experts.gate_up_proj").transposed.rows(rows, step: 2)
          .or(Source("layers.*.mlp.experts.gate_up_proj_blocks").rows(rows, step: 2))
        entries["layers.*.feedForward.experts.*.\(part).bias"] = Source("layers.*.mlp.experts.gate_up_proj_bias").rows(rows, step: 2)
      }
      entries["layers.*.feedForward.experts.*.down.weight"] = Source("layers.*.mlp.experts.down_proj").transposed
        .or(Source("layers.*.mlp.experts.down_proj_blocks"))
      entries["layers.*.feedForward.experts.*.down.bias"] = Source("layers.*.mlp.experts.down_proj_bias")
      return NameTable(entries, prefixes: ["model."], ignored: DecoderLine.ignored)
    })
}
