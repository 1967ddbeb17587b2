// T5 (Raffel et al. 2019) and T5 v1.1 / Flan-T5: pre-norm encoder–decoder without biases, relative position buckets, scores without
// 1/√d. v1.1 gates its feed-forward and unties its head.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let t5 = Family(
    modelTypes: ["t5"],
    recipe: { c, file in
      let line = try T5Line(c)
      let (isGated, name) = try T5Line.form(c)
      let activation = try Unary.Function.read(name, file: c.file)
      func feedForward(_: Int) -> any Block {
        isGated
          ? GatedFeedForward(line.width, hidden: line.hidden, activation: activation).from("d_ff", "feed_forward_proj")
          : FeedForward(line.width, hidden: line.hidden, activation: activation, bias: false).from("d_ff", "feed_forward_proj")
      }
      return try line.architecture(file, type: "t5", encoderFeedForward: feedForward, decoderFeedForward: feedForward)
    },
    names: { c in
      let isGated = try T5Line.form(c).isGated
      var entries = try T5Line.names(c)
      for (path, stack, last) in try T5Line.stacks(c) {
        let dense = "\(stack).block.*.layer.\(last).DenseReluDense"
        entries["\(path)layers.*.feedForward.gate.weight"] = Source("\(dense).wi_0.weight")
        entries["\(path)layers.*.feedForward.up.weight"] = Source("\(dense).\(isGated ? "wi_1" : "wi").weight")
        entries["\(path)layers.*.feedForward.down.weight"] = Source("\(dense).wo.weight")
      }
      return NameTable(entries, ignored: T5Line.ignored)
    })
}
