// What comes nearest to a configuration that no family reads: by the name of its type, else by the keys that only some families have.

import Checkpoints
import Files

/// A key that tells what a model is made of.
struct TellingKey: Sendable {
  let keys: [String]
  let modelType: String
  /// What the key stands for, in words.
  let because: String

  /// The most telling first.
  static let all: [TellingKey] = [
    TellingKey(keys: ["kv_lora_rank"], modelType: "deepseek_v3", because: "latent attention"),
    TellingKey(keys: ["linear_num_key_heads", "linear_conv_kernel_dim"], modelType: "qwen3_next", because: "layers with the delta rule"),
    TellingKey(keys: ["attn_layer_period", "attn_layer_offset"], modelType: "jamba", because: "Mamba layers among attention"),
    TellingKey(keys: ["mamba_d_ssm", "ssm_multipliers", "mamba_n_heads"], modelType: "falcon_h1", because: "Mamba-2 beside attention"),
    TellingKey(keys: ["attention_hidden_size", "rescale_every"], modelType: "rwkv", because: "the time mix of RWKV"),
    TellingKey(keys: ["n_groups", "chunk_size"], modelType: "mamba2", because: "Mamba-2's states"),
    TellingKey(keys: ["state_size", "mamba_d_state", "time_step_rank"], modelType: "mamba", because: "a selective state space"),
    TellingKey(keys: ["num_sparse_encoder_layers", "expert_capacity"], modelType: "switch_transformers", because: "experts in an encoder–decoder"),
    TellingKey(keys: ["num_local_experts", "num_experts", "n_routed_experts", "moe_intermediate_size"], modelType: "mixtral", because: "experts"),
    TellingKey(keys: ["num_hidden_groups"], modelType: "albert", because: "shared layers"),
    TellingKey(keys: ["d_kv", "relative_attention_num_buckets"], modelType: "t5", because: "relative positions in buckets"),
    TellingKey(keys: ["encoder_ffn_dim", "decoder_ffn_dim"], modelType: "bart", because: "an encoder and a decoder"),
    TellingKey(keys: ["type_vocab_size"], modelType: "bert", because: "segments"),
    TellingKey(keys: ["num_key_value_heads", "rope_theta", "rope_parameters", "rms_norm_eps"], modelType: "llama", because: "a decoder of its kind"),
    TellingKey(keys: ["n_embd", "n_head", "n_positions", "ffn_dim"], modelType: "gpt2", because: "a decoder of its kind"),
  ]
}

extension Family {
  /// The nearest `model_type` that a family reads, with the reason if it is not the name.
  static func nearest(to type: String, _ configuration: Configuration, known: [String]) -> String? {
    // Without the version: "qwen2_5" is "qwen2", "gpt_neox" is "gpt_neo".
    if let near = Suggestion.nearest(to: type, in: known) { return "'\(near)'" }
    if let beginning = known.filter({ type.hasPrefix($0) }).max(by: { $0.count < $1.count }) { return "'\(beginning)'" }
    return TellingKey.all.lazy.compactMap { telling in
      telling.keys.first { configuration.has($0) }.map { "'\(telling.modelType)' (\(telling.because), as its key '\($0)' says)" }
    }.first
  }
}
