"""Random checkpoints in LLaDA's layout, with what an equal LLaMA under a bidirectional mask makes of them.

transformers has no class for `model_type: llada` (the published files bring their own code), so the reference is
LlamaForCausalLM with the same numbers and every cell of its mask open. expected.json holds logits, and the text
that the published sampler's rule (low confidence, no temperature, blocks from left to right) fills in.
"""
import json
import os
import shutil
import sys

import zoo
from zoo import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checkpoints")
NAMES = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ff_norm", "self_attn.q_proj": "q_proj",
         "self_attn.k_proj": "k_proj", "self_attn.v_proj": "v_proj", "self_attn.o_proj": "attn_out",
         "mlp.gate_proj": "ff_proj", "mlp.up_proj": "up_proj", "mlp.down_proj": "ff_out"}
FIXTURES = {
    "llada": dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4,
                  intermediate_size=40, vocab_size=61, rope_theta=500000.0, rms_norm_eps=1e-5, extra_rows=3),
    "llada-gqa": dict(hidden_size=30, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1,
                      intermediate_size=52, vocab_size=48, rope_theta=10000.0, rms_norm_eps=1e-3, extra_rows=0),
}


def published(name):
    if name == "model.embed_tokens.weight":
        return "model.transformer.wte.weight"
    if name == "model.norm.weight":
        return "model.transformer.ln_f.weight"
    if name == "lm_head.weight":
        return "model.transformer.ff_out.weight"
    n, rest = name.removeprefix("model.layers.").split(".", 1)
    return f"model.transformer.blocks.{n}.{NAMES[rest.removesuffix('.weight')]}.weight"


def forward(model, ids):
    t = len(ids)
    return model(input_ids=torch.tensor([ids]), attention_mask=torch.zeros(1, 1, t, t), use_cache=False).logits[0]


def fill(model, mask, prompt, count, steps, block):
    """The published sampler without temperature; also the smallest gap of any decision."""
    x, gap = prompt + [mask] * count, float("inf")
    for start in range(len(prompt), len(x), block):
        end = min(start + block, len(x))
        rounds = max(1, steps * (end - start) // count)
        for s in range(rounds):
            masked = [i for i in range(start, end) if x[i] == mask]
            total = end - start
            quota = total // rounds + (1 if s < total % rounds else 0)
            p = torch.softmax(forward(model, x).double(), -1)
            best = p.topk(2, -1).values
            ranked = sorted(masked, key=lambda i: -float(best[i, 0]))
            gap = min([gap] + [float(best[i, 0] - best[i, 1]) for i in ranked[:quota]])
            if quota < len(ranked):
                gap = min(gap, float(best[ranked[quota - 1], 0] - best[ranked[quota], 0]))
            for i in ranked[:quota]:
                x[i] = int(p[i].argmax())
    return x[len(prompt):], gap


def make(name):
    config = dict(FIXTURES[name])
    extra = config.pop("extra_rows")
    rows, mask = config["vocab_size"] + extra, config["vocab_size"] - 1
    theta = config.pop("rope_theta")
    folder = os.path.join(ROOT, name)
    for seed in range(500):
        model = zoo.randomise(zoo.build("LlamaForCausalLM", **dict(
            config, vocab_size=rows, rope_parameters=dict(rope_type="default", rope_theta=theta),
            tie_word_embeddings=False)), seed)
        g = torch.Generator().manual_seed(seed)
        ids = torch.randint(0, config["vocab_size"], (17,), generator=g).tolist()
        with_end, other = forward(model, ids), forward(model, ids[:-1] + [(ids[-1] + 1) % rows])
        assert float((with_end[0] - other[0]).abs().max()) > 1e-3, "the first token must see the last"
        fills, smallest = [], float("inf")
        for steps, block in ((12, 12), (4, 12), (6, 4)):
            new, gap = fill(model, mask, ids[:5], 12, steps, block)
            if mask in new or len(set(new)) < 5:
                smallest = 0                               # a fill that repeats itself shows nothing
            smallest = min(smallest, gap)
            fills.append({"ids": ids[:5], "steps": steps, "block": block, "new": new})
        if smallest > 5e-4:
            break
    else:
        raise SystemExit(f"{name}: no seed keeps clear of near-ties")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    zoo.save_file({published(k): v.contiguous() for k, v in model.state_dict().items()},
                  os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    c = {"architectures": ["LLaDAModelLM"], "model_type": "llada", "block_type": "llama", "layer_norm_type": "rms",
         "activation_type": "silu", "d_model": config["hidden_size"], "n_layers": config["num_hidden_layers"],
         "n_heads": config["num_attention_heads"], "n_kv_heads": config["num_key_value_heads"],
         "mlp_hidden_size": config["intermediate_size"], "mlp_ratio": 4, "vocab_size": config["vocab_size"],
         "embedding_size": rows, "max_sequence_length": 64, "rope": True, "rope_theta": theta,
         "rope_full_precision": True, "rms_norm_eps": config["rms_norm_eps"], "include_bias": False,
         "include_qkv_bias": False, "weight_tying": False, "mask_token_id": mask, "eos_token_id": None,
         "input_emb_norm": False, "scale_logits": False, "torch_dtype": "float32"}
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump(c, f, indent=1)
        f.write("\n")
    numbers = lambda t: [[float(f"{x:.8g}") for x in row] for row in t.tolist()]
    expected = {"model_class": "LlamaForCausalLM, bidirectional", "seed": seed, "parameters": zoo.parameters(model),
                "cases": [{"ids": i, "logits": numbers(forward(model, i))} for i in (ids, ids[3:8] + [mask, mask])],
                "fills": fills, "smallest_gap": smallest}
    with open(os.path.join(folder, "expected.json"), "w") as f:
        json.dump(expected, f, separators=(",", ":"))
        f.write("\n")
    print(name, expected["parameters"], "parameters, seed", seed, "gap", smallest)


def reference(folder):
    """The equal LLaMA of a folder in LLaDA's layout."""
    c = json.load(open(os.path.join(folder, "config.json")))
    model = zoo.build("LlamaForCausalLM", hidden_size=c["d_model"], num_hidden_layers=c["n_layers"], num_attention_heads=c["n_heads"],
                      num_key_value_heads=c["n_kv_heads"], intermediate_size=c["mlp_hidden_size"], vocab_size=c["embedding_size"],
                      rms_norm_eps=c["rms_norm_eps"], rope_parameters=dict(rope_type="default", rope_theta=c["rope_theta"]),
                      tie_word_embeddings=False)
    tensors = zoo.load_file(os.path.join(folder, "model.safetensors"))
    model.load_state_dict({n: tensors[published(n)] for n in model.state_dict()})
    return model


if __name__ == "__main__":
    for name in sys.argv[1:] or FIXTURES:
        make(name)
