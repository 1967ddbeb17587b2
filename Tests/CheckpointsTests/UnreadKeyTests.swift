// Keys that nobody reads: which are told, with what, and which can only be slips.

import Checkpoints
import Files
import Foundation
import Testing

private func configuration(_ text: String) throws -> Configuration {
  Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")
}

/// Every key of the configuration classes of transformers (scripts/published_keys.py).
private let publishedKeys: [String] = {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/published-keys.txt")
  return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
}()

@Suite struct UnreadKeyTests {
  /// What is asked is kept at its leaf, with what a missing key means.
  @Test func whatIsAskedIsKept() throws {
    let c = try configuration(#"{"rope_parameters": {"full_attention": {"factor": 8.0, "extra": 1}, "rope_theta": 5.0}, "n": 3}"#)
    _ = try c.int("n", "m", default: 4)
    _ = try c.optionalInt("heads")
    _ = try c.optionalInt("groups", default: 8)
    _ = try c.bool("bias", default: true)
    _ = try c.string("act", default: "silu")
    _ = try? c.int("width")
    let full = try #require(try c.section("rope_parameters")?.section("full_attention"))
    _ = try full.real("factor", default: 1)
    #expect(c.asked == [
      "n": .integer(4), "m": .integer(4), "heads": .absent, "groups": .integer(8), "bias": .truth(true), "act": .text("silu"), "width": .required,
      "rope_parameters.full_attention.factor": .number(1),
    ])
    #expect(c.unread.map(\.path) == ["rope_parameters.full_attention.extra", "rope_parameters.rope_theta"])
  }

  /// A key of its own name and another one: the other wins. Null is nothing, a missing key is its default.
  @Test func whatWins() throws {
    let c = try configuration(#"{"n_embd": 8, "hidden_size": 6, "window": null, "tied": null}"#)
    #expect(try c.int("n_embd", "hidden_size") == 6 && c.key("n_embd", "hidden_size") == "hidden_size")
    #expect(try c.optionalInt("window", default: 4096) == nil && c.optionalInt("windows", default: 4096) == 4096)
    #expect(try c.bool("tied", default: true) == false)
  }

  /// Nothing is told of null, of what is harmless, of what a family knows or agrees with.
  @Test func whatIsNotTold() throws {
    let c = try configuration("""
      {"sliding_window": null, "torch_dtype": "float16", "attention_dropout": 0.1, "id2label": {"0": "A"}, "use_cache": true, "is_decoder": false,
       "attention_bias": false, "layer_types": ["full_attention", "full_attention"], "max_window_layers": 28, "scoring_func": "sigmoid", "rms_norm": true,
       "no_rope_layers": [1, 1], "residual_multiplier": 1.0, "query_pre_attn_scalar": 64, "head_dim": 64, "final_logit_softcapping": null}
      """)
    c.knows("max_window_layers")
    _ = try c.int("head_dim")
    c.agrees("scoring_func", with: .string("sigmoid"))
    c.agrees("rms_norm", with: .bool(true))
    #expect(c.unread.map(\.path) == [])
  }

  /// With other values they are.
  @Test func whatIsTold() throws {
    let c = try configuration("""
      {"hidden_size": 8, "is_decoder": true, "attention_bias": true, "layer_types": ["full_attention", "sliding_attention"], "scoring_func": "softmax",
       "final_logit_softcapping": 30.0, "hidden_sizes": 8, "_hidden_size": 8, "hidden_size_of_head": 2, "whole": {"a": 1}}
      """)
    _ = try c.int("hidden_size")
    c.agrees("scoring_func", with: .string("sigmoid"))
    #expect(c.unread.map(\.description) == [
      "is_decoder", "attention_bias", "layer_types", "scoring_func", "final_logit_softcapping (30.0: a soft cap on the logits)",
      "hidden_sizes (the nearest that is read is hidden_size)", "_hidden_size (the nearest that is read is hidden_size)", "hidden_size_of_head", "whole",
    ])
    // A published neighbour of a key is none of its slips, nor what begins with "_".
    try c.refuseSlips()
  }

  @Test(arguments: [
    ("num_key_value_head", "num_key_value_heads"), ("num_key_value_headss", "num_key_value_heads"), ("num_kye_value_heads", "num_key_value_heads"),
    ("Rms_Norm_Eps", "rms_norm_eps"), ("rms_norm_epz", "rms_norm_eps"),
  ])
  func slips(_ slip: String, _ meant: String) throws {
    let c = try configuration(#"{"\#(slip)": 8}"#)
    _ = try? c.optionalInt("num_key_value_heads")
    _ = try? c.real("rms_norm_eps")
    #expect(throws: Configuration.Failure("config.json: nothing reads the key '\(slip)'; did you mean '\(meant)'?")) { try c.refuseSlips() }
  }

  @Test func aSlipInASection() throws {
    let c = try configuration(#"{"rope_scaling": {"rope_type": "linear", "facter": 8}}"#)
    let s = try #require(try c.section("rope_scaling"))
    _ = try (s.string("rope_type"), s.real("factor", default: 1))
    #expect(throws: Configuration.Failure("config.json: nothing reads the key 'rope_scaling.facter'; did you mean 'factor'?")) { try c.refuseSlips() }
  }

  /// No key that anybody publishes is a slip of another that anybody reads.
  @Test func noPublishedKeyIsASlip() throws {
    #expect(publishedKeys.count > 2000)
    for key in publishedKeys {
      let c = try configuration(#"{"\#(key)": 8}"#)
      for other in publishedKeys where other != key && Suggestion.isSlip(key, for: other) { c.knows(other) }
      #expect(c.unread.allSatisfy { !$0.isSlip }, "\(key)")
    }
  }
}
