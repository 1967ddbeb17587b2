import Checkpoints
import Files
import Testing

@Suite struct Configurations {
  let c: Configuration
  init() throws {
    let text = """
      {"n_layer": 12, "hidden_size": 0, "num_attention_heads": 2.5, "head_dim": null, "rms_norm_eps": "small", "tie": 1,
       "act": 3, "layer_types": ["full", 7], "eos_token_id": [1, "x"], "vocab_sise": 100, "rope_scaling": {"factor": 8},
       "time_step_limit": [0.0, {"__float__": "Infinity"}], "huge": 99999999999}
      """
    c = Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")
  }

  @Test func aliasesAndDefaults() throws {
    #expect(try c.int("num_hidden_layers", "n_layer", in: 1...10_000) == 12)
    #expect(c.key("num_hidden_layers", "n_layer") == "n_layer")
    #expect(try c.int("absent", default: 7) == 7)
    #expect(try c.optionalInt("head_dim") == nil)
    #expect(try c.real("n_layer") == 12)
    #expect(try c.section("rope_scaling")?.int("factor") == 8)
    #expect(try c.section("rope_parameters") == nil)
    #expect(c.has("act") && !c.has("head_dim"))
    #expect(c.json["time_step_limit"]?.array?.map(\.double) == [0, .infinity])
  }

  @Test func messages() throws {
    #expect(failure { try c.int("vocab_size") } == "config.json: the key 'vocab_size' is missing; did you mean the key 'vocab_sise' that it has?")
    #expect(failure { try c.int("n_inner", "intermediate_size") } == "config.json: the key 'n_inner' (or 'intermediate_size') is missing")
    #expect(failure { try c.int("hidden_size") } == "config.json: hidden_size is 0, but must lie between 1 and 16777216")
    #expect(failure { try c.optionalInt("n_layer", in: 1...9) } == "config.json: n_layer is 12, but must lie between 1 and 9")
    #expect(failure { try c.int("huge") } == "config.json: huge is 99999999999, but must lie between 1 and 16777216")
    #expect(failure { try c.int("num_attention_heads") } == "config.json: num_attention_heads must be a whole number, but it is 2.5")
    #expect(failure { try c.optionalInt("act", in: 9...9) } == "config.json: act is 3, but must lie between 9 and 9")
    #expect(failure { try c.optionalInt("tie_word", "rms_norm_eps") } == "config.json: rms_norm_eps must be a whole number or null, but it is \"small\"")
    #expect(failure { try c.real("rms_norm_eps") } == "config.json: rms_norm_eps must be a number, but it is \"small\"")
    #expect(failure { try c.bool("tie", default: true) } == "config.json: tie must be true or false, but it is 1")
    #expect(failure { try c.string("act") } == "config.json: act must be a text, but it is 3")
    #expect(failure { try c.strings("layer_types") } == "config.json: layer_types must be a list of texts, but it is an array")
    #expect(failure { try c.ids("eos_token_id") } == "config.json: eos_token_id must be a token id or a list of them, but it is an array")
    #expect(failure { try c.section("act") } == "config.json: act must be an object, but it is 3")
    #expect(failure { try c.section("rope_scaling")!.real("low_freq_factor") } == "config.json: rope_scaling: the key 'low_freq_factor' is missing")
  }
}
