// ELECTRA (Clark et al. 2020): BERT's layers behind an embedding that may be narrower. The small generator fills blanks; the
// discriminator says of every token whether it was replaced: one number for each, not a row over the vocabulary.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let electra = Family(
    modelTypes: ["electra"],
    recipe: { c, file in
      let s = try EncoderSizes(c)
      let narrow = try c.int("embedding_size", default: 128)
      let embedding = Embedding(
        vocabulary: s.vocabulary, width: narrow, positions: s.context, segments: try c.int("type_vocab_size", default: 2),
        norm: s.norm(narrow),
        projection: narrow == s.width ? nil : Projection(narrow, s.width, bias: true, role: .embedding).from("embedding_size", "hidden_size")
      ).from("vocab_size", "embedding_size", "max_position_embeddings", "type_vocab_size")
      var head: Head?
      if s.className?.contains("PreTraining") ?? file.has("discriminator_predictions.dense.weight") ?? false {
        head = Head(
          s.width, vocabulary: 1, bias: true, transform: Projection(s.width, s.width, bias: true, role: .head), activation: s.activation
        ).from("hidden_size", "hidden_act")
      } else if s.holds("MaskedLM", "CausalLM", by: "generator_predictions.dense.weight", in: file) {
        let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("generator_lm_head.weight", "embeddings.word_embeddings.weight")
        head = Head(
          narrow, vocabulary: s.vocabulary, tied: tied ? embedding.tokens : nil, bias: true,
          transform: Projection(s.width, narrow, bias: true, role: .head), activation: .gelu, norm: s.norm(narrow)
        ).from("vocab_size", "embedding_size")
      }
      return Architecture(
        name: "", modelType: "electra", family: .encoder, context: s.context, embedding: embedding, body: s.stack(), head: head)
    },
    names: { c in
      var entries = NameTable.encoderTrunk
      let judges = try c.strings("architectures")?.first?.contains("MaskedLM") != true
      for kind in ["weight", "bias"] {
        entries["embedding.projection.\(kind)"] = Source("embeddings_project.\(kind)")
        entries["head.\(kind)"] = judges
          ? Source("discriminator_predictions.dense_prediction.\(kind)", "generator_lm_head.\(kind)") : Source("generator_lm_head.\(kind)")
        entries["head.transform.\(kind)"] = judges
          ? Source("discriminator_predictions.dense.\(kind)", "generator_predictions.dense.\(kind)") : Source("generator_predictions.dense.\(kind)")
        entries["head.norm.\(kind)"] = NameTable.norm("generator_predictions.LayerNorm", kind)
      }
      return NameTable(
        entries, prefixes: ["electra."],
        ignored: NameTable.ignoredByEncoders + ["generator_predictions.*", "generator_lm_head.*", "discriminator_predictions.*"])
    })
}
