"""The benchmark shapes as published folders and as GGUF, random weights N(0, 0.02).

    python shapes.py FOLDER        writes FOLDER/{standard-f32,standard-bf16,mini-f32}/ and FOLDER/standard-{f32,bf16}.gguf

standard: a LLaMA of 134 M parameters (width 768, 12 layers, 12 heads, feed-forward 2048, vocabulary 32000);
mini: 4 layers, width 128. GGUF files need the package gguf; what exists already is kept.
"""
import json
import os
import sys

import numpy as np

SHAPES = {
    "standard": dict(vocab_size=32000, hidden_size=768, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=12),
    "mini": dict(vocab_size=512, hidden_size=128, intermediate_size=352, num_hidden_layers=4, num_attention_heads=4),
}


def config(shape, dtype):
    c = dict(SHAPES[shape], architectures=["LlamaForCausalLM"], model_type="llama", hidden_act="silu", rms_norm_eps=1e-5,
             rope_theta=10000.0, max_position_embeddings=4096, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2,
             torch_dtype={"f32": "float32", "bf16": "bfloat16"}[dtype])
    return dict(c, num_key_value_heads=c["num_attention_heads"])


def weights(shape):
    """(published name, GGUF name, array) one after the other; the same numbers every time."""
    c, r = SHAPES[shape], np.random.default_rng(0)
    v, w, f = c["vocab_size"], c["hidden_size"], c["intermediate_size"]
    draw = lambda *size: r.standard_normal(size, dtype=np.float32) * np.float32(0.02)
    one = np.ones(w, np.float32)
    yield "model.embed_tokens.weight", "token_embd.weight", draw(v, w)
    yield "model.norm.weight", "output_norm.weight", one
    yield "lm_head.weight", "output.weight", draw(v, w)
    for i in range(c["num_hidden_layers"]):
        p, q = f"model.layers.{i}.", f"blk.{i}."
        yield p + "input_layernorm.weight", q + "attn_norm.weight", one
        yield p + "post_attention_layernorm.weight", q + "ffn_norm.weight", one
        for a, b in (("q_proj", "attn_q"), ("k_proj", "attn_k"), ("v_proj", "attn_v"), ("o_proj", "attn_output")):
            yield f"{p}self_attn.{a}.weight", f"{q}{b}.weight", draw(w, w)
        yield p + "mlp.gate_proj.weight", q + "ffn_gate.weight", draw(f, w)
        yield p + "mlp.up_proj.weight", q + "ffn_up.weight", draw(f, w)
        yield p + "mlp.down_proj.weight", q + "ffn_down.weight", draw(w, f)


def write_folder(folder, shape, dtype):
    import torch
    from safetensors.torch import save_file
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(os.path.join(folder, "model.safetensors")):
        return
    kind = {"f32": torch.float32, "bf16": torch.bfloat16}[dtype]
    save_file({name: torch.from_numpy(a).to(kind).clone() for name, _, a in weights(shape)},
              os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump(config(shape, dtype), f, indent=1)


def write_gguf(path, shape, dtype):
    import gguf
    if os.path.exists(path):
        return
    c, kind = SHAPES[shape], {"f32": gguf.GGMLQuantizationType.F32, "bf16": gguf.GGMLQuantizationType.BF16}[dtype]
    heads, vocabulary = c["num_attention_heads"], c["vocab_size"]
    w = gguf.GGUFWriter(path + ".part", "llama")
    w.add_context_length(4096)
    w.add_embedding_length(c["hidden_size"])
    w.add_block_count(c["num_hidden_layers"])
    w.add_feed_forward_length(c["intermediate_size"])
    w.add_head_count(heads)
    w.add_head_count_kv(heads)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(c["hidden_size"] // heads)
    w.add_vocab_size(vocabulary)
    w.add_file_type({"f32": 0, "bf16": 32}[dtype])
    w.add_tokenizer_model("llama")
    w.add_token_list([b"<unk>", b"<s>", b"</s>"] + [f"<0x{i:02X}>".encode() for i in range(256)]
                     + [f"t{i}".encode() for i in range(vocabulary - 259)])
    w.add_token_scores([-float(i) for i in range(vocabulary)])
    w.add_token_types([2, 3, 3] + [6] * 256 + [1] * (vocabulary - 259))
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    for _, name, a in weights(shape):
        if dtype == "bf16" and a.ndim == 2:
            q = gguf.quants.quantize(a, kind)
            w.add_tensor(name, q, raw_shape=q.shape, raw_dtype=kind)
        else:
            w.add_tensor(name, a)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    os.rename(path + ".part", path)


def write_all(folder, with_gguf=True):
    os.makedirs(folder, exist_ok=True)
    for shape, dtype in (("standard", "f32"), ("standard", "bf16"), ("mini", "f32")):
        write_folder(os.path.join(folder, f"{shape}-{dtype}"), shape, dtype)
    for dtype in ("f32", "bf16") if with_gguf else ():
        write_gguf(os.path.join(folder, f"standard-{dtype}.gguf"), "standard", dtype)


if __name__ == "__main__":
    write_all(sys.argv[1])
