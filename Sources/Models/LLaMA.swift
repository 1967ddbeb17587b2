// The LLaMA line: RMSNorm, RoPE, SwiGLU, no biases (Touvron et al. 2023), and the three families that change one thing each: Mistral
// slides a window, Qwen2 has biases on query, key and value, Qwen3 normalises each head's queries and keys.

import Blocks
import Checkpoints

extension Family {
  static let llama = Family(
    modelTypes: ["llama", "mistral", "qwen2", "qwen3"],
    recipe: { c, file in
      let line = try DecoderLine(c)
      // Of the four classes only LLaMA's has biases there.
      let hidden = try c.int("intermediate_size"), bias = try line.type == "llama" && c.bool("mlp_bias", default: false)
      return try line.architecture(.decoder, file) { _ in
        GatedFeedForward(line.width, hidden: hidden, activation: line.activation, bias: bias).from("intermediate_size", "hidden_act")
      }
    },
    names: { _ in
      var entries = DecoderLine.names
      for kind in ["weight", "bias"] {
        for part in ["gate", "up", "down"] {
          entries["layers.*.feedForward.\(part).\(kind)"] = Source("layers.*.mlp.\(part)_proj.\(kind)")
        }
      }
      return NameTable(entries, prefixes: ["model."], ignored: DecoderLine.ignored)
    })
}
