"""Makes Tests/Fixtures/checkpoints/: tiny random checkpoints and what the reference says about them.

    python make_checkpoints.py [NAME …]        (no names: all)

Each folder: config.json, model.safetensors (or shards), expected.json, and for a few
intermediates.safetensors. expected.json:

    {"model_class", "seed", "style", "parameters",
     "cases":  [{"ids", "logits": [[vocabulary] per position], …}]     float32, no cache, eager attention
     "greedy": {"ids", "new", "smallest_gap"}}                         smallest_gap > 1e-3: no near-ties

A case of an encoder has "mask" and "token_types" where they are not trivial, and "hidden" (last
hidden state), "pooled" and "next_sentence" where the class has them; padded positions hold null.
A case of an encoder–decoder has "decoder_ids". Half-precision weights are upcast to float32.
Intermediates carry Orrery's names and no batch axis: pattern [heads, queries, keys], others [positions, width].
Deterministic: the same seeds give the same bytes with the same versions (transformers 5.23, torch 2.13).
"""
import json
import os
import shutil
import sys

import fixtures_experts
import fixtures_keys
import fixtures_latent
import fixtures_recurrent
import fixtures_spaces
import zoo
from zoo import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checkpoints")

LLAMA = dict(vocab_size=64, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=63,
             tie_word_embeddings=False)
GPT2 = dict(vocab_size=60, n_embd=24, n_layer=2, n_head=3, n_positions=40, bos_token_id=59, eos_token_id=59)
BERT = dict(vocab_size=50, hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=36,
            max_position_embeddings=32, type_vocab_size=2, pad_token_id=0)
ROBERTA = dict(BERT, pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1, max_position_embeddings=34)
DISTIL = dict(vocab_size=50, dim=20, n_layers=2, n_heads=4, hidden_dim=36, max_position_embeddings=32)
BART = dict(vocab_size=48, d_model=20, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=40, pad_token_id=1, bos_token_id=0, eos_token_id=2,
            decoder_start_token_id=2, forced_eos_token_id=2)
GPT1 = dict(vocab_size=60, n_embd=24, n_layer=2, n_head=3, n_positions=40)
NEO = dict(vocab_size=60, hidden_size=24, num_layers=2, num_heads=3, max_position_embeddings=40, window_size=4,
           attention_types=[[["global", "local"], 1]], bos_token_id=59, eos_token_id=59)
GEMMA3 = dict(vocab_size=64, hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
              head_dim=8, max_position_embeddings=64, sliding_window=4, query_pre_attn_scalar=12,
              layer_types=["sliding_attention", "sliding_attention", "full_attention"], pad_token_id=0, bos_token_id=2, eos_token_id=63)
GLM = dict(vocab_size=64, hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
           head_dim=8, max_position_embeddings=64, pad_token_id=0, eos_token_id=[62, 63])
T5 = dict(vocab_size=48, d_model=20, d_kv=5, d_ff=32, num_layers=2, num_heads=4, decoder_start_token_id=0,
          pad_token_id=0, eos_token_id=1)


def llama(**more):
    return dict(LLAMA, **more)


def rope(kind, theta=10000.0, **more):
    return {"rope_type": kind, "rope_theta": theta, **more}


def without(*prefixes):
    """Names without the first of these prefixes that they have."""
    def rename(name):
        for p in prefixes:
            if name.startswith(p):
                return name[len(p):]
        return name
    return rename


def gamma_beta(name):
    return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


