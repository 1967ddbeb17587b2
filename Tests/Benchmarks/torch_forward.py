"""torch's side: one forward over a prompt, logits of all positions, without a library's layers in between.

    python torch_forward.py MODEL_FOLDER TOKENS [THREADS]

Reads the published folder, runs once to warm up, says "ready", and then for every line on standard input runs once and
prints the seconds: so that compare.py can interleave it with other programs without its start-up time.
With - for TOKENS it measures reading instead: the seconds to go once over the weights that one decoded token needs.
"""
import json
import os
import sys
import time

THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 2
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

torch.set_num_threads(THREADS)
torch.set_grad_enabled(False)


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def prepare(folder):
    c = json.load(open(os.path.join(folder, "config.json")))
    w = load_file(os.path.join(folder, "model.safetensors"))
    heads, groups = c["num_attention_heads"], c["num_key_value_heads"]
    head, eps = c["hidden_size"] // heads, c["rms_norm_eps"]

    def forward(ids):
        t = len(ids)
        frequency = c["rope_theta"] ** (-torch.arange(0, head, 2).float() / head)
        angle = torch.arange(t).float()[:, None] * frequency
        cos, sin = torch.cat([angle.cos()] * 2, -1), torch.cat([angle.sin()] * 2, -1)
        x = w["model.embed_tokens.weight"][ids]
        norm = lambda x, g: F.rms_norm(x, (x.shape[-1],), g, eps)
        for i in range(c["num_hidden_layers"]):
            p = f"model.layers.{i}."
            n = norm(x, w[p + "input_layernorm.weight"])
            split = lambda name, k: F.linear(n, w[f"{p}self_attn.{name}.weight"]).view(t, k, head).transpose(0, 1)
            q, k = rotate(split("q_proj", heads), cos, sin), rotate(split("k_proj", groups), cos, sin)
            mixed = F.scaled_dot_product_attention(q[None], k[None], split("v_proj", groups)[None], is_causal=True, enable_gqa=heads != groups)
            x = x + F.linear(mixed[0].transpose(0, 1).reshape(t, -1), w[p + "self_attn.o_proj.weight"])
            n = norm(x, w[p + "post_attention_layernorm.weight"])
            x = x + F.linear(F.silu(F.linear(n, w[p + "mlp.gate_proj.weight"])) * F.linear(n, w[p + "mlp.up_proj.weight"]),
                             w[p + "mlp.down_proj.weight"])
        return F.linear(norm(x, w["model.norm.weight"]), w["lm_head.weight"])

    return forward, w


def main():
    forward, w = prepare(sys.argv[1])
    if sys.argv[2] == "-":
        # What decoding a token must read: all but the embedding table. As 32-bit words, whatever the dtype.
        flat = torch.cat([t.view(-1).view(torch.int32) for name, t in w.items() if "embed_tokens" not in name])
        run = lambda: flat.max()
        size = flat.numel() * 4
    else:
        ids = torch.arange(int(sys.argv[2])) % w["model.embed_tokens.weight"].shape[0]
        run, size = lambda: forward(ids), 0
    repeat = 1
    for _ in range(2):
        began = time.perf_counter()
        run()
        repeat = max(1, int(0.2 / (time.perf_counter() - began)))     # short runs are measured as a mean of many
    print(f"ready {size}", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(repeat):
            run()
        print((time.perf_counter() - began) / repeat, flush=True)


if __name__ == "__main__":
    main()
