// DistilBERT (Sanh et al. 2019): half of BERT's layers, no segments and no pooler.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let distilbert = Family(
    modelTypes: ["distilbert"],
    recipe: { c, file in
      let s = try EncoderSizes(distilled: c)
      // With sines the published class fills the same table in another way; they are weights all the same.
      c.knows("sinusoidal_pos_embds")
      let embedding = Embedding(vocabulary: s.vocabulary, width: s.width, positions: s.context, norm: s.norm())
        .from("vocab_size", "dim", "max_position_embeddings")
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("vocab_projector.weight", "embeddings.word_embeddings.weight")
      let head = s.holds("MaskedLM", by: "vocab_transform.weight", in: file)
        ? Head(
          s.width, vocabulary: s.vocabulary, tied: tied ? embedding.tokens : nil, bias: true,
          transform: Projection(s.width, s.width, bias: true, role: .head), activation: s.activation, norm: s.norm()
        ).from("vocab_size", "activation") : nil
      return Architecture(
        name: "", modelType: "distilbert", family: .encoder, context: s.context, embedding: embedding, body: s.stack(), head: head)
    },
    names: { _ in
      var entries = NameTable.encoderTrunk
      for kind in ["weight", "bias"] {
        entries["head.\(kind)"] = Source("vocab_projector.\(kind)")
        entries["head.transform.\(kind)"] = Source("vocab_transform.\(kind)")
        entries["head.norm.\(kind)"] = Source("vocab_layer_norm.\(kind)")
        for (part, name) in [
          ("attention.query", "attention.q_lin"), ("attention.key", "attention.k_lin"), ("attention.value", "attention.v_lin"),
          ("attention.output", "attention.out_lin"), ("attention.norm", "sa_layer_norm"), ("feedForward.up", "ffn.lin1"),
          ("feedForward.down", "ffn.lin2"), ("feedForward.norm", "output_layer_norm"),
        ] { entries["layers.*.\(part).\(kind)"] = Source("transformer.layer.*.\(name).\(kind)") }
      }
      return NameTable(
        entries, prefixes: ["distilbert."],
        ignored: NameTable.ignoredByEncoders + ["vocab_transform.*", "vocab_layer_norm.*", "vocab_projector.*"])
    })
}
