"""Fixtures of the recurrent families: name → (class, configuration, options), as in make_checkpoints.py."""
RWKV = dict(vocab_size=48, hidden_size=24, num_hidden_layers=2, context_length=64, bos_token_id=0, eos_token_id=0)
NEXT = dict(vocab_size=60, hidden_size=24, intermediate_size=28, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
            head_dim=8, max_position_embeddings=64, rms_norm_eps=1e-5, linear_conv_kernel_dim=4, linear_key_head_dim=6,
            linear_value_head_dim=5, linear_num_key_heads=2, linear_num_value_heads=4, moe_intermediate_size=12,
            shared_expert_intermediate_size=14, num_experts=6, num_experts_per_tok=3, bos_token_id=1, eos_token_id=59,
            tie_word_embeddings=False)

FIXTURES = {
    # RWKV-4: an odd width, a feed-forward of its own width, a norm with a loud ε, half precision
    "rwkv": ("RwkvForCausalLM", dict(RWKV), {}),
    "rwkv-wide": ("RwkvForCausalLM", dict(
        RWKV, hidden_size=21, attention_hidden_size=21, intermediate_size=50, num_hidden_layers=3, layer_norm_epsilon=1e-3,
        rescale_every=1), dict(shards=2)),
    "rwkv-bf16": ("RwkvForCausalLM", dict(RWKV, hidden_size=16), dict(dtype="bfloat16", style="published")),
    # Qwen3-Next: as published; another order of layers, one value head for each key head, dense layers, other taps
    "qwen3-next": ("Qwen3NextForCausalLM", dict(NEXT, partial_rotary_factor=0.25), {}),
    "qwen3-next-mixed": ("Qwen3NextForCausalLM", dict(
        NEXT, num_hidden_layers=3, layer_types=["full_attention", "linear_attention", "linear_attention"], head_dim=12,
        num_key_value_heads=1, linear_num_key_heads=3, linear_num_value_heads=3, linear_value_head_dim=8, linear_conv_kernel_dim=3,
        mlp_only_layers=[1], num_experts=4, num_experts_per_tok=1, norm_topk_prob=False, attention_bias=True, rms_norm_eps=1e-3,
        rope_parameters={"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5}), dict(shards=2)),
}
