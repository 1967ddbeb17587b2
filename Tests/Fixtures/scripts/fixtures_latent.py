"""Fixtures of the DeepSeek families: name → (class, configuration, options), as in make_checkpoints.py."""
import zoo

BASE = dict(vocab_size=56, hidden_size=24, intermediate_size=36, moe_intermediate_size=12, num_hidden_layers=3, num_attention_heads=3,
            num_key_value_heads=3, kv_lora_rank=12, q_lora_rank=14, qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=5,
            n_routed_experts=8, n_shared_experts=2, num_experts_per_tok=3, first_k_dense_replace=1, n_group=4, topk_group=2,
            max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=55, tie_word_embeddings=False)


def yarn(**more):
    return dict({"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 16,
                 "beta_fast": 32, "beta_slow": 1, "mscale": 1.0, "mscale_all_dim": 1.0}, **more)


def eight_bits(tensors):
    """As DeepSeek-V3 is published: attention, feed-forwards and experts in 8 bits; the rest stays."""
    return zoo.block_scaled(tensors, 8, keep=lambda name: not name.endswith("_proj.weight") and "kv_a_proj_with_mqa" not in name)


# The indexer has so many heads that no key scores exactly 0 with all of them: which of two equal scores the reference takes is not defined.
FIXTURES = {
    "deepseek-v2": ("DeepseekV2ForCausalLM", dict(
        BASE, topk_method="group_limited_greedy", routed_scaling_factor=4.0, rope_parameters=yarn()), dict(style="published")),
    "deepseek-v2-lite": ("DeepseekV2ForCausalLM", dict(
        BASE, q_lora_rank=None, num_attention_heads=2, num_key_value_heads=2, v_head_dim=8, qk_nope_head_dim=4, qk_rope_head_dim=6,
        topk_method="greedy", n_group=1, topk_group=1, n_routed_experts=5, n_shared_experts=1, num_experts_per_tok=2,
        first_k_dense_replace=0, num_hidden_layers=2, attention_bias=True, rope_parameters=yarn(mscale=0.707, mscale_all_dim=0.5)), {}),
    "deepseek-v3": ("DeepseekV3ForCausalLM", dict(
        BASE, routed_scaling_factor=2.5, n_shared_experts=1, rope_parameters=yarn(), norm_topk_prob=True), dict(style="published")),
    "deepseek-v3-half": ("DeepseekV3ForCausalLM", dict(
        BASE, q_lora_rank=None, num_attention_heads=4, num_key_value_heads=4, v_head_dim=7, rope_interleave=False, norm_topk_prob=False,
        n_group=1, topk_group=1, n_routed_experts=6, num_hidden_layers=2, first_k_dense_replace=0, kv_lora_rank=9), dict(shards=2)),
    "deepseek-v32": ("DeepseekV32ForCausalLM", dict(
        BASE, n_shared_experts=1, index_n_heads=9, index_head_dim=8, index_topk=6, rope_parameters=yarn()), {}),
    "deepseek-v32-wide": ("DeepseekV32ForCausalLM", dict(
        BASE, n_shared_experts=2, index_n_heads=12, index_head_dim=6, index_topk=9, num_attention_heads=2, num_key_value_heads=2,
        n_group=2, topk_group=1, qk_rope_head_dim=6, attention_bias=True, num_hidden_layers=2), dict(style="published")),
    "deepseek-v3-fp8": ("DeepseekV3ForCausalLM", dict(
        BASE, n_shared_experts=1, v_head_dim=6, num_hidden_layers=2), dict(
            style="published", transform=eight_bits,
            config={"quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [8, 8]}})),
}
