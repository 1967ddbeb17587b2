// BERT (Devlin et al. 2018): post-norm encoder with learned positions and segments; a masked-LM head tied to the embedding, a pooler.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let bert = Family(
    modelTypes: ["bert"],
    recipe: { c, file in
      let s = try EncoderSizes(c)
      let embedding = Embedding(
        vocabulary: s.vocabulary, width: s.width, positions: s.context, segments: try c.int("type_vocab_size", default: 2), norm: s.norm()
      ).from("vocab_size", "hidden_size", "max_position_embeddings", "type_vocab_size")
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("cls.predictions.decoder.weight", "embeddings.word_embeddings.weight")
      let head = s.holds("MaskedLM", "PreTraining", "LMHead", by: "cls.predictions.transform.dense.weight", in: file)
        ? Head(
          s.width, vocabulary: s.vocabulary, tied: tied ? embedding.tokens : nil, bias: true,
          transform: Projection(s.width, s.width, bias: true, role: .head), activation: s.activation, norm: s.norm()
        ).from("vocab_size", "hidden_act") : nil
      var extras: [Child] = []
      if s.hasPooler("pooler.dense.weight", in: file) { extras.append(Child("pooler", Pooler(s.width).from("hidden_size"))) }
      if s.className?.contains("PreTraining") == true {
        extras.append(Child("nextSentence", Projection(s.width, 2, bias: true, role: .head)))
      }
      // The heads of the classes that sort texts, tokens or answers, where the file holds them.
      let published = try PublishedClass(c)
      func add(_ name: String, _ outputs: Int, _ tensor: String) {
        if file.has(tensor) ?? true { extras.append(Child(name, Projection(s.width, outputs, bias: true, role: .head))) }
      }
      if published.isFor("SequenceClassification", "TokenClassification") { add("classifier", published.labels, "classifier.weight") }
      if published.isFor("MultipleChoice") { add("classifier", 1, "classifier.weight") }
      if published.isFor("QuestionAnswering") { add("answer", published.labels, "qa_outputs.weight") }
      if published.isFor("NextSentencePrediction") { add("nextSentence", 2, "cls.seq_relationship.weight") }
      extras += try s.idleBias("cls.predictions.bias", of: head, c, in: file)
      return Architecture(
        name: "", modelType: "bert", family: .encoder, context: s.context, embedding: embedding, body: s.stack(), head: head,
        extras: extras)
    },
    names: { c in
      var entries = NameTable.encoderTrunk
      entries["head.weight"] = Source("cls.predictions.decoder.weight")
      // One bias under two names; a head that is not tied reads its own.
      let biases = ["cls.predictions.bias", "cls.predictions.decoder.bias"]
      entries["head.bias"] = try c.bool("tie_word_embeddings", default: true) ? Source(biases[0], biases[1]) : Source(biases[1], biases[0])
      entries["unread.bias"] = Source(biases[0])
      for kind in ["weight", "bias"] {
        entries["head.norm.\(kind)"] = NameTable.norm("cls.predictions.transform.LayerNorm", kind)
        entries["head.transform.\(kind)"] = Source("cls.predictions.transform.dense.\(kind)")
        entries["nextSentence.\(kind)"] = Source("cls.seq_relationship.\(kind)")
        entries["classifier.\(kind)"] = Source("classifier.\(kind)")
        entries["answer.\(kind)"] = Source("qa_outputs.\(kind)")
      }
      return NameTable(entries, prefixes: ["bert."], ignored: NameTable.ignoredByEncoders + ["cls.*"])
    })
}
