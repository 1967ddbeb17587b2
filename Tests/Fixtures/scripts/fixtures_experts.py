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


FIXTURES = {
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
