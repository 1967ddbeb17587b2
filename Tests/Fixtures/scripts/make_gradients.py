"""Makes Tests/Fixtures/gradients/: what the reference says of the gradients of the tiny checkpoints.

    python make_gradients.py [NAME …]        (no names: all but those that say the same in another number format)

Each file: {"ids", "decoder_ids" or null, "token_types" or null, "loss", "tensors": {name: [norm, sum, along]}}: for every tensor of
model.safetensors, in the file's own layout, the L2 norm of its gradient, its sum, and its product with cos(0.7·i), i counting in row-major
order. Two rows (a text and its reverse), every position counted:

    loss = Σ wᵢ·crossEntropy(logitsᵢ, yᵢ),  i over rows and positions,  yᵢ = (5·i + 3) mod vocabulary,  wᵢ = (1 + i mod 3) / 2N

A model without a head over the vocabulary: Σ cos(0.3·i)·xᵢ / N over its output (logits of a discriminator, else the last hidden state).
Pooled vectors and the two-way head of a pair of texts, where the class has them: + Σ cos(0.5·i)·xᵢ.

Computed in double precision, also where the reference's code asks for single. Gradients are put in place of the weights and saved by the reference's own writer: so they have the names and the layout of the file.
"""
import contextlib
import json
import os
import sys
import tempfile

import make_checkpoints
import make_llada
import zoo
from zoo import torch

HERE = os.path.dirname(os.path.abspath(__file__))
SAME = {"gpt2-f16", "llama-bf16", "llama-f16-sharded", "llama-stops", "mamba-bf16", "rwkv-bf16", "deepseek-v3-fp8", "gpt-oss-mxfp4",
        "bert-relu-f16", "t5-bf16", "deepseek-v3-predicting"}


@contextlib.contextmanager
def double_precision():
    """Whoever asks for single precision gets double."""
    single, to_single = torch.float32, torch.Tensor.float
    torch.float32, torch.Tensor.float = torch.float64, torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.float32, torch.Tensor.float = single, to_single
        torch.set_default_dtype(single)


def weighted(x, rate):
    i = torch.arange(x.numel(), dtype=x.dtype)
    return (torch.cos(rate * i) * x.reshape(-1)).sum()


def loss_of(model, ids, decoder_ids, token_types):
    given = {}
    if decoder_ids:
        given["decoder_input_ids"] = torch.tensor(decoder_ids)
    if token_types:
        given["token_type_ids"] = torch.tensor(token_types)
    kind = model.config.model_type
    if not zoo.is_encoder(model) and kind != "openai-gpt":
        given["use_cache"] = False
    if zoo.is_encoder(model):
        given["output_hidden_states"] = True
    if type(model).__name__ == "LlamaForCausalLM" and getattr(model, "sees_all", False):
        given["attention_mask"] = torch.zeros(len(ids), 1, len(ids[0]), len(ids[0]))
    out = model(input_ids=torch.tensor(ids), **given)
    logits = zoo.encoder_logits(out) if zoo.is_encoder(model) else out.logits
    if logits is not None and logits.shape[-1] > 1:
        rows = logits.reshape(-1, logits.shape[-1])
        i = torch.arange(rows.shape[0])
        losses = torch.nn.functional.cross_entropy(rows, (5 * i + 3) % rows.shape[1], reduction="none")
        loss = (losses * (1 + i % 3) / (2 * len(i))).sum()
    else:
        x = logits if logits is not None else out.hidden_states[-1]
        loss = weighted(x, 0.3) / (x.shape[0] * x.shape[1])
    for head in ("seq_relationship_logits", "sop_logits", "pooler_output"):
        if getattr(out, head, None) is not None:
            loss = loss + weighted(getattr(out, head), 0.5)
    return loss


def numbers(t):
    t = t.double().reshape(-1)
    along = (t * torch.cos(0.7 * torch.arange(len(t), dtype=torch.float64))).sum()
    return [float(f"{float(x):.7g}") for x in (t.norm(), t.sum(), along)]


def make(name):
    folder = os.path.join(make_checkpoints.ROOT, name)
    expected = json.load(open(os.path.join(folder, "expected.json")))
    case = expected["cases"][0]
    torch.set_grad_enabled(True)
    if name in make_llada.FIXTURES:
        model = make_llada.reference(folder)
        model.sees_all = True
        options = dict(rename=make_llada.published)
    else:
        model = zoo.reload(folder, expected["model_class"])
        options = make_checkpoints.FIXTURES[name][2]
    options = {k: v for k, v in options.items() if k in ("rename", "transform", "drop")}
    model.config._experts_implementation = "eager"         # expert by expert: the fused product knows no double
    mask = case.get("mask", [1] * len(case["ids"]))
    both = lambda row: row and [[x for x, m in zip(row, mask) if m], [x for x, m in zip(row, mask) if m][::-1]]
    ids, token_types = both(case["ids"]), both(case.get("token_types"))
    decoder = case.get("decoder_ids")
    decoder_ids = decoder and [decoder, decoder[:1] + decoder[1:][::-1]]
    with double_precision():
        loss = loss_of(model.double(), ids, decoder_ids, token_types)
        loss.backward()
    torch.set_grad_enabled(False)
    if model.config.model_type == "rwkv" and model.config.rescale_every:   # its weights are divided in place before it runs
        for i, block in enumerate(model.rwkv.blocks):
            for w in (block.attention.output.weight, block.feed_forward.value.weight):
                w.grad /= 2 ** (i // model.config.rescale_every)
    for p in model.parameters():
        p.copy_(p.grad if p.grad is not None else torch.zeros_like(p))
    with tempfile.TemporaryDirectory() as copy:
        zoo.save(model, copy, **options)
        tensors = zoo.load_file(os.path.join(copy, "model.safetensors"))
    buffers = {n for n, _ in model.named_buffers() if n in model.state_dict()}
    if "rename" in options:
        buffers = {options["rename"](n) for n in buffers}
    result = {"ids": ids, "decoder_ids": decoder_ids, "token_types": token_types, "loss": float(f"{float(loss):.8g}"),
              "tensors": {n: numbers(t) for n, t in sorted(tensors.items()) if n not in buffers}}
    with open(os.path.join(HERE, "..", "gradients", name + ".json"), "w") as f:
        json.dump(result, f, separators=(",", ":"))
        f.write("\n")
    print(f"{name:22} loss {float(loss):9.5f}  {len(result['tensors'])} tensors")


if __name__ == "__main__":
    every = [n for n in sorted(os.listdir(make_checkpoints.ROOT)) if n not in SAME
             and os.path.exists(os.path.join(make_checkpoints.ROOT, n, "expected.json"))]
    for name in sys.argv[1:] or every:
        make(name)
