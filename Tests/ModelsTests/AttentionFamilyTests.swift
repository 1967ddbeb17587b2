// What the attention families behind the first ones are held to beyond their logits: hidden states and pooled vectors, padding-aware
// positions, shared layers, forced tokens, and errors in one line.

import Blocks
import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

private func model(_ name: String) throws -> Model { try Model(path: fixtures.appendingPathComponent(name).path) }

private let encoders = fixtureNames().filter { name in ["bert", "roberta", "albert", "electra", "distilbert"].contains { name.hasPrefix($0) } }

@Suite struct AttentionFamilyTests {
  /// Within 1e-5 of the largest number (measured: below 2e-6).
  @Test(arguments: encoders) func hiddenStatesAndHeadsOfSentencesEqualTheReference(_ name: String) throws {
    let m = try model(name).architecture
    var checked = 0
    for item in try Expected(name).json["cases"]?.array ?? [] {
      guard let ids = Expected.ids(item["ids"]), let rows = Expected.rows(item["hidden"]) else { continue }
      let run = Run(keepsMemory: false)
      var input = Architecture.Input([ids], padding: Expected.ids(item["mask"]).map { [$0.map { $0 != 0 }] })
      input.segments = Expected.ids(item["token_types"]).map { [$0] }
      let hidden = m.hidden(input, run)
      #expect(relativeDifference(hidden.untracked, rows) < 1e-5)
      checked += 1
      guard let pooler = m.extras.first(where: { $0.name == "pooler" })?.part as? Pooler, let pooled = item["pooled"]?.array else { continue }
      let vector = pooler(hidden, run)
      #expect(relativeDifference(vector.untracked, [pooled.map { Float($0.double!) }]) < 1e-5)
      let pair = m.extras.first { ["nextSentence", "sentenceOrder"].contains($0.name) }?.part as? Projection
      if let pair, let said = item["next_sentence"]?.array {
        #expect(relativeDifference(pair(vector).untracked, [said.map { Float($0.double!) }]) < 1e-5)
        checked += 1
      }
    }
    #expect(checked >= 3)
  }

  /// Tokens in front of the text that are padding take no position: the numbers of the text are those that it has alone.
  @Test func positionsOfRobertaSkipPadding() throws {
    let m = try model("roberta").architecture, text = [7, 12, 30, 9]
    let alone = m.hidden(Architecture.Input([text]), Run(keepsMemory: false)).untracked
    let padded = m.hidden(
      Architecture.Input([[1, 1] + text], padding: [[false, false, true, true, true, true]]), Run(keepsMemory: false)
    ).slice(2..<6, axis: 1).untracked
    #expect(alone.largestDifference(from: padded) < 1e-5)
  }

  @Test func layersOfAGroupAreOne() throws {
    let m = try model("albert-groups").architecture
    let layers = m.stacks[0].layers.layers
    #expect(layers.count == 4)
    #expect(Set(layers[0].allParameters.map { ObjectIdentifier($0.parameter) }) == Set(layers[1].allParameters.map { ObjectIdentifier($0.parameter) }))
    #expect(Set(layers[1].allParameters.map { ObjectIdentifier($0.parameter) }).isDisjoint(with: layers[2].allParameters.map { ObjectIdentifier($0.parameter) }))
    // Five layers in two groups: the reference puts three into the first.
    let uneven = try model("albert-uneven").architecture.stacks[0].layers.layers
    #expect(uneven[2].allParameters[0].parameter === uneven[0].allParameters[0].parameter)
    #expect(uneven[3].allParameters[0].parameter !== uneven[0].allParameters[0].parameter)
  }

  @Test func beamsOfBartBeginAndEndAsForced() throws {
    let m = try model("bart")
    let run = Run()
    m.architecture.encode(Architecture.Input([[3, 26, 34, 21, 8, 43, 24]]), run)
    let decoder = Autoregressive(m.architecture, stops: m.stops, last: m.forcedLast)
    let new = try BeamSearch(decoder, beams: 3).generate([m.decoderStart!], limit: 6, run: run, forced: m.forcedFirst)
    #expect(new.first == 0 && new.last == 2)
  }

  /// Where a file names the kinds of its layers twice, the list of all layers is what the reference builds from.
  @Test func attentionLayersWin() throws {
    func said(_ types: String) -> String {
      let text = "{\"model_type\": \"gpt_neo\", \"hidden_size\": 8, \"num_layers\": 1, \"num_heads\": 2, \"vocab_size\": 9, \"max_position_embeddings\": 8, \"window_size\": 4, \"attention_layers\": [\"\(types)\"], \"attention_types\": [[[\"global\"], 1]]}"
      do {
        let c = Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")
        var mask: Mask?
        try Family.of(c).recipe(c, .unknown).walk { _, part in if let attention = part as? Attention { mask = attention.mask } }
        return "\(mask == .window(4))"
      } catch { return "\(error)" }
    }
    #expect(said("local") == "true" && said("global") == "false")
    #expect(said("lokal") == "config.json: the attention type 'lokal' is unknown (known: global, local)")
  }

