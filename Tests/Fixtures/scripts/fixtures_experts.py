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


FOUR_BITS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]


def four_bits(tensors):
    """gpt-oss as it is published: experts [out, in] in blocks of 32 four-bit numbers with an exponent of two each (MXFP4)."""
    result = {}
    for name, w in tensors.items():
        if not name.endswith(("gate_up_proj", "down_proj")):
            result[name] = w
            continue
        blocks = w.float().transpose(1, 2).reshape(w.shape[0], w.shape[2], w.shape[1] // 32, 32)
        exponent = torch.ceil(torch.log2(blocks.abs().amax(-1) / 6))
        scaled = blocks / torch.exp2(exponent)[..., None]
        codes = (scaled.abs()[..., None] - torch.tensor(FOUR_BITS)).abs().argmin(-1) + 8 * (scaled < 0)
        result[name + "_blocks"] = (codes[..., 0::2] + 16 * codes[..., 1::2]).to(torch.uint8)
        result[name + "_scales"] = (exponent + 127).to(torch.uint8)
    return result


T5 = dict(vocab_size=48, d_model=20, d_kv=5, d_ff=32, num_layers=2, num_decoder_layers=2, num_heads=4, num_experts=4,
          num_sparse_encoder_layers=1, num_sparse_decoder_layers=1, relative_attention_num_buckets=8,
          relative_attention_max_distance=16, decoder_start_token_id=0, pad_token_id=0, eos_token_id=1)
OSS = dict(DECODER, num_local_experts=4, num_experts_per_tok=2, head_dim=8, sliding_window=4, rope_parameters={
    "rope_type": "yarn", "rope_theta": 150000.0, "factor": 4.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False,
    "original_max_position_embeddings": 16})

FIXTURES = {
    # Every second layer; room for all, as cached and whole decoding agree only then.
    "switch": ("SwitchTransformersForConditionalGeneration", dict(T5, expert_capacity=64), {}),
    # Experts that are full after two tokens drop the rest of the encoder's text; a decoder without experts (a step of 0).
    "switch-dropping": ("SwitchTransformersForConditionalGeneration", dict(
        T5, expert_capacity=2, num_experts=3, num_sparse_encoder_layers=2, num_sparse_decoder_layers=5, router_bias=True,
        layer_norm_epsilon=1e-3), dict(shards=2)),
    "switch-deep": ("SwitchTransformersForConditionalGeneration", dict(
        T5, num_layers=4, num_decoder_layers=3, d_kv=7, num_experts=5, num_sparse_encoder_layers=1, num_sparse_decoder_layers=3,
        dense_act_fn="gelu", expert_capacity=30), {}),
    # Three layers begin and end with a window; loud sinks; every published option silent in the second.
    "gpt-oss": ("GptOssForCausalLM", dict(OSS, num_hidden_layers=3), dict(style="published")),
    "gpt-oss-wide": ("GptOssForCausalLM", dict(
        OSS, num_local_experts=6, num_experts_per_tok=3, num_attention_heads=6, num_key_value_heads=1, intermediate_size=12,
        sliding_window=6, swiglu_limit=1.5, swiglu_alpha=1.2, layer_types=["full_attention", "sliding_attention"],
        tie_word_embeddings=True), dict(dtype="bfloat16", shards=2)),
    "gpt-oss-mxfp4": ("GptOssForCausalLM", dict(OSS, hidden_size=32, intermediate_size=64, num_local_experts=3), dict(
        style="published", dtype="bfloat16", transform=four_bits,
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
