"""Fixtures of the state spaces and their hybrids: name → (class, configuration, options), as in make_checkpoints.py."""

MAMBA = dict(vocab_size=48, hidden_size=16, state_size=8, num_hidden_layers=2, bos_token_id=0, eos_token_id=47, pad_token_id=0)
MAMBA2 = dict(MAMBA, num_heads=4, head_dim=8, n_groups=1, chunk_size=8)
JAMBA = dict(vocab_size=48, hidden_size=16, intermediate_size=20, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
             attn_layer_period=4, attn_layer_offset=2, num_experts=3, num_experts_per_tok=2, mamba_d_state=6, bos_token_id=1,
             eos_token_id=47, pad_token_id=0)
FALCON_H1 = dict(vocab_size=48, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                 mamba_d_ssm=24, mamba_n_heads=4, mamba_d_head=6, mamba_d_state=8, mamba_chunk_size=8, bos_token_id=1, eos_token_id=47,
                 pad_token_id=0, max_position_embeddings=64)


def bare_infinity(config):
    """As older files have it: not legal JSON."""
    config["time_step_limit"] = [0.0, float("inf")]


def old_mamba(config):
    """Keys that published files carry and nobody reads."""
    config.update(d_model=config["hidden_size"], n_layer=config["num_hidden_layers"], ssm_cfg={}, rms_norm=True, fused_add_norm=True,
                  pad_vocab_size_multiple=8, d_inner=config["intermediate_size"])


FIXTURES = {
    "mamba": ("MambaForCausalLM", dict(MAMBA), dict(style="published", edit_config=old_mamba)),
    "mamba-wide": ("MambaForCausalLM", dict(
        MAMBA, hidden_size=21, expand=3, state_size=5, time_step_rank=7, conv_kernel=3, use_bias=True, use_conv_bias=False,
        num_hidden_layers=3, tie_word_embeddings=False, layer_norm_epsilon=1e-3), dict(shards=2)),
    "mamba-bf16": ("MambaForCausalLM", dict(MAMBA), dict(dtype="bfloat16")),
    "falcon-mamba": ("FalconMambaForCausalLM", dict(MAMBA, tie_word_embeddings=False), dict(style="published")),
    "falcon-mamba-wide": ("FalconMambaForCausalLM", dict(
        MAMBA, hidden_size=19, state_size=11, time_step_rank=4, mixer_rms_eps=1e-2, conv_kernel=2), {}),
    "mamba2": ("Mamba2ForCausalLM", dict(MAMBA2), dict(style="published", edit_config=bare_infinity)),
    "mamba2-groups": ("Mamba2ForCausalLM", dict(
        MAMBA2, hidden_size=24, num_heads=6, head_dim=12, expand=3, n_groups=3, state_size=5, conv_kernel=3, use_bias=True,
        num_hidden_layers=2, tie_word_embeddings=True, chunk_size=4, layer_norm_epsilon=1e-3), dict(shards=2)),
    "jamba": ("JambaForCausalLM", dict(JAMBA), dict(style="published")),
    "jamba-wide": ("JambaForCausalLM", dict(
        JAMBA, hidden_size=20, num_attention_heads=5, num_key_value_heads=1, mamba_expand=3, mamba_d_conv=3, mamba_dt_rank=6,
        mamba_conv_bias=False, mamba_proj_bias=True, attn_layer_period=3, attn_layer_offset=0, expert_layer_period=3, expert_layer_offset=2,
        num_experts=4, num_experts_per_tok=1, rms_norm_eps=1e-3, tie_word_embeddings=True), {}),
    "falcon-h1": ("FalconH1ForCausalLM", dict(
        FALCON_H1, embedding_multiplier=1.7, lm_head_multiplier=0.6, key_multiplier=0.8, attention_in_multiplier=0.9,
        attention_out_multiplier=1.3, ssm_in_multiplier=1.2, ssm_out_multiplier=0.7, ssm_multipliers=[0.9, 0.8, 1.2, 1.1, 0.7],
        mlp_multipliers=[0.8, 1.3]), dict(style="published")),
    "falcon-h1-norm": ("FalconH1ForCausalLM", dict(
        FALCON_H1, mamba_rms_norm=True, mamba_norm_before_gate=False, mamba_n_groups=2, mamba_d_conv=3, num_key_value_heads=1,
        mamba_proj_bias=True, projectors_bias=True, attention_bias=True, mlp_bias=True, tie_word_embeddings=True, num_hidden_layers=3,
        rms_norm_eps=1e-3), dict(shards=2)),
    "falcon-h1-norm-first": ("FalconH1ForCausalLM", dict(
        FALCON_H1, mamba_rms_norm=True, mamba_norm_before_gate=True, mamba_conv_bias=False, mamba_d_ssm=None, mamba_d_head="auto"), {}),
}

