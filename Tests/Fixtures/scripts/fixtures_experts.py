"""Fixtures of the mixtures of experts: name → (class, configuration, options), as in make_checkpoints.py."""
import re

from zoo import torch

DECODER = dict(vocab_size=64, hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
               num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=63,
               tie_word_embeddings=False)


def fused(tensors):
    """Experts stacked in one tensor, gate rows before up rows, as some files circulate."""
    result, stacks = {}, {}
    for name, tensor in tensors.items():
        found = re.fullmatch(r"(.*\.)(?:mlp|block_sparse_moe)\.experts\.(\d+)\.(\w+)\.weight", name)
        if found:
            stacks.setdefault(found[1], {}).setdefault(found[3], {})[int(found[2])] = tensor
        else:
            result[name.replace("block_sparse_moe", "mlp")] = tensor
    for layer, parts in stacks.items():
        gate, up, down = (torch.stack([parts[a if a in parts else b][e] for e in sorted(parts[a if a in parts else b])])
                          for a, b in (("w1", "gate_proj"), ("w3", "up_proj"), ("w2", "down_proj")))
        result[layer + "mlp.experts.gate_up_proj"] = torch.cat([gate, up], 1)
        result[layer + "mlp.experts.down_proj"] = down
    return result


def microscaled(tensors):
    """gpt-oss's experts in MXFP4 blocks, as published: any bytes are numbers; scales near 2^-2 keep them of useful size."""
    g = torch.Generator().manual_seed(5)
    result = {}
    for name, tensor in tensors.items():
        if name.endswith(("gate_up_proj", "down_proj")):
            experts, inputs, outputs = tensor.shape
            result[name + "_blocks"] = torch.randint(0, 256, (experts, outputs, inputs // 32, 16), generator=g, dtype=torch.uint8)
            result[name + "_scales"] = torch.randint(122, 125, (experts, outputs, inputs // 32), generator=g, dtype=torch.uint8)
        else:
            result[name] = tensor
    return result


def yarn(**more):
    return {"rope_type": "yarn", "rope_theta": 150000.0, "factor": 4.0, "original_max_position_embeddings": 16,
            "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False, **more}


FIXTURES = {
    "gpt-oss": ("GptOssForCausalLM", dict(
        DECODER, num_local_experts=4, num_experts_per_tok=2, head_dim=8, sliding_window=5, num_hidden_layers=3,
        rope_parameters=yarn()), dict(style="published")),
    "gpt-oss-full": ("GptOssForCausalLM", dict(
        DECODER, num_local_experts=6, num_experts_per_tok=4, head_dim=6, num_key_value_heads=1, swiglu_limit=0.5,
        layer_types=["full_attention", "sliding_attention"], sliding_window=3,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}), dict(dtype="bfloat16")),
    "gpt-oss-mxfp4": ("GptOssForCausalLM", dict(
        DECODER, hidden_size=32, intermediate_size=32, num_local_experts=3, num_experts_per_tok=2, head_dim=8, sliding_window=6,
        rope_parameters=yarn()), dict(style="published", dtype="bfloat16", transform=microscaled,
        config={"quantization_config": {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]}})),
    "mixtral": ("MixtralForCausalLM", dict(DECODER, num_local_experts=4, num_experts_per_tok=2, sliding_window=None),
                dict(style="published")),
    "mixtral-window": ("MixtralForCausalLM", dict(
        DECODER, num_local_experts=5, num_experts_per_tok=3, sliding_window=4, head_dim=8, num_key_value_heads=1,
        num_hidden_layers=3), dict(shards=2)),
    "mixtral-fused": ("MixtralForCausalLM", dict(DECODER, num_local_experts=3, num_experts_per_tok=1, sliding_window=None),
                      dict(dtype="bfloat16", transform=fused)),
    "qwen3-moe": ("Qwen3MoeForCausalLM", dict(
        DECODER, num_experts=6, num_experts_per_tok=3, moe_intermediate_size=12, norm_topk_prob=True, head_dim=8,
        num_hidden_layers=3, mlp_only_layers=[1]), dict(style="published")),
    "qwen3-moe-step": ("Qwen3MoeForCausalLM", dict(
        DECODER, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16, norm_topk_prob=False, head_dim=6,
        num_hidden_layers=4, decoder_sparse_step=2, tie_word_embeddings=True), {}),
}
