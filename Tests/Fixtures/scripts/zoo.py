"""Random checkpoints of the published architectures, saved as published files are.

Shared by make_checkpoints.py (the committed fixtures) and compare.py (fresh ones, held out).
A model is made from its configuration class, given loud weights (so that a forgotten bias, a wrong
epsilon or a transposed matrix shows in the logits), saved, its config.json rewritten in the wanted
style, and *loaded again*: what is compared is always what the reference makes of the files.
"""
import contextlib
import io
import json
import os
import tempfile
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
warnings.filterwarnings("ignore")

import torch
import transformers
from safetensors.torch import load_file, save_file

transformers.logging.set_verbosity_error()
with contextlib.suppress(Exception):
    transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_grad_enabled(False)

ENCODERS = {"bert", "roberta", "albert", "electra", "distilbert"}
ROPE_FAMILIES = {"llama", "mistral", "qwen2", "qwen3"}


def build(model_class, **config):
    """A model of `model_class` (a name) with its configuration class's defaults replaced by `config`."""
    cls = getattr(transformers, model_class)
    configuration = cls.config_class(**config)
    configuration.architectures = [model_class]
    configuration._attn_implementation = "eager"
    model = cls(configuration).eval()
    if "forced_bos_token_id" in config:                    # this version keeps it in generation_config.json alone
        model.generation_config.forced_bos_token_id = config["forced_bos_token_id"]
    if config.get("tie_word_embeddings") is False and hasattr(model, "shared"):
        # T5: this version ties every fresh model; a head of its own comes only from the file.
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone(), requires_grad=False)
    return model


def randomise(model, seed, gain=1.2):
    """Matrices N(0, gain/√fan_in), embeddings N(0, 0.7), norms around 1, biases away from 0."""
    g = torch.Generator().manual_seed(seed)
    noise = lambda p: torch.randn(p.shape, generator=g)
    for name, p in model.named_parameters():
        if name.endswith("A_log"):
            p.copy_(torch.rand(p.shape, generator=g) * 3 - 1.5)
        elif name.endswith("time_decay"):
            p.copy_(torch.rand(p.shape, generator=g) * 5 - 4)            # from nearly for ever to nearly nothing
        elif name.endswith("sinks"):
            p.copy_(noise(p))
        elif "experts." in name and p.dim() == 3:                            # stacked, [experts, in, out] in gpt-oss
            p.copy_(gain / p.shape[1 if type(model).__name__.startswith("GptOss") else 2]**0.5 * noise(p))
        elif name.endswith("proj_bias"):
            p.copy_(0.25 * noise(p))
        elif p.dim() == 1:
            norm = name.endswith("weight")
            p.copy_((1.0 if norm else 0.0) + 0.25 * noise(p))
        elif "relative_attention_bias" in name:
            p.copy_(1.5 * noise(p))
        elif "embed" in name or "wte" in name or "wpe" in name or "shared" in name:
            p.copy_(0.7 * noise(p))
        else:
            conv1d = type(model).__name__.startswith(("GPT2", "OpenAIGPT")) and ".c_" in name
            fan_in = p.shape[0] if conv1d else p.shape[-1]
            p.copy_(gain / fan_in**0.5 * noise(p))
    for name, b in model.named_buffers():
        if name.endswith("e_score_correction_bias"):                         # below zero: a group left out by 0 would win
            b.copy_(0.2 * noise(b) - 1.2)
        if name == "final_logits_bias":
            b.copy_(0.5 * noise(b))
    return model


def is_encoder(model):
    """Reads a text both ways and does not write."""
    return model.config.model_type in ENCODERS