SPACES = ["mamba", "falcon_mamba", "mamba2", "jamba", "falcon_h1"]


def random_config(r, family):
    """A fresh configuration for compare.py."""
    base = dict(vocab_size=r.randint(40, 90), hidden_size=r.choice([12, 20, 36]), num_hidden_layers=r.randint(1, 3), bos_token_id=1, eos_token_id=2,
                pad_token_id=0, tie_word_embeddings=r.random() < 0.5)
    epsilon, taps, yes = r.choice([1e-6, 1e-5, 1e-3]), r.choice([2, 3, 4, 5]), lambda: r.random() < 0.4
    if family in ("mamba", "falcon_mamba"):
        base.update(state_size=r.choice([1, 4, 9, 16]), time_step_rank=r.choice(["auto", 3, 5]), conv_kernel=taps, expand=r.choice([1, 2, 3]),
                    use_bias=yes(), use_conv_bias=not yes(), layer_norm_epsilon=epsilon)
        return ("Mamba" if family == "mamba" else "FalconMamba") + "ForCausalLM", base
    groups = r.choice([1, 2, 3])
    heads = groups * r.choice([1, 2])
    if family == "mamba2":
        head = r.choice([4, 6, 8])
        base.update(num_heads=heads, head_dim=head, n_groups=groups, hidden_size=heads * head // 2, expand=2, state_size=r.choice([4, 9, 16]),
                    conv_kernel=taps, use_bias=yes(), use_conv_bias=not yes(), layer_norm_epsilon=epsilon, chunk_size=r.choice([4, 8, 256]))
        return "Mamba2ForCausalLM", base
    base.update(intermediate_size=r.choice([20, 32]), num_attention_heads=4, num_key_value_heads=r.choice([1, 2, 4]), rms_norm_eps=epsilon)
    if family == "jamba":
        period, every, experts = r.choice([1, 2, 3]), r.choice([1, 2]), r.choice([2, 5])
        base.update(num_hidden_layers=r.randint(2, 4), attn_layer_period=period, attn_layer_offset=r.randrange(period), expert_layer_period=every,
                    expert_layer_offset=r.randrange(every), num_experts=experts, num_experts_per_tok=r.randint(1, 2), mamba_d_state=r.choice([4, 7]),
                    mamba_d_conv=taps, mamba_dt_rank=r.choice(["auto", 4]), mamba_conv_bias=not yes(), mamba_proj_bias=yes())
        return "JambaForCausalLM", base
    some = lambda: round(r.uniform(0.6, 1.5), 3)
    base.update(hidden_size=r.choice([16, 24, 40]), mamba_n_heads=heads, mamba_d_head=6, mamba_d_ssm=6 * heads, mamba_n_groups=groups, mamba_d_state=r.choice([4, 9]), mamba_d_conv=taps,
                mamba_rms_norm=yes(), mamba_norm_before_gate=yes(), mamba_conv_bias=not yes(), mamba_proj_bias=yes(), attention_bias=yes(),
                embedding_multiplier=some(), lm_head_multiplier=some(), key_multiplier=some(), attention_in_multiplier=some(),
                attention_out_multiplier=some(), ssm_in_multiplier=some(), ssm_out_multiplier=some(), ssm_multipliers=[some() for _ in range(5)],
                mlp_multipliers=[some(), some()], mamba_chunk_size=r.choice([4, 256]))
    return "FalconH1ForCausalLM", base
