// A figure shows what runs: a key of a published configuration that changes the arithmetic changes the figure.
import Blocks
import Foundation
import Models
import Testing

@testable import Diagrams

@Suite struct MutationTests {
  static let configurations = [
    "gpt2", "Llama-3-8B", "Llama-3.1-8B", "Llama-3.2-1B", "Mistral-7B-v0.1", "Mixtral-8x7B-v0.1", "Qwen2-7B", "Qwen3-8B", "Qwen3-30B-A3B", "GLM-4-9B-0414",
    "glm-4-9b", "gpt-neo-125m", "openai-gpt", "bert-base-uncased", "albert-base-v2", "roberta-base", "distilbert-base-uncased", "electra-base-discriminator",
    "t5-small", "flan-t5-small", "bart-base", "switch-base-8", "gpt-oss-20b", "DeepSeek-V2-Lite", "DeepSeek-V3", "Kimi-K2", "mamba-130m", "mamba2-130m",
    "falcon-mamba-7b", "jamba-v0.1", "falcon-h1-0.5b", "qwen3-next-80b-a3b", "rwkv-4-169m", "LLaDA-8B",
  ]

  /// Keys that change what is computed and nothing of its shapes, each with another value.
  static func changed(_ key: String, _ value: Any) -> Any? {
    switch key {
    case "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "rope_theta", "routed_scaling_factor", "swiglu_limit", "attention_in_multiplier",
      "attention_out_multiplier", "key_multiplier", "embedding_multiplier", "lm_head_multiplier", "ssm_in_multiplier", "ssm_out_multiplier", "factor",
      "low_freq_factor", "high_freq_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim":
      return (value as? Double).map { $0 * 1.5 }
    case "original_max_position_embeddings", "sliding_window": return (value as? Int).map { $0 / 2 }
    case "num_experts_per_tok", "num_experts_per_token", "topk_group": return (value as? Int).flatMap { $0 > 1 ? $0 - 1 : nil }
    case "norm_topk_prob", "truncate", "scale_attn_weights", "use_sliding_window", "mamba_norm_before_gate", "mamba_rms_norm": return (value as? Bool).map { !$0 }
    case "hidden_act", "activation_function", "activation", "dense_act_fn", "feed_forward_proj": return (value as? String).map { $0 == "relu" ? "gelu" : "relu" }
    case "scoring_func": return value as? String == "softmax" ? nil : "softmax"
    case "partial_rotary_factor": return (value as? Double).map { $0 / 2 }
    case "mlp_multipliers", "ssm_multipliers": return (value as? [Double]).map { $0.map { $0 * 1.5 } }
    default: return nil
    }
  }

  @Test(arguments: configurations) func everyArithmeticKeyChangesTheFigure(_ name: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appendingPathComponent("lessons/architectures/\(name)/config.json")
    let original = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let before = Figure(model: try architecture(name)).dot()
    var tried = 0
    func attempt(_ path: [String], _ configuration: [String: Any]) throws {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mutation-\(UUID().uuidString)").appendingPathComponent(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
      try JSONSerialization.data(withJSONObject: configuration).write(to: folder.appendingPathComponent("config.json"))
      // What the family refuses is no figure; what it does not read is told elsewhere.
      guard let model = try? Model(path: folder.path).outline else { return }
      tried += 1
      #expect(Figure(model: model).dot() != before || MutationTests.unread[name]?.contains(path.joined(separator: ".")) == true, "\(name): \(path.joined(separator: "."))")
    }
    for (key, value) in original {
      if let other = MutationTests.changed(key, value) {
        var copy = original
        copy[key] = other
        try attempt([key], copy)
      }
      if let inner = value as? [String: Any] {
        for (below, value) in inner {
          guard let other = MutationTests.changed(below, value) else { continue }
          var copy = original, changed = inner
          changed[below] = other
          copy[key] = changed
          try attempt([key, below], copy)
        }
      }
    }
    #expect(tried > 0, "\(name): no key was changed")
  }

  /// Keys that stand in a file and that its class does not read.
  static let unread: [String: Set<String>] = [
    // Windows are off in these, and where they are switched on no layer is among those that have one.
    "Qwen2-7B": ["sliding_window", "use_sliding_window"], "Qwen3-8B": ["use_sliding_window"], "Qwen3-30B-A3B": ["use_sliding_window"],
    // The class gates by its own clamped SiLU.
    "gpt-oss-20b": ["hidden_act"],
    // One of the two wins.
    "switch-base-8": ["feed_forward_proj"],
    // The class always scores by a sigmoid.
    "DeepSeek-V3": ["scoring_func"], "Kimi-K2": ["scoring_func"],
    // Without a norm it stands nowhere.
    "falcon-h1-0.5b": ["mamba_norm_before_gate"],
    // The class does not divide by the sum.
    "DeepSeek-V2-Lite": ["norm_topk_prob"],
  ]
}
