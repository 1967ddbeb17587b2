"""Changes one key of a tiny configuration after the other, and compares the command line's logits with the reference's.

    python mutations.py ORRERY [TYPE,…] [PART OF A LABEL]

For every model type: each key of its class with other values, left out and null; thirty ways to say rotary positions; and keys of other classes. The
reference reads the same config.json. A line for what differs or is refused, and a tally for each type. What is refused on purpose: sizes that are
left out, keys that belong to another arithmetic, and heads that do not divide. Known to differ: `rescale_prenorm_residual` (the reference rescales
loaded weights again), an indexer of few heads (ties among scores that are all 0).
"""
import contextlib
import copy
import dataclasses
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

import make_checkpoints
import zoo
from zoo import torch
import transformers
from transformers.configuration_utils import PreTrainedConfig

COMMON = {field.name for field in dataclasses.fields(PreTrainedConfig)}
NEVER = COMMON | {"vocab_size", "initializer_range", "bos_token_id", "eos_token_id", "use_cache"}
ACTIVATIONS = ["relu", "gelu", "gelu_new", "silu", "quick_gelu", "gelu_pytorch_tanh", "tanh"]


def rope(kind, **more):
    return dict({"rope_type": kind}, **more)


LLAMA3 = rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0)
YARN = rope("yarn", factor=4.0, original_max_position_embeddings=16)
LONG = rope("longrope", factor=2.0, short_factor=1.0, long_factor=2.0)                # the lists are filled in by the head's width
POSITIONS = [
    {"rope_scaling": rope("linear", factor=4.0)}, {"rope_scaling": {"type": "linear", "factor": 2.0}},
    {"rope_parameters": rope("linear", factor=4.0, rope_theta=500.0)}, {"rope_parameters": rope("default", rope_theta=300.0)},
    {"rope_parameters": rope("default", rope_theta=300.0), "rope_theta": 77.0}, {"rope_parameters": rope("default"), "rope_theta": 77.0},
    {"rope_parameters": rope("default", rope_theta=300.0), "rope_scaling": rope("linear", factor=4.0)},
    {"rope_parameters": rope("default", rope_theta=300.0), "rope_scaling": rope("linear", factor=4.0, rope_theta=99.0)},
    {"rope_parameters": rope("default", rope_theta=300.0), "rope_scaling": {}},
    {"rope_scaling": dict(LLAMA3, original_max_position_embeddings=16)}, {"rope_scaling": LLAMA3},
    {"rope_scaling": dict(LLAMA3, original_max_position_embeddings=16), "original_max_position_embeddings": 24},
    {"rope_scaling": YARN}, {"rope_scaling": rope("yarn", factor=4.0)}, {"rope_scaling": dict(YARN, beta_fast=8, beta_slow=2)},
    {"rope_scaling": dict(YARN, mscale=0.7, mscale_all_dim=0.4)}, {"rope_scaling": dict(YARN, mscale=0.7)}, {"rope_scaling": dict(YARN, mscale_all_dim=0.7)},
    {"rope_scaling": dict(YARN, attention_factor=1.3)}, {"rope_scaling": dict(YARN, truncate=False)},
    {"rope_scaling": YARN, "original_max_position_embeddings": 24}, {"rope_scaling": rope("dynamic", factor=2.0)},
    {"rope_scaling": rope("dynamic", factor=2.0), "max_position_embeddings": 8}, {"rope_scaling": dict(LONG, original_max_position_embeddings=16)},
    {"rope_scaling": dict(LONG, original_max_position_embeddings=8)}, {"rope_theta": 77.0}, {"rope_parameters": None, "rope_scaling": None},
    {"partial_rotary_factor": 0.5}, {"rope_parameters": rope("default", rope_theta=300.0, partial_rotary_factor=0.5)},
    {"rope_parameters": rope("default", rope_theta=300.0, partial_rotary_factor=0.25), "partial_rotary_factor": 0.5},
]
FOREIGN = dict(
    attention_bias=True, mlp_bias=True, partial_rotary_factor=0.5, rope_interleave=False, is_decoder=True, scale_embedding=True, sliding_window=3,
    use_sliding_window=True, max_window_layers=0, head_dim=6, norm_topk_prob=True, routed_scaling_factor=1.7, hidden_act="relu", activation="relu",
    activation_function="relu", dense_act_fn="gelu", feed_forward_proj="gelu", afn="relu", tie_word_embeddings=True, scale_attn_weights=False,
    scale_attn_by_inverse_layer_idx=True, layer_norm_eps=0.1, layer_norm_epsilon=0.1, rms_norm_eps=0.1, mixer_rms_eps=0.1, num_key_value_heads=1,
    n_inner=13, intermediate_size=13, rescale_every=1, swiglu_limit=0.5, swiglu_alpha=3.0, router_bias=True, n_group=2, topk_group=1, topk_method="greedy",
    mlp_only_layers=[0], decoder_sparse_step=2, encoder_sparse_step=2, first_k_dense_replace=1, expert_capacity=1, use_bias=True, use_conv_bias=False,
    mamba_rms_norm=True, key_multiplier=2.0, time_step_limit=[0.1, 0.2], window_size=2, projectors_bias=True, expand=4, state_size=4,
    scale_decoder_outputs=False, num_experts=2, num_local_experts=2, n_routed_experts=2, num_experts_per_tok=1, experts_per_token=1, hidden_size=12,
    num_hidden_layers=1, num_layers=1, n_layer=1, num_attention_heads=2, num_heads=2, n_head=2, n_embd=12, d_kv=3, max_position_embeddings=20, n_ctx=20,
    n_positions=20, original_max_position_embeddings=8, is_gated_act=True, scoring_func="softmax", relative_attention_num_buckets=4, embedding_size=8,
    full_attention_interval=2, num_decoder_layers=1, num_nextn_predict_layers=1, sinusoidal_pos_embds=True, type_vocab_size=1, index_topk=3,
    moe_intermediate_size=9, shared_expert_intermediate_size=9, n_shared_experts=2, encoder_layers=1, decoder_layers=1)


