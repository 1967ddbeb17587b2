// BART (Lewis et al. 2019): post-norm encoder–decoder, learned positions from row 2 in a table for each stack, one embedding for both and
// for the head. mBART (2001.08210) puts the norms in front and one behind each stack.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let bart = Family(
    modelTypes: ["bart", "mbart"],
    recipe: { c, file in
      let type = try c.string("model_type"), isPreNorm = type == "mbart"
      let width = try c.int("d_model", "hidden_size"), vocabulary = try c.int("vocab_size")
      let context = try c.int("max_position_embeddings", default: 1024)
      // What fairseq's options say, which the class has built in.
      for key in ["normalize_before", "add_final_layer_norm"] { c.agrees(key, with: .bool(isPreNorm)) }
      c.agrees("normalize_embedding", with: .bool(true))
      c.agrees("extra_pos_embeddings", with: .int(2))
      for key in ["static_position_embeddings", "add_bias_logits"] { c.agrees(key, with: .bool(false)) }
      c.agrees("is_encoder_decoder", with: .bool(true))
      let activation = try Unary.Function.read(c.string("activation_function", default: "gelu"), file: c.file)
      let scale: Float = try c.bool("scale_embedding", default: false) ? Float(width).squareRoot() : 1
      func table() -> Embedding { Embedding(vocabulary: vocabulary, width: width, scale: scale).from("vocab_size", "d_model", "scale_embedding") }
      let shared = table()
      func norm() -> LayerNorm { LayerNorm(width, epsilon: 1e-5) }
      func stack(_ name: String, crossing: Bool) throws -> Chain {
        let heads = try crossing ? c.int("decoder_attention_heads", in: 1...65_536) : c.int("encoder_attention_heads", "num_attention_heads", in: 1...65_536)
        let layers = try crossing ? c.int("decoder_layers", in: 1...10_000) : c.int("encoder_layers", "num_hidden_layers", in: 1...10_000)
        let hidden = try c.int("\(name)_ffn_dim")
        guard width % heads == 0 else {
          throw ModelFailure.contradiction(file: c.file, "d_model \(width) does not divide into \(name)_attention_heads \(heads) heads")
        }
        func residual(_ step: String, _ block: any Block) -> Child {
          Child("", Residual(step, isPreNorm ? .preNorm : .postNorm, norm: norm(), block))
        }
        func attention(_ mask: Mask, _ source: Attention.Source = .own) -> Attention {
          Attention(width, heads: heads, mask: mask, source: source, bias: true).from("d_model", "\(name)_attention_heads")
        }
        return Chain([
          Child("positions", PositionTable(rows: context + 2, width: width, offset: 2).from("max_position_embeddings", "d_model")),
          Child("embeddingNorm", norm()),
          Child("", Repeat("layers", layers) { _ in
            Chain(
              [residual("attention", attention(crossing ? .causal : .bidirectional))]
                + (crossing ? [residual("crossAttention", attention(.bidirectional, .encoder))] : [])
                + [residual("feedForward", FeedForward(width, hidden: hidden, activation: activation).from("\(name)_ffn_dim", "activation_function"))])
          }.from("\(name)_layers")),
        ] + (isPreNorm ? [Child("norm", norm())] : []))
      }
      // Files that were saved from the bare model have no head: it is tied.
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("lm_head.weight", "shared.weight")
      let head = Head(width, vocabulary: vocabulary, tied: tied ? shared.tokens : nil, offset: true)
        .from("vocab_size", "tie_word_embeddings")
      // Untied, the class has a table for each side, and still holds the one that neither reads.
      let apart = try !c.bool("tie_word_embeddings", default: true) && file.has("decoder.embed_tokens.weight") ?? true
      return Architecture(
        name: "", modelType: type, family: .encoderDecoder, context: context, embedding: shared, sourceEmbedding: apart ? table() : nil, encoder: try stack("encoder", crossing: false),
        body: try stack("decoder", crossing: true), head: head, extras: apart ? [Child("unread", table())] : [])
    },
    names: { c in
      let tied = try c.bool("tie_word_embeddings", default: true)
      var entries: [String: Source] = [
        "embedding.tokens": tied ? Source("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
          : Source("decoder.embed_tokens.weight", "shared.weight"),
        "sourceEmbedding.tokens": Source("encoder.embed_tokens.weight"), "unread.tokens": Source("shared.weight"),
        "head.weight": Source("lm_head.weight"), "head.offset": Source("final_logits_bias"),
      ]
      for stack in ["encoder", "decoder"] {
        entries["\(stack).positions.weight"] = Source("\(stack).embed_positions.weight")
        for kind in ["weight", "bias"] {
          entries["\(stack).embeddingNorm.\(kind)"] = Source("\(stack).layernorm_embedding.\(kind)")
          entries["\(stack).norm.\(kind)"] = Source("\(stack).layer_norm.\(kind)")
          for (ours, theirs) in [("attention", "self_attn"), ("crossAttention", "encoder_attn")] {
            for (part, name) in [("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"), ("output", "out_proj")] {
              entries["\(stack).layers.*.\(ours).\(part).\(kind)"] = Source("\(stack).layers.*.\(theirs).\(name).\(kind)")
            }
            entries["\(stack).layers.*.\(ours).norm.\(kind)"] = Source("\(stack).layers.*.\(theirs)_layer_norm.\(kind)")
          }
          entries["\(stack).layers.*.feedForward.up.\(kind)"] = Source("\(stack).layers.*.fc1.\(kind)")
          entries["\(stack).layers.*.feedForward.down.\(kind)"] = Source("\(stack).layers.*.fc2.\(kind)")
          entries["\(stack).layers.*.feedForward.norm.\(kind)"] = Source("\(stack).layers.*.final_layer_norm.\(kind)")
        }
      }
      return NameTable(
        entries, prefixes: ["model."],
        ignored: ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight", "classification_head.*", "qa_outputs.*"])
    })
}
