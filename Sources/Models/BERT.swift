// BERT (Devlin et al. 2018): post-norm encoder with learned positions and segments; a masked-LM head tied to the embedding, a pooler.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let bert = Family(
    modelTypes: ["bert"],
    recipe: { c, file in
      let width = try c.int("hidden_size"), heads = try c.int("num_attention_heads")
      let layers = try c.int("num_hidden_layers", in: 1...10_000), vocabulary = try c.int("vocab_size")
      let hidden = try c.int("intermediate_size"), context = try c.int("max_position_embeddings", default: 512)
      let epsilon = Float(try c.real("layer_norm_eps", default: 1e-12))
      let activation = try Unary.Function.read(c.string("hidden_act", default: "gelu"), file: c.file)
      guard width % heads == 0 else {
        throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into \(heads) heads")
      }
      let mask: Mask = try c.bool("is_decoder", default: false) ? .causal : .bidirectional
      let embedding = Embedding(
        vocabulary: vocabulary, width: width, positions: context,
        segments: try c.int("type_vocab_size", default: 2), norm: LayerNorm(width, epsilon: epsilon).from("layer_norm_eps")
      ).from("vocab_size", "hidden_size", "max_position_embeddings", "type_vocab_size")
      let body = Chain([
        Child("", Repeat("layers", layers) { _ in
          Chain([
            Child("", Residual(
              "attention", .postNorm, norm: LayerNorm(width, epsilon: epsilon).from("layer_norm_eps"),
              Attention(width, heads: heads, mask: mask, bias: true).from("hidden_size", "num_attention_heads"))),
            Child("", Residual(
              "feedForward", .postNorm, norm: LayerNorm(width, epsilon: epsilon).from("layer_norm_eps"),
              FeedForward(width, hidden: hidden, activation: activation).from("intermediate_size", "hidden_act"))),
          ])
        }.from("num_hidden_layers"))
      ])
      // The class decides which heads there are; a file without a class is judged by what it holds.
      let named = try c.strings("architectures")?.first
      let hasHead = named.map { $0.contains("MaskedLM") || $0.contains("PreTraining") || $0.contains("LMHead") }
        ?? file.has("cls.predictions.transform.dense.weight") ?? true
      let hasPooler = named.map { !$0.contains("MaskedLM") && !$0.contains("LMHead") && !$0.contains("TokenClass") && !$0.contains("QuestionAnswering") }
        ?? file.has("pooler.dense.weight") ?? true
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("cls.predictions.decoder.weight", "embeddings.word_embeddings.weight")
      let head = hasHead
        ? Head(
          width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil, bias: true,
          transform: Projection(width, width, bias: true, role: .head), activation: activation,
          norm: LayerNorm(width, epsilon: epsilon)
        ).from("vocab_size", "hidden_act") : nil
      var extras: [Child] = []
      if hasPooler, file.has("pooler.dense.weight") ?? true { extras.append(Child("pooler", Pooler(width).from("hidden_size"))) }
      if named?.contains("PreTraining") == true { extras.append(Child("nextSentence", Projection(width, 2, bias: true, role: .head))) }
      return Architecture(
        name: "", modelType: "bert", family: .encoder, context: context, embedding: embedding, body: body, head: head,
        extras: extras)
    },
    names: { _ in
      var entries: [String: Source] = [
        "embedding.tokens": Source("embeddings.word_embeddings.weight"),
        "embedding.positions": Source("embeddings.position_embeddings.weight"),
        "embedding.segments": Source("embeddings.token_type_embeddings.weight"),
        "head.weight": Source("cls.predictions.decoder.weight"),
        "head.bias": Source("cls.predictions.bias", "cls.predictions.decoder.bias"),
        "nextSentence.weight": Source("cls.seq_relationship.weight"), "nextSentence.bias": Source("cls.seq_relationship.bias"),
      ]
      // The first published files call a norm's numbers gamma and beta.
      for (kind, old) in [("weight", "gamma"), ("bias", "beta")] {
        func norm(_ name: String) -> Source { Source("\(name).\(kind)", "\(name).\(old)") }
        entries["embedding.norm.\(kind)"] = norm("embeddings.LayerNorm")
        entries["layers.*.attention.norm.\(kind)"] = norm("encoder.layer.*.attention.output.LayerNorm")
        entries["layers.*.feedForward.norm.\(kind)"] = norm("encoder.layer.*.output.LayerNorm")
        entries["head.norm.\(kind)"] = norm("cls.predictions.transform.LayerNorm")
        for part in ["query", "key", "value"] {
          entries["layers.*.attention.\(part).\(kind)"] = Source("encoder.layer.*.attention.self.\(part).\(kind)")
        }
        entries["layers.*.attention.output.\(kind)"] = Source("encoder.layer.*.attention.output.dense.\(kind)")
        entries["layers.*.feedForward.up.\(kind)"] = Source("encoder.layer.*.intermediate.dense.\(kind)")
        entries["layers.*.feedForward.down.\(kind)"] = Source("encoder.layer.*.output.dense.\(kind)")
        entries["head.transform.\(kind)"] = Source("cls.predictions.transform.dense.\(kind)")
        entries["pooler.dense.\(kind)"] = Source("pooler.dense.\(kind)")
      }
      return NameTable(
        entries, prefixes: ["bert."],
        ignored: [
          "embeddings.position_ids", "embeddings.token_type_ids", "cls.*", "pooler.*", "classifier.*", "qa_outputs.*",
        ])
    })
}