  @Test func contradictionsAreOneLine() throws {
    func said(_ text: String) -> String {
      do {
        let c = Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")
        _ = try Family.of(c).recipe(c, .unknown)
        return "nothing"
      } catch { return "\(error)" }
    }
    let bert = #""hidden_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 8, "vocab_size": 50"#
    #expect(said(#"{"model_type": "roberta", \#(bert), "max_position_embeddings": 2}"#)
      == "config.json: max_position_embeddings 2 leaves no position: they begin at pad_token_id + 1 = 2")
    #expect(said(#"{"model_type": "albert", \#(bert), "num_hidden_groups": 3}"#)
      == "config.json: num_hidden_groups 3 is more than num_hidden_layers 2")
    #expect(said(#"{"model_type": "distilbert", "dim": 20, "n_layers": 2, "n_heads": 3, "hidden_dim": 8, "vocab_size": 50}"#)
      == "config.json: hidden_size 20 does not divide into 3 heads")
    let neo = #""model_type": "gpt_neo", "hidden_size": 20, "num_layers": 2, "num_heads": 4, "vocab_size": 50"#
    #expect(said("{\(neo)}") == "config.json: attention_types makes 24 layers, but num_layers is 2")
    #expect(said(#"{\#(neo), "attention_types": [[["global"], 3]]}"#) == "config.json: attention_types makes 3 layers, but num_layers is 2")
    #expect(said(#"{\#(neo), "attention_types": [[["global"], 2], [["local"], 0]]}"#) == "nothing")  // the reference leaves out what comes no time
    #expect(said(#"{\#(neo), "attention_types": [[["global"], -1]]}"#)
      == "config.json: attention_types must be a list of [[\"global\", \"local\"], times]")
    #expect(said(#"{\#(neo), "attention_types": [[["global", "near"], 1]]}"#)
      == "config.json: the attention type 'near' is unknown (known: global, local)")
    #expect(said(#"{\#(neo), "attention_types": ["global"]}"#)
      == "config.json: attention_types must be a list of [[\"global\", \"local\"], times]")
    #expect(said(#"{"model_type": "glm", "hidden_size": 20, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 8, "vocab_size": 50}"#)
      == "config.json: num_attention_heads 3 is not a multiple of num_key_value_heads 2")
    #expect(said(#"{"model_type": "bart", "d_model": 20, "vocab_size": 50, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 3, "decoder_attention_heads": 4, "encoder_ffn_dim": 8, "decoder_ffn_dim": 8}"#)
      == "config.json: d_model 20 does not divide into encoder_attention_heads 3 heads")
    #expect(said(#"{"model_type": "openai-gpt", "n_embd": 20, "n_layer": 1, "n_head": 3, "vocab_size": 50}"#)
      == "config.json: n_embd 20 does not divide into n_head 3 heads")
    let t5 = #""model_type": "t5", "d_model": 12, "d_kv": 4, "num_heads": 3, "d_ff": 8, "num_layers": 1, "vocab_size": 50"#
    #expect(said(#"{\#(t5), "relative_attention_num_buckets": 32, "relative_attention_max_distance": 16}"#)
      == "config.json: relative_attention_max_distance 16 must be more than half of relative_attention_num_buckets 32")
    #expect(said(#"{\#(t5), "relative_attention_num_buckets": 32, "relative_attention_max_distance": 17}"#) == "nothing")
  }

  /// Stretched rotary positions read longer texts than `max_position_embeddings` says; counts stay at what it says.
  @Test func stretchedPositionsReachFarther() throws {
    func reach(_ rope: String) throws -> [Int?] {
      let text = #"""
        {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8, "vocab_size": 9,
        "max_position_embeddings": 100, "rope_scaling": \#(rope)}
        """#
      let c = Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")
      let architecture = try Family.of(c).recipe(c, .unknown)
      return [architecture.context, architecture.longest]
    }
    #expect(try reach("null") == [100, 100])
    #expect(try reach(#"{"type": "linear", "factor": 2.5}"#) == [100, 250])
    #expect(try reach(#"{"type": "dynamic", "factor": 4}"#) == [100, 400])
    #expect(try reach(#"{"type": "yarn", "factor": 4, "original_max_position_embeddings": 100}"#) == [100, 400])
    #expect(try reach(#"{"type": "yarn", "factor": 4, "original_max_position_embeddings": 25}"#) == [100, 100])
    #expect(try reach(#"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 50}"#) == [100, 100])
    #expect(try reach(#"{"type": "linear", "factor": 1e9}"#) == [100, 1_000_000_000])
  }
}