# name → (class, configuration, options of zoo.save and of this script)
FIXTURES = {
    # GPT-2: as on the hub (no prefix, triangular buffers), and as fine-tuned ones are saved.
    "gpt2": ("GPT2LMHeadModel", GPT2, dict(
        style="published", rename=without("transformer."), intermediates=True,
        extra={f"h.{i}.attn.bias": torch.tril(torch.ones(40, 40)).view(1, 1, 40, 40) for i in range(2)})),
    "gpt2-prefixed": ("GPT2LMHeadModel", dict(
        GPT2, n_inner=40, activation_function="gelu", n_layer=3, layer_norm_epsilon=1e-3), {}),
    "gpt2-options": ("GPT2LMHeadModel", dict(
        GPT2, n_head=4, scale_attn_by_inverse_layer_idx=True, activation_function="relu", tie_word_embeddings=False), {}),
    "gpt2-f16": ("GPT2LMHeadModel", GPT2, dict(dtype="float16", style="published")),
    # LLaMA
    "llama": ("LlamaForCausalLM", llama(num_key_value_heads=4), dict(style="published", intermediates=True)),
    "llama-gqa": ("LlamaForCausalLM", llama(num_key_value_heads=2, num_attention_heads=6), {}),
    "llama-mqa": ("LlamaForCausalLM", llama(num_key_value_heads=1, rms_norm_eps=1e-2), dict(style="published")),
    "llama-head-dim": ("LlamaForCausalLM", llama(head_dim=10, num_hidden_layers=3), {}),
    "llama-tied": ("LlamaForCausalLM", llama(tie_word_embeddings=True), dict(style="published")),
    "llama-biases": ("LlamaForCausalLM", llama(attention_bias=True, mlp_bias=True), {}),
    "llama3": ("LlamaForCausalLM", llama(head_dim=16, rope_parameters=rope(
        "llama3", 500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=16), eos_token_id=[61, 62]), dict(style="published")),
    "llama3-newer": ("LlamaForCausalLM", llama(head_dim=16, tie_word_embeddings=True, rope_parameters=rope(
        "llama3", 10000.0, factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=24)), {}),
    "llama-linear": ("LlamaForCausalLM", llama(rope_parameters=rope("linear", 10000.0, factor=4.0)),
                     dict(style="published", legacy_type=True)),
    "llama-dynamic": ("LlamaForCausalLM", llama(
        max_position_embeddings=12, head_dim=8, rope_parameters=rope("dynamic", 10000.0, factor=2.0)),
        dict(style="published", prompt=4, new=7)),
    "llama-yarn": ("LlamaForCausalLM", llama(head_dim=16, rope_parameters=rope(
        "yarn", 10000.0, factor=4.0, original_max_position_embeddings=16)), {}),
    "llama-bf16": ("LlamaForCausalLM", llama(), dict(dtype="bfloat16", style="published")),
    "llama-f16-sharded": ("LlamaForCausalLM", llama(num_hidden_layers=3), dict(dtype="float16", shards=3)),
    "llama-stops": ("LlamaForCausalLM", llama(), dict(style="published", stop_at=5)),
    # Mistral
    "mistral-window": ("MistralForCausalLM", llama(sliding_window=5, head_dim=6), dict(style="published")),
    "mistral": ("MistralForCausalLM", llama(sliding_window=None, rope_parameters=rope("default", 1e6)), {}),
    # Qwen
    "qwen2": ("Qwen2ForCausalLM", llama(sliding_window=4, use_sliding_window=False), dict(style="published")),
    "qwen2-window": ("Qwen2ForCausalLM", llama(
        num_hidden_layers=3, sliding_window=4, use_sliding_window=True, max_window_layers=1), dict(style="published")),
    "qwen2-tied": ("Qwen2ForCausalLM", llama(
        tie_word_embeddings=True, sliding_window=6, use_sliding_window=True, num_hidden_layers=3,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters=rope("default", 1e6)), {}),
    "qwen3": ("Qwen3ForCausalLM", llama(head_dim=10, rms_norm_eps=1e-6), dict(style="published")),
    "qwen3-tied": ("Qwen3ForCausalLM", llama(
        head_dim=8, tie_word_embeddings=True, attention_bias=True, use_sliding_window=True, sliding_window=3,
        max_window_layers=1), {}),
    # BERT
    "bert": ("BertForMaskedLM", BERT, dict(style="published", intermediates=True)),
    "bert-gamma-beta": ("BertForPreTraining", BERT, dict(style="published", rename=gamma_beta)),
    "bert-gelu-new": ("BertForMaskedLM", dict(BERT, hidden_act="gelu_new", layer_norm_eps=1e-5), {}),
    "bert-relu-f16": ("BertForMaskedLM", dict(BERT, hidden_act="relu"), dict(dtype="float16")),
    "bert-model": ("BertModel", dict(BERT, type_vocab_size=3), dict(
        style="published", extra={"embeddings.position_ids": torch.arange(32).view(1, 32)})),
    # T5
    "t5": ("T5ForConditionalGeneration", dict(
        T5, feed_forward_proj="relu", relative_attention_num_buckets=8, relative_attention_max_distance=16),
        dict(style="published", intermediates=True)),
    "t5-v1.1": ("T5ForConditionalGeneration", dict(
        T5, d_kv=7, num_layers=3, num_decoder_layers=2, feed_forward_proj="gated-gelu", tie_word_embeddings=False,
        relative_attention_num_buckets=6, relative_attention_max_distance=10), dict(style="published")),
    "t5-defaults": ("T5ForConditionalGeneration", dict(
        T5, num_layers=1, num_decoder_layers=2, layer_norm_epsilon=1e-3), dict(shards=2)),
    "t5-bf16": ("T5ForConditionalGeneration", dict(
        T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False), dict(dtype="bfloat16")),
    # BERT's descendants
    "roberta": ("RobertaForMaskedLM", ROBERTA, dict(style="published")),
    "roberta-model": ("RobertaModel", dict(
        ROBERTA, pad_token_id=3, type_vocab_size=2, hidden_act="gelu_new", layer_norm_eps=1e-5), dict(dtype="float16")),
    "albert": ("AlbertForMaskedLM", dict(BERT, embedding_size=8, num_hidden_layers=3), dict(style="published")),
    "albert-groups": ("AlbertForPreTraining", dict(
        BERT, embedding_size=12, num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu_new"), {}),
    "albert-uneven": ("AlbertModel", dict(
        BERT, embedding_size=6, num_hidden_layers=5, num_hidden_groups=2, layer_norm_eps=1e-5), dict(dtype="bfloat16")),
    "electra-generator": ("ElectraForMaskedLM", dict(BERT, embedding_size=28, hidden_act="relu"), dict(style="published")),
    "electra-discriminator": ("ElectraForPreTraining", dict(BERT, embedding_size=20, num_hidden_layers=3), {}),
    "distilbert": ("DistilBertForMaskedLM", DISTIL, dict(style="published")),
    "distilbert-relu": ("DistilBertForMaskedLM", dict(DISTIL, activation="relu", n_layers=1, n_heads=5), dict(dtype="float16")),
    # BART and mBART
    "bart": ("BartForConditionalGeneration", dict(BART, forced_bos_token_id=0), dict(style="published")),
    "bart-scaled": ("BartForConditionalGeneration", dict(
        BART, encoder_layers=1, decoder_layers=3, encoder_attention_heads=2, decoder_attention_heads=5, encoder_ffn_dim=24,
        decoder_ffn_dim=40, scale_embedding=True, activation_function="relu", forced_eos_token_id=None), dict(
        rename=without("model."), drop=["final_logits_bias"], new=3)),
    "mbart": ("MBartForConditionalGeneration", dict(BART, scale_embedding=True, encoder_layers=3), dict(new=4)),
    # GPT-1 and GPT-Neo
    "gpt1": ("OpenAIGPTLMHeadModel", GPT1, dict(style="published", rename=without("transformer."))),
    "gpt1-relu": ("OpenAIGPTLMHeadModel", dict(GPT1, afn="relu", n_layer=3, n_head=4, layer_norm_epsilon=1e-3), dict(dtype="float16")),
    "gpt-neo": ("GPTNeoForCausalLM", NEO, dict(style="published")),
    "gpt-neo-local": ("GPTNeoForCausalLM", dict(
        NEO, num_layers=3, num_heads=2, window_size=7, attention_types=[[["local"], 2], [["global"], 1]], intermediate_size=40,
        activation_function="relu"), {}),
    # GLM-4
    "glm": ("GlmForCausalLM", GLM, dict(style="published")),
    "glm-quarter": ("GlmForCausalLM", dict(
        GLM, num_key_value_heads=1, head_dim=16, attention_bias=False, num_hidden_layers=3, tie_word_embeddings=True,
        rope_parameters=rope("default", 500.0, partial_rotary_factor=0.25)), {}),
    "glm4": ("Glm4ForCausalLM", dict(GLM, rms_norm_eps=1e-5), dict(style="published")),
    # No family in Swift: a page alone.
    "gemma3": ("Gemma3ForCausalLM", GEMMA3, {}),
    "gemma3-wide": ("Gemma3ForCausalLM", dict(
        GEMMA3, num_hidden_layers=4, num_key_value_heads=1, head_dim=10, query_pre_attn_scalar=7, rms_norm_eps=1e-3, attention_bias=True,
        layer_types=["sliding_attention", "full_attention"] * 2, tie_word_embeddings=False,
        rope_parameters={"sliding_attention": rope("default", 500.0), "full_attention": rope("linear", 20000.0, factor=4.0)}),
        dict(dtype="bfloat16")),
    "glm4-no-bias": ("Glm4ForCausalLM", dict(
        GLM, attention_bias=False, num_attention_heads=6, num_key_value_heads=3, head_dim=6, num_hidden_layers=3,
        rope_parameters=rope("default", 10000.0, partial_rotary_factor=1.0)), dict(dtype="bfloat16")),
}


FIXTURES.update(fixtures_experts.FIXTURES)
FIXTURES.update(fixtures_latent.FIXTURES)
FIXTURES.update(fixtures_keys.FIXTURES)
FIXTURES.update(fixtures_recurrent.FIXTURES)
FIXTURES.update(fixtures_spaces.FIXTURES)


def numbers(t):
    """Nested lists of floats with seven significant digits (enough for 1e-4 of the largest logit)."""
    if t.dim() == 0:
        return float(f"{float(t):.7g}")
    return [numbers(x) for x in t]


def draw(g, vocabulary, length, low=2):
    return torch.randint(low, vocabulary - 2, (length,), generator=g).tolist()


def encoder_cases(model, g):
    """Three texts of unequal lengths as one padded batch, the second and third with segments."""
    vocabulary, lengths = model.config.vocab_size, [17, 9, 13]
    width, pad = max(lengths), getattr(model.config, "pad_token_id", None) or 0
    segments = getattr(model.config, "type_vocab_size", 0)
    ids = [draw(g, vocabulary, n, low=max(2, pad + 1)) + [pad] * (width - n) for n in lengths]
    mask = [[1] * n + [0] * (width - n) for n in lengths]
    if model.config.model_type == "roberta":               # positions follow the tokens that are no padding
        ids[1], mask[1] = ids[1][::-1], mask[1][::-1]
    types = [[0] * width, [min(int(i >= 4), max(segments, 1) - 1) for i in range(width)],
             [min(i // 5, max(segments, 1) - 1) for i in range(width)]]
    given = {"token_type_ids": torch.tensor(types)} if segments else {}
    out = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), output_hidden_states=True, **given)
    logits = zoo.encoder_logits(out)
    hidden = out.hidden_states[-1]
    pooler = getattr(model.base_model, "pooler", None)
    if isinstance(pooler, torch.nn.Linear):                # ALBERT keeps the tanh beside its matrix
        matrix, pooler = pooler, lambda hidden: torch.tanh(matrix(hidden[:, 0]))
    cases = []
    for b, n in enumerate(lengths):
        case = {"ids": ids[b], "mask": mask[b], "token_types": types[b]}
        if not segments:
            del case["token_types"]
        row = lambda t: [numbers(t[b, i]) if mask[b][i] else None for i in range(width)]
        if logits is not None:
            case["logits"] = row(logits)
        case["hidden"] = row(hidden)
        if pooler is not None:
            case["pooled"] = numbers(pooler(hidden)[b])
        for head in ("seq_relationship_logits", "sop_logits"):
            if hasattr(out, head):
                case["next_sentence"] = numbers(getattr(out, head)[b])
        cases.append(case)
    return cases


def watch(model, ids, decoder_ids=None):
    """Named intermediates of one run, under Orrery's names."""
    kept = {}

    def keep(name, pick=lambda inputs, output: output[0] if isinstance(output, tuple) else output):
        def hook(_, inputs, output):
            kept[name] = pick(inputs, output)[0].contiguous().clone()
        return hook

    first = lambda inputs, output: inputs[0]
    kind = model.config.model_type
    if kind == "gpt2":
        for i, layer in enumerate(model.transformer.h):
            p = f"layers.{i}."
            layer.register_forward_hook(keep(p + "residual"))
            layer.attn.register_forward_hook(keep(p + "attention.output"))
            layer.attn.register_forward_hook(keep(p + "attention.pattern", lambda _, out: out[1]))
            layer.mlp.register_forward_hook(keep(p + "feedForward.output"))
            layer.mlp.c_proj.register_forward_hook(keep(p + "feedForward.hidden", first))
        model.transformer.drop.register_forward_hook(keep("embedding"))
    elif kind == "llama":
        for i, layer in enumerate(model.model.layers):
            p = f"layers.{i}."
            layer.register_forward_hook(keep(p + "residual"))
            layer.self_attn.register_forward_hook(keep(p + "attention.output"))
            layer.self_attn.register_forward_hook(keep(p + "attention.pattern", lambda _, out: out[1]))
            layer.mlp.register_forward_hook(keep(p + "feedForward.output"))
            layer.mlp.up_proj.register_forward_hook(keep(p + "feedForward.up"))
            layer.mlp.down_proj.register_forward_hook(keep(p + "feedForward.hidden", first))
        model.model.embed_tokens.register_forward_hook(keep("embedding"))
    elif kind == "bert":
        for i, layer in enumerate(model.bert.encoder.layer):
            p = f"layers.{i}."
            layer.register_forward_hook(keep(p + "residual"))
            layer.attention.self.register_forward_hook(keep(p + "attention.pattern", lambda _, out: out[1]))
            layer.attention.output.dense.register_forward_hook(keep(p + "attention.output"))
            layer.intermediate.register_forward_hook(keep(p + "feedForward.hidden"))
            layer.output.dense.register_forward_hook(keep(p + "feedForward.output"))
        model.bert.embeddings.register_forward_hook(keep("embedding"))
    elif kind == "t5":
        for side, stack in (("encoder", model.encoder), ("decoder", model.decoder)):
            for i, block in enumerate(stack.block):
                p = f"{side}.layers.{i}."
                block.register_forward_hook(keep(p + "residual"))
                block.layer[0].SelfAttention.register_forward_hook(keep(p + "attention.output"))
                block.layer[-1].DenseReluDense.register_forward_hook(keep(p + "feedForward.output"))
                if side == "decoder":
                    block.layer[1].EncDecAttention.register_forward_hook(keep(p + "crossAttention.output"))
    if kind == "t5":
        out = model(input_ids=torch.tensor([ids]), decoder_input_ids=torch.tensor([decoder_ids]), use_cache=False,
                    output_attentions=True)
        for side, patterns in (("encoder.layers.{}.attention", out.encoder_attentions),
                               ("decoder.layers.{}.attention", out.decoder_attentions),
                               ("decoder.layers.{}.crossAttention", out.cross_attentions)):
            for i, pattern in enumerate(patterns):
                kept[side.format(i) + ".pattern"] = pattern[0].contiguous()
    else:
        model(input_ids=torch.tensor([ids]), **({} if kind == "bert" else {"use_cache": False}))
    return kept


def make(name):
    model_class, config, options = FIXTURES[name]
    options = dict(options)
    intermediates = options.pop("intermediates", False)
    prompt_length, count = options.pop("prompt", 7), options.pop("new", 12)
    stop_at, legacy_type = options.pop("stop_at", None), options.pop("legacy_type", False)
    rewrite = options.pop("edit_config", None)
    folder = os.path.join(ROOT, name)
    added, further = options.pop("config", {}), options.pop("predictions", 0)

    def edit(c):
        c.update(added)
        if legacy_type:                                    # the oldest spelling of rope_scaling
            c["rope_scaling"] = {"type": c["rope_scaling"]["rope_type"], "factor": c["rope_scaling"]["factor"]}
        if rewrite:
            rewrite(c)

    base = sum(ord(ch) * 31**i for i, ch in enumerate(name)) % 100000
    for seed in range(base, base + 200):
        shutil.rmtree(folder, ignore_errors=True)
        model = zoo.randomise(zoo.build(model_class, **config), seed)
        if further:
            made = fixtures_latent.modules(model, further, seed)
            options["extra"] = fixtures_latent.published(made, len(model.model.layers))
        zoo.save(model, folder, edit_config=edit, **options)
        model = zoo.reload(folder, model_class)
        g = torch.Generator().manual_seed(seed)
        vocabulary = model.config.vocab_size
        expected = {"model_class": model_class, "seed": seed, "style": options.get("style", "newer"),
                    "parameters": zoo.parameters(model)}
        if further:
            expected["parameters"] += zoo.parameters(made)
        if zoo.is_encoder(model):
            expected["cases"] = encoder_cases(model, g)
            ids, decoder_ids = expected["cases"][0]["ids"], None
        else:
            ids = draw(g, vocabulary, 23)
            prompt = ids[:prompt_length]
            new, gap = zoo.greedy(model, prompt, count)
            if stop_at:                                    # make the id it says at that step a stop token
                stop = new[stop_at]
                if stop in new[:stop_at]:
                    continue
                for file in ("config.json", "generation_config.json"):
                    path = os.path.join(folder, file)
                    c = json.load(open(path))
                    c["eos_token_id"] = stop
                    json.dump(c, open(path, "w"), indent=1)
                model = zoo.reload(folder, model_class)
                new, gap = zoo.greedy(model, prompt, count)
            early = len(new) < count
            varied = len(set(new)) >= min(5, len(new) - 1)
            if gap <= 2e-3 or early != bool(stop_at) or not varied:
                continue
            if zoo.generated(zoo.reload(folder, model_class), prompt, count) != new:
                raise SystemExit(f"{name}: the reference's own cached generation disagrees")
            if model.config.is_encoder_decoder:
                decoder_ids = [model.config.decoder_start_token_id] + draw(g, vocabulary, 20)
                expected["cases"] = [
                    {"ids": i, "decoder_ids": d, "logits": numbers(zoo.forward(model, i, d))}
                    for i, d in ((ids, decoder_ids[:12]), (ids[:6], decoder_ids))]
                decoder_ids = decoder_ids[:12]
            else:
                decoder_ids = None
                expected["cases"] = [{"ids": i, "logits": numbers(zoo.forward(zoo.reload(folder, model_class), i))}
                                     for i in (ids, ids[5:8])]
            if further:
                expected["predictions"] = [numbers(t) for t in fixtures_latent.predicted(made, model, ids)]
            expected["greedy"] = {"ids": prompt, "new": new, "smallest_gap": float(f"{gap:.4g}")}
        break
    else:
        raise SystemExit(f"{name}: no seed keeps clear of near-ties")
    with open(os.path.join(folder, "expected.json"), "w") as f:
        json.dump(expected, f, separators=(",", ":"))
        f.write("\n")
    if intermediates:
        kept = watch(model, ids, decoder_ids)
        zoo.save_file(kept, os.path.join(folder, "intermediates.safetensors"),
                      metadata={"ids": json.dumps(ids), "decoder_ids": json.dumps(decoder_ids)})
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print(f"{name:20} {expected['parameters']:7} parameters  seed {seed}  {size / 1024:.0f} kB")


if __name__ == "__main__":
    for name in sys.argv[1:] or FIXTURES:
        make(name)
