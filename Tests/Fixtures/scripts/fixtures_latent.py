"""Fixtures of the DeepSeek families: name → (class, configuration, options), as in make_checkpoints.py."""
import torch

import zoo

BASE = dict(vocab_size=56, hidden_size=24, intermediate_size=36, moe_intermediate_size=12, num_hidden_layers=3, num_attention_heads=3,
            num_key_value_heads=3, kv_lora_rank=12, q_lora_rank=14, qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=5,
            n_routed_experts=8, n_shared_experts=2, num_experts_per_tok=3, first_k_dense_replace=1, n_group=4, topk_group=2,
            max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=55, tie_word_embeddings=False)


def yarn(**more):
    return dict({"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 16,
                 "beta_fast": 32, "beta_slow": 1, "mscale": 1.0, "mscale_all_dim": 1.0}, **more)


def modules(model, count, seed):
    """Modules that predict further tokens, with random numbers: the reference's own, put together by hand, because its loader
    only looks at the layer numbers of the released model."""
    from transformers.modeling_layers import MtpLayer
    layers = model.model.layers
    made = torch.nn.ModuleList(
        [MtpLayer(model.config, type(layers[-1]), type(model.model.norm), len(layers) + k) for k in range(count)]).eval()
    return zoo.randomise(made, seed)


def published(made, first):
    """The tensors of the modules as a file has them: layers behind the last, one tensor for each expert."""
    tensors = {}
    for k, layer in enumerate(made):
        for name, t in layer.state_dict().items():
            name = name.replace("mtp_block.", "").replace("post_norm.", "shared_head.norm.")
            here = f"model.layers.{first + k}."
            if name.endswith("experts.gate_up_proj"):
                for e, w in enumerate(t):
                    gate, up = w.chunk(2)
                    tensors[f"{here}mlp.experts.{e}.gate_proj.weight"] = gate.clone()
                    tensors[f"{here}mlp.experts.{e}.up_proj.weight"] = up.clone()
            elif name.endswith("experts.down_proj"):
                tensors.update({f"{here}mlp.experts.{e}.down_proj.weight": w.clone() for e, w in enumerate(t)})
            else:
                tensors[here + name] = t.clone()
    return tensors


def predicted(made, model, ids):
    """What each module says after each token, when the tokens that it reads are those of the text: [modules][positions][vocabulary]."""
    hidden, logits = model.model(torch.tensor([ids]), use_cache=False).last_hidden_state, []
    for depth, layer in enumerate(made):
        hidden = hidden[:, :len(ids) - 1 - depth]
        n = hidden.shape[1]
        embedded = model.model.embed_tokens(torch.tensor([ids[depth + 1:]]))
        positions = torch.arange(depth + 1, depth + 1 + n)[None]
        mask = torch.full((n, n), float("-inf")).triu(1)[None, None]
        hidden = layer(embedded, hidden, position_embeddings=model.model.rotary_emb(embedded, position_ids=positions),
                       attention_mask=mask, position_ids=positions, past_key_values=None)
        logits.append(model.lm_head(hidden)[0])
    return logits


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
    "deepseek-v3-predicting": ("DeepseekV3ForCausalLM", dict(
        BASE, n_shared_experts=1, num_nextn_predict_layers=2, num_hidden_layers=2, n_routed_experts=4, n_group=2, topk_group=1,
        num_experts_per_tok=2), dict(predictions=2)),
}