def types():
    """Of every model type the first plain fixture."""
    found = {}
    for model_class, config, options in make_checkpoints.FIXTURES.values():
        if "dtype" not in options and "transform" not in options and "edit_config" not in options:
            found.setdefault(getattr(transformers, model_class).config_class.model_type, (model_class, config))
    return found


def others(kind, key, value):
    """Other values of a key."""
    if isinstance(value, bool):
        return [not value]
    if key in ("hidden_act", "activation", "activation_function", "afn", "dense_act_fn", "feed_forward_proj"):
        return ACTIVATIONS + (["gated-silu", "gated-gelu"] if kind == "t5" else [])
    if isinstance(value, float):
        return [0.0, 0.05, 0.5] if "eps" in key else [50.0] if "theta" in key else [0.3, 1.7]
    return sorted({1, 2, 3, 2 * value, max(1, value // 2), value + 1} - {value}) if isinstance(value, int) else [3] if key == "sliding_window" else []


def mutants(kind, cls, config):
    own = {f.name: f.default if f.default is not dataclasses.MISSING else None for f in dataclasses.fields(cls)}
    for key, default in own.items():
        if key in NEVER or "drop" in key:
            continue
        for value in others(kind, key, config.get(key, default)):
            yield f"{key} = {value}", dict(config, **{key: value})
        if key in config:
            yield f"without {key}", {k: v for k, v in config.items() if k != key}
        if config.get(key, default) is not None:
            yield f"{key} = null", dict(config, **{key: None})
    for change in POSITIONS if "rope_parameters" in own else []:
        mutant = {k: v for k, v in config.items() if k != "rope_parameters"} | copy.deepcopy(change)
        width = config.get("head_dim") or config.get("qk_rope_head_dim") or config["hidden_size"] // config["num_attention_heads"]
        count = int(width * {"glm": 0.5, "glm4": 0.5, "qwen3_next": 0.25}.get(kind, 1)) // 2
        for section in (s for s in mutant.values() if isinstance(s, dict) and "short_factor" in s):
            for name, step in (("short_factor", 0.1), ("long_factor", 0.3)):
                section[name] = [section[name] + step * i for i in range(count)]
        yield json.dumps(change), mutant
    for key, value in FOREIGN.items():
        if key not in own and key not in config:
            yield f"with {key} = {value}", dict(config, **{key: value})


def verdict(program, kind, model_class, config, folder):
    """(what, detail): "same", "differs", "refused", or "reference" where the reference itself does not read or run it."""
    cls, raw = getattr(transformers, model_class), dict(config, model_type=kind, architectures=[model_class])
    try:
        configuration = cls.config_class.from_dict(copy.deepcopy(raw))
        configuration._attn_implementation = "eager"
        model = zoo.randomise(cls(configuration).eval(), 7)
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            model.save_pretrained(folder)
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(folder, "generation_config.json"))
        with open(os.path.join(folder, "config.json"), "w") as f:
            json.dump(raw, f)
        model = zoo.reload(folder, model_class)
        g = torch.Generator().manual_seed(7)
        ids = make_checkpoints.draw(g, configuration.vocab_size, 12, low=4)
        decoder = [0] + make_checkpoints.draw(g, configuration.vocab_size, 6, low=4) if configuration.is_encoder_decoder else None
        expected = zoo.forward(model, ids, decoder)
    except (Exception, SystemExit) as problem:
        return "reference", str(problem)
    if expected is None:
        return "reference", "no logits"
    arguments = [program, "logits", folder, "--ids", ",".join(map(str, ids)), "--format", "json"]
    done = subprocess.run(arguments + (["--decoder-ids", ",".join(map(str, decoder))] if decoder else []), capture_output=True, text=True)
    if done.returncode:
        return "refused", done.stderr.strip()
    got = torch.tensor(json.loads(done.stdout)["logits"]).reshape(expected.shape)
    difference = float((got - expected).abs().max() / expected.abs().max())
    return ("same" if difference < 1e-4 else "differs"), f"{difference:.1e}"


def main():
    known = types()
    wanted = sys.argv[2].split(",") if len(sys.argv) > 2 and sys.argv[2] else list(known)
    part = sys.argv[3] if len(sys.argv) > 3 else ""
    with tempfile.TemporaryDirectory() as root:
        for kind in wanted:
            model_class, config = known[kind]
            tally = {}
            for label, mutant in mutants(kind, getattr(transformers, model_class).config_class, dict(config)):
                if part not in label:
                    continue
                what, detail = verdict(os.path.abspath(sys.argv[1]), kind, model_class, mutant, os.path.join(root, kind))
                tally[what] = tally.get(what, 0) + 1
                if what in ("differs", "refused") or part:
                    print(f"{what:9} {kind}: {label}: {detail[-200:]}", flush=True)
            print(f"{kind}: {tally}", flush=True)


if __name__ == "__main__":
    main()
