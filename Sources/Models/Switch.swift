// Switch Transformers (Fedus et al. 2021): T5 with every other feed-forward replaced by experts, of which each token runs one. An expert
// takes so many tokens of a text and no more; what comes later passes by on the residual stream.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let switchTransformers = Family(
    modelTypes: ["switch_transformers"],
    recipe: { c, file in
      let line = try T5Line(c)
      let form = try c.string("dense_act_fn", default: "relu")
      c.agrees("feed_forward_proj", with: .string(form))
      let activation = try Unary.Function.read(form, file: c.file)
      let count = try c.int("num_experts", in: 1...65_536, default: 8)
      // The weight is the probability itself: renormalised, one expert's would always be 1 and nothing would teach the router.
      let routing = Routing(
        active: 1, scoring: .softmax, renormalises: false, capacity: try c.int("expert_capacity", in: 1...1 << 31, default: 64))
      let bias = try c.bool("router_bias", default: false)

      @Sendable func expert() -> FeedForward {
        FeedForward(line.width, hidden: line.hidden, activation: activation, bias: false).from("d_ff", "dense_act_fn")
      }
      /// Sparse layers are spread evenly: layer i is one if i modulo the step is 1. Saved files name the step as well, and then it counts.
      func feedForwards(_ key: String, _ stepKey: String, layers: Int, default fallback: Int) throws -> (Int) -> any Block {
        let sparse = try c.int(key, in: 0...10_000, default: fallback)
        try c.affordExperts(count, layers: min(sparse, layers))
        let step = try c.int(stepKey, in: 0...10_000, default: sparse > 0 ? layers / sparse : layers)
        return { index in
          guard step > 0, step == 1 || index % step == 1 else { return expert() }
          return Experts(router: Router(line.width, experts: count, routing: routing, bias: bias).from("expert_capacity", "router_bias")) {
            expert()
          }.from("num_experts", key)
        }
      }
      return try line.architecture(
        file, type: "switch_transformers",
        encoderFeedForward: feedForwards("num_sparse_encoder_layers", "encoder_sparse_step", layers: line.layers, default: 3),
        decoderFeedForward: feedForwards("num_sparse_decoder_layers", "decoder_sparse_step", layers: line.decoderLayers, default: 3))
    },
    names: { c in
      var entries = try T5Line.names(c)
      for (path, stack, last) in try T5Line.stacks(c) {
        let mlp = "\(stack).block.*.layer.\(last).mlp", ours = "\(path)layers.*.feedForward"
        for kind in ["weight", "bias"] { entries["\(ours).router.\(kind)"] = Source("\(mlp).router.classifier.\(kind)") }
        for (part, theirs) in [("up", "wi"), ("down", "wo")] {
          entries["\(ours).\(part).weight"] = Source("\(mlp).\(theirs).weight")
          entries["\(ours).experts.*.\(part).weight"] = Source("\(mlp).experts.expert_*.\(theirs).weight")
        }
      }
      return NameTable(entries, ignored: T5Line.ignored)
    })
}
