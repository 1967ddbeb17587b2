// Mixtral (Jiang et al. 2024): the Mistral block with eight experts in place of every feed-forward. Qwen3-MoE (2025): many finer
// experts, dense feed-forwards where the configuration says so.

import Blocks
import Checkpoints

extension Family {
  static let mixtral = Family(
    modelTypes: ["mixtral", "qwen3_moe"],
    recipe: { c, file in
      let line = try DecoderLine(c)
      let isQwen = line.type == "qwen3_moe"
      let count = try c.int("num_local_experts", "num_experts", in: 1...4096, default: isQwen ? 128 : 8)
      let active = try c.int("num_experts_per_tok", in: 1...65_536, default: isQwen ? 8 : 2)
      guard active <= count else {
        throw ModelFailure.contradiction(
          file: c.file, "num_experts_per_tok \(active) is more than the \(count) experts of \(c.key("num_local_experts", "num_experts"))")
      }
      try c.affordExperts(count, layers: line.layers)
      // Mixtral has experts alone, of the one size that it names.
      let whole = isQwen ? try c.int("intermediate_size", default: 6144) : try c.int("intermediate_size")
      let hidden = try isQwen ? c.int("moe_intermediate_size", default: 768) : whole
      let routing = Routing(active: active, renormalises: try isQwen ? c.bool("norm_topk_prob", default: false) : true)
      let step = try isQwen ? c.int("decoder_sparse_step", in: 1...10_000, default: 1) : 1
      let dense = Set(try isQwen ? c.ids("mlp_only_layers") : [])
      // Published with Qwen2's keys for windows, which this class has no use for.
      if isQwen { c.knows("max_window_layers") }
      return try line.architecture(.mixture, file) { index in
        guard !isQwen || (!dense.contains(index) && (index + 1) % step == 0) else {
          return GatedFeedForward(line.width, hidden: whole, activation: line.activation)
            .from("intermediate_size", "mlp_only_layers")
        }
        return Experts(router: Router(line.width, experts: count, routing: routing).from("num_experts_per_tok")) {
          GatedFeedForward(line.width, hidden: hidden, activation: line.activation)
            .from(isQwen ? "moe_intermediate_size" : "intermediate_size", "hidden_act")
        }.from(isQwen ? "num_experts" : "num_local_experts", "num_experts_per_tok")
      }
    },
    names: { c in
      var entries = DecoderLine.names
      let isQwen = try c.string("model_type") == "qwen3_moe"
      let hidden = try isQwen ? c.int("moe_intermediate_size", default: 768) : c.int("intermediate_size")
      let old = isQwen ? "layers.*.mlp" : "layers.*.block_sparse_moe"
      entries["layers.*.feedForward.router.weight"] = Source("\(old).gate.weight", "layers.*.mlp.gate.weight")
      for (part, mixtral) in [("gate", "w1"), ("up", "w3"), ("down", "w2")] {
        let own = Source("\(old).experts.*.\(isQwen ? part + "_proj" : mixtral).weight")
        let fused = "layers.*.mlp.experts.\(part == "down" ? "down_proj" : "gate_up_proj")"
        let cut = Source(fused, fused + ".weight")
        entries["layers.*.feedForward.experts.*.\(part).weight"] = own.or(
          part == "down" ? cut : cut.rows(part == "gate" ? 0..<hidden : hidden..<(2 * hidden)))
        entries["layers.*.feedForward.\(part).weight"] = Source("layers.*.mlp.\(part)_proj.weight")
      }
      return NameTable(entries, prefixes: ["model."], ignored: DecoderLine.ignored)
    })
}
