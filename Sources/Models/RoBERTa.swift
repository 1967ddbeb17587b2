// RoBERTa (Liu et al. 2019): BERT's layers. Its positions count the tokens that are no padding and begin behind the padding's id, so a
// table of 514 rows holds 512 positions; its head always takes the exact gelu.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let roberta = Family(
    modelTypes: ["roberta"],
    recipe: { c, file in
      let s = try EncoderSizes(c)
      let padding = try c.int("pad_token_id", in: 0...1 << 24, default: 1)
      guard s.context > padding + 1 else {
        throw ModelFailure.contradiction(
          file: c.file, "max_position_embeddings \(s.context) leaves no position: they begin at pad_token_id + 1 = \(padding + 1)")
      }
      let embedding = Embedding(
        vocabulary: s.vocabulary, width: s.width, positions: s.context, positionOffset: padding + 1, paddingID: padding,
        segments: try c.int("type_vocab_size", default: 2), norm: s.norm()
      ).from("vocab_size", "hidden_size", "max_position_embeddings", "pad_token_id", "type_vocab_size")
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("lm_head.decoder.weight", "embeddings.word_embeddings.weight")
      let head = s.holds("MaskedLM", "CausalLM", by: "lm_head.dense.weight", in: file)
        ? Head(
          s.width, vocabulary: s.vocabulary, tied: tied ? embedding.tokens : nil, bias: true,
          transform: Projection(s.width, s.width, bias: true, role: .head), activation: .gelu, norm: s.norm()
        ).from("vocab_size") : nil
      return try Architecture(
        name: "", modelType: "roberta", family: s.mask == .causal ? .decoder : .encoder, context: s.context - padding - 1,
        embedding: embedding, body: s.stack(), head: head,
        extras: (s.hasPooler("pooler.dense.weight", in: file) ? [Child("pooler", Pooler(s.width).from("hidden_size"))] : [])
          + s.idleBias("lm_head.bias", of: head, c, in: file))
    },
    names: { c in
      var entries = NameTable.encoderTrunk
      entries["head.weight"] = Source("lm_head.decoder.weight")
      entries["head.bias"] = try c.bool("tie_word_embeddings", default: true) ? Source("lm_head.bias", "lm_head.decoder.bias") : Source("lm_head.decoder.bias", "lm_head.bias")
      entries["unread.bias"] = Source("lm_head.bias")
      for kind in ["weight", "bias"] {
        entries["head.norm.\(kind)"] = Source("lm_head.layer_norm.\(kind)")
        entries["head.transform.\(kind)"] = Source("lm_head.dense.\(kind)")
      }
      return NameTable(entries, prefixes: ["roberta."], ignored: NameTable.ignoredByEncoders + ["lm_head.*"])
    })
}
