// ALBERT (Lan et al. 2019): BERT's layer, applied again and again. The embedding is narrow and projected up; layers come in groups that
// share all numbers, and a group may hold several inner layers; the second head tells whether two segments stand in their order.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let albert = Family(
    modelTypes: ["albert"],
    recipe: { c, file in
      let s = try EncoderSizes(c, activation: "gelu_new", mayDecode: false), sharing = try Sharing(c)
      let narrow = try c.int("embedding_size", default: 128)
      let embedding = Embedding(
        vocabulary: s.vocabulary, width: narrow, positions: s.context, segments: try c.int("type_vocab_size", default: 2),
        norm: s.norm(narrow), projection: Projection(narrow, s.width, bias: true, role: .embedding).from("embedding_size", "hidden_size")
      ).from("vocab_size", "embedding_size", "max_position_embeddings", "type_vocab_size")
      let groups = (0..<sharing.groups).map { _ in sharing.inner == 1 ? s.layer() : Chain([Child("", Repeat("inner", sharing.inner) { _ in s.layer() })]) }
      let body = Chain([
        Child("", Repeat("layers", s.layers) { groups[sharing.group(of: $0)] }.from("num_hidden_layers", "num_hidden_groups", "inner_group_num"))
      ])
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("predictions.decoder.weight", "embeddings.word_embeddings.weight")
      let head = s.holds("MaskedLM", "PreTraining", by: "predictions.dense.weight", in: file)
        ? Head(
          narrow, vocabulary: s.vocabulary, tied: tied ? embedding.tokens : nil, bias: true,
          transform: Projection(s.width, narrow, bias: true, role: .head), activation: s.activation, norm: s.norm(narrow)
        ).from("vocab_size", "hidden_act") : nil
      var extras: [Child] = []
      if s.hasPooler("pooler.weight", in: file) { extras.append(Child("pooler", Pooler(s.width).from("hidden_size"))) }
      if s.className?.contains("PreTraining") == true {
        extras.append(Child("sentenceOrder", Projection(s.width, 2, bias: true, role: .head)))
      }
      extras += try s.idleBias("predictions.bias", of: head, c, in: file)
      return Architecture(
        name: "", modelType: "albert", family: .encoder, context: s.context, embedding: embedding, body: body, head: head, extras: extras)
    },
    names: { c in
      let sharing = try Sharing(c)
      var entries = NameTable.encoderTrunk
      entries["head.weight"] = Source("predictions.decoder.weight")
      entries["head.bias"] = try c.bool("tie_word_embeddings", default: true) ? Source("predictions.bias", "predictions.decoder.bias") : Source("predictions.decoder.bias", "predictions.bias")
      entries["unread.bias"] = Source("predictions.bias")
      for kind in ["weight", "bias"] {
        entries["embedding.projection.\(kind)"] = Source("encoder.embedding_hidden_mapping_in.\(kind)")
        entries["pooler.dense.\(kind)"] = Source("pooler.\(kind)")
        entries["head.norm.\(kind)"] = Source("predictions.LayerNorm.\(kind)")
        entries["head.transform.\(kind)"] = Source("predictions.dense.\(kind)")
        entries["sentenceOrder.\(kind)"] = Source("sop_classifier.classifier.\(kind)")
        for group in 0..<sharing.groups {
          for inner in 0..<sharing.inner {
            let ours = "layers.\(sharing.first(of: group))" + (sharing.inner == 1 ? "" : ".inner.\(inner)")
            let theirs = "encoder.albert_layer_groups.\(group).albert_layers.\(inner)"
            for (part, name) in [
              ("attention.query", "attention.query"), ("attention.key", "attention.key"), ("attention.value", "attention.value"),
              ("attention.output", "attention.dense"), ("attention.norm", "attention.LayerNorm"), ("feedForward.up", "ffn"),
              ("feedForward.down", "ffn_output"), ("feedForward.norm", "full_layer_layer_norm"),
            ] { entries["\(ours).\(part).\(kind)"] = Source("\(theirs).\(name).\(kind)") }
          }
        }
      }
      return NameTable(entries, prefixes: ["albert."], ignored: NameTable.ignoredByEncoders + ["predictions.*", "sop_classifier.*"])
    })

  /// Which layers share their numbers.
  private struct Sharing {
    let layers: Int, groups: Int, inner: Int

    init(_ c: Configuration) throws {
      layers = try c.int("num_hidden_layers", in: 1...10_000)
      groups = try c.int("num_hidden_groups", in: 1...10_000, default: 1)
      inner = try c.int("inner_group_num", in: 1...1_000, default: 1)
      guard groups <= layers else {
        throw ModelFailure.contradiction(file: c.file, "num_hidden_groups \(groups) is more than num_hidden_layers \(layers)")
      }
    }

    /// ⌊i · groups / layers⌋
    func group(of layer: Int) -> Int { layer * groups / layers }
    /// The layer under whose path a group's numbers are listed.
    func first(of group: Int) -> Int { (group * layers + groups - 1) / groups }
  }
}