def published_style(config):
    """config.json as older versions wrote it: top-level rope_theta and rope_scaling, torch_dtype."""
    c = dict(config)
    rope = c.pop("rope_parameters", None)
    if rope is not None:
        rope = dict(rope)
        theta = rope.pop("rope_theta", None)
        if theta is not None:
            c["rope_theta"] = theta
        if "partial_rotary_factor" in rope:
            c["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
        c["rope_scaling"] = None if rope.get("rope_type", "default") == "default" else rope
    if c.get("model_type") != "qwen3_next":                # elsewhere older keys say the same
        c.pop("layer_types", None)
    if "scale_decoder_outputs" in c:                       # T5: the newer name of the older key's effect
        c["tie_word_embeddings"] = c.pop("scale_decoder_outputs")
    if "dtype" in c:
        c["torch_dtype"] = c.pop("dtype")
    c["transformers_version"] = "4.40.0"
    return c


def save(model, folder, style="newer", dtype="float32", shards=0, rename=None, extra=None, drop=None,
         edit_config=None, transform=None):
    """Writes config.json, generation_config.json and the weights as a published folder has them.

    rename: old tensor name → new one; extra: tensors to add; drop: names to leave out;
    shards: number of files (0 = one file without index); transform: all tensors → all tensors (another published layout).
    """
    os.makedirs(folder, exist_ok=True)
    model = model.to(getattr(torch, dtype))
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        model.save_pretrained(folder)
    path = os.path.join(folder, "config.json")
    config = json.load(open(path))
    config.pop("_name_or_path", None)
    config["dtype"] = dtype
    if style == "published":
        config = published_style(config)
    if edit_config:
        edit_config(config)
    with open(path, "w") as f:
        json.dump(config, f, indent=1)
        f.write("\n")
    weights = os.path.join(folder, "model.safetensors")
    if rename or extra or drop or shards or transform:
        tensors = load_file(weights)
        for name in drop or []:
            del tensors[name]
        if rename:
            tensors = {rename(k): v.contiguous() for k, v in tensors.items()}
        tensors.update(extra or {})
        if transform:
            tensors = {k: v.contiguous() for k, v in transform(tensors).items()}
        if not shards:
            save_file(tensors, weights, metadata={"format": "pt"})
        else:
            os.remove(weights)
            names, weight_map, total = sorted(tensors), {}, 0
            for n in range(shards):
                file = f"model-{n + 1:05d}-of-{shards:05d}.safetensors"
                part = {k: tensors[k] for k in names[n::shards]}
                save_file(part, os.path.join(folder, file), metadata={"format": "pt"})
                weight_map.update({k: file for k in part})
                total += sum(t.numel() * t.element_size() for t in part.values())
            index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
            with open(weights + ".index.json", "w") as f:
                json.dump(index, f, indent=1)
                f.write("\n")


def block_scaled(tensors, block, keep):
    """Matrices as 8-bit floats with a float32 scale for each block; names that `keep` says stay as they are."""
    result = dict(tensors)
    for name, w in tensors.items():
        if w.dim() != 2 or keep(name):
            continue
        rows, columns = -(-w.shape[0] // block), -(-w.shape[1] // block)
        scales = torch.stack([torch.stack([
            w[i * block:(i + 1) * block, j * block:(j + 1) * block].abs().max() / 448 for j in range(columns)]) for i in range(rows)])
        result[name] = (w / spread(scales, block, w.shape)).to(torch.float8_e4m3fn)
        result[name + "_scale_inv"] = scales.float()
    return result


def spread(scales, block, shape):
    """A scale for every number, from one for every block."""
    return scales.repeat_interleave(block, 0).repeat_interleave(block, 1)[:shape[0], :shape[1]]


def decoded(folder):
    """A copy of a folder of 8-bit or 4-bit blocks with plain numbers (the reference refuses blocks that are cut off, and what fits no GPU)."""
    config = json.load(open(os.path.join(folder, "config.json")))
    quantization = config.pop("quantization_config")
    tensors = load_file(os.path.join(folder, "model.safetensors"))
    if quantization["quant_method"] == "mxfp4":
        from transformers.integrations.mxfp4 import convert_moe_packed_tensors
        plain = {n: t for n, t in tensors.items() if not n.endswith(("_blocks", "_scales"))}
        plain.update({n[:-len("_blocks")]: convert_moe_packed_tensors(t, tensors[n[:-len("blocks")] + "scales"])
                      for n, t in tensors.items() if n.endswith("_blocks")})
        return copied(config, plain)
    block = quantization["weight_block_size"][0]
    plain = {n: t.float() * spread(tensors[n + "_scale_inv"], block, t.shape) if n + "_scale_inv" in tensors else t
             for n, t in tensors.items() if not n.endswith("_scale_inv")}
    return copied(config, plain)


def copied(config, tensors):
    """A temporary folder with this configuration and these numbers."""
    copy = tempfile.mkdtemp()
    with open(os.path.join(copy, "config.json"), "w") as f:
        json.dump(config, f)
    save_file(tensors, os.path.join(copy, "model.safetensors"), metadata={"format": "pt"})
    return copy


def reload(folder, model_class):
    """The reference's reading of the folder, in float32; refuses to go on if it missed a tensor."""
    cls = getattr(transformers, model_class)
    if "quantization_config" in json.load(open(os.path.join(folder, "config.json"))):
        folder = decoded(folder)
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        model, info = cls.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    missing = [k for k in info["missing_keys"]]
    if missing or info["mismatched_keys"]:
        raise SystemExit(f"{folder}: the reference misses {missing} {info['mismatched_keys']}")
    return model.eval()


def parameters(model):
    """Parameters of the class, tied tensors once, buffers not."""
    return sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())


def stop_ids(model):
    eos = model.config.eos_token_id if hasattr(model.config, "eos_token_id") else None
    if eos is None:
        return set()
    return set(eos) if isinstance(eos, (list, tuple)) else {eos}


def forward(model, ids, decoder_ids=None):
    """Logits [positions, vocabulary] of one sequence, no cache."""
    ids = torch.tensor([ids])
    if model.config.is_encoder_decoder:
        return model(input_ids=ids, decoder_input_ids=torch.tensor([decoder_ids]), use_cache=False).logits[0]
    if is_encoder(model):
        return encoder_logits(model(input_ids=ids))[0]
    if model.config.model_type == "openai-gpt":            # its class has no cache
        return model(input_ids=ids).logits[0]
    return model(input_ids=ids, use_cache=False).logits[0]


def encoder_logits(out):
    """[batch, tokens, vocabulary]; of ELECTRA's discriminator [batch, tokens, 1]; None without a head."""
    logits = getattr(out, "prediction_logits", getattr(out, "logits", None))
    return logits[..., None] if logits is not None and logits.dim() == 2 else logits


def forced(model, done, count):
    """The id that generation must choose after `done` of `count` new ones; None: any."""
    g = model.generation_config
    if done == count - 1 and g.forced_eos_token_id is not None:
        return g.forced_eos_token_id
    return g.forced_bos_token_id if done == 0 else None


def greedy(model, ids, count):
    """New ids (the stop token included) and the smallest gap between the best two logits on the way."""
    new, gap, stop = [], float("inf"), stop_ids(model)
    encoder_decoder = model.config.is_encoder_decoder
    start = [model.config.decoder_start_token_id] if encoder_decoder else list(ids)
    while len(new) < count:
        logits = forward(model, ids, start + new) if encoder_decoder else forward(model, start + new)
        must = forced(model, len(new), count)
        best = torch.topk(logits[-1], 2).values
        if must is None:
            gap = min(gap, float(best[0] - best[1]))
        new.append(int(logits[-1].argmax()) if must is None else must)
        if new[-1] in stop:
            break
    return new, gap


def generated(model, ids, count):
    """The same through the reference's own cached generation."""
    c = model.config                                       # the reference's cache is sized by num_layers
    cached = c.model_type != "t5" or c.num_decoder_layers <= c.num_layers
    out = model.generate(
        torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), max_new_tokens=count,
        do_sample=False, num_beams=1, use_cache=cached, pad_token_id=0)[0].tolist()
    return out[1:] if model.config.is_encoder_decoder else out[len(ids):]
