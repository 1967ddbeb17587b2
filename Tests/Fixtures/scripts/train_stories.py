"""Writes the story corpus and trains the model of lessons/models/stories: a published-layout LLaMA under 2 MB.

    python train_stories.py [--steps N] [--width D] [--output DIR]     trains, saves, measures, writes card.json
    python train_stories.py --measure DIR                              measures again and rewrites card.json

The grammar is stories.py; its probabilities give the floor that no model can go below. Fresh stories at every step, so
nothing can be learned by heart. Same seed, same files with the same versions and one thread (torch 2.13, transformers 5.23).
"""
import argparse
import json
import math
import os
import random
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import stories

HERE = os.path.dirname(os.path.abspath(__file__))
LESSONS = os.path.normpath(os.path.join(HERE, "..", "..", "..", "lessons"))
CONTEXT = 128
LONGEST = 96                                              # words: the few longer stories are told again
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def tell(source):
    while True:
        text, nats = stories.tell(source)
        if len(text.split()) <= LONGEST:
            return text


def accepted_share(samples=20000):
    source = random.Random(99)
    return sum(len(stories.tell(source)[0].split()) <= LONGEST for _ in range(samples)) / samples


def held_out(count=200):
    """Stories that no training step sees, except by chance (their probability is about e^-35)."""
    source = random.Random("held out")
    return [tell(source) for _ in range(count)]


def make_tokenizer(vocabulary):
    """Byte-level BPE; every text encodes, and nearly every word of the grammar is one token."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    source = random.Random("tokenizer")
    t.train_from_iterator((tell(source) for _ in range(20000)), trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=["<s>", "</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", t.token_to_id("<s>"))])
    return t


def make_model(tokenizer, width, layers):
    config = transformers.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=width, intermediate_size=width * 8 // 3,
        num_hidden_layers=layers, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5, bos_token_id=0, eos_token_id=1, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
    config.architectures = ["LlamaForCausalLM"]
    model = transformers.LlamaForCausalLM(config)
    g = torch.Generator().manual_seed(7)
    with torch.no_grad():                                  # small widths need more than N(0, 0.02)
        for name, p in model.named_parameters():
            if p.dim() == 2:
                std = p.shape[1] ** -0.5
                if name.endswith(("o_proj.weight", "down_proj.weight")):
                    std /= math.sqrt(2 * layers)
                p.copy_(torch.randn(p.shape, generator=g) * std)
    return model


def rows(texts, tokenizer, end=1):
    """Token ids with <s> and </s>, padded; labels −100 at the padding."""
    encoded = [tokenizer.encode(t).ids + [end] for t in texts]
    longest = max(map(len, encoded))
    ids = torch.tensor([e + [end] * (longest - len(e)) for e in encoded])
    labels = torch.tensor([e + [-100] * (longest - len(e)) for e in encoded])
    return ids, labels


def token_losses(model, ids, labels):
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1].float()
    return torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), ignore_index=-100, reduction="none"
    ).view(ids.shape[0], -1)


@torch.no_grad()
def mean_loss(model, tokenizer, texts):
    total, count = 0.0, 0
    for i in range(0, len(texts), 50):
        ids, labels = rows(texts[i:i + 50], tokenizer)
        total += float(token_losses(model, ids, labels).sum())
        count += int((labels[:, 1:] != -100).sum())
    return total / count


def train(model, tokenizer, steps, batch, peak, seed=1):
    decay = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() == 1]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
                                  lr=peak, betas=(0.9, 0.99))
    source, warm, began, pool = random.Random(seed), 100, time.time(), []
    curve, check = [], held_out(60)
    for step in range(steps):
        if not pool:                                       # batches of like length: little padding
            told = sorted((tell(source) for _ in range(batch * 8)), key=len)
            pool = [told[i:i + batch] for i in range(0, len(told), batch)]
            source.shuffle(pool)
        ids, labels = rows(pool.pop(), tokenizer)
        rate = min((step + 1) / warm, 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * max(0, step - warm) / (steps - warm))))
        for group in optimiser.param_groups:
            group["lr"] = peak * rate
        loss = token_losses(model, ids, labels).sum() / (labels[:, 1:] != -100).sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if step % 200 == 0 or step == steps - 1:
            curve.append([step + 1, round(mean_loss(model, tokenizer, check), 4)])
            print(f"step {step + 1}: held-out {curve[-1][1]}, {time.time() - began:.0f} s", flush=True)
    return {"steps": steps, "batch": batch, "peak_learning_rate": peak, "seconds": round(time.time() - began),
            "threads": torch.get_num_threads(), "held_out_loss_by_step": curve}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=2400)
    arguments.add_argument("--batch", type=int, default=32)
    arguments.add_argument("--width", type=int, default=96)
    arguments.add_argument("--layers", type=int, default=4)
    arguments.add_argument("--vocabulary", type=int, default=768)
    arguments.add_argument("--rate", type=float, default=3e-3)
    arguments.add_argument("--output", default=os.path.join(LESSONS, "models", "stories"))
    arguments.add_argument("--measure", metavar="DIR")
    a = arguments.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    folder = a.measure or a.output
    os.makedirs(folder, exist_ok=True)
    if a.measure:
        training = json.load(open(os.path.join(folder, "card.json")))["training"]
    else:
        os.makedirs(os.path.join(LESSONS, "corpora"), exist_ok=True)
        with open(os.path.join(LESSONS, "corpora", "stories-held-out.txt"), "w") as f:
            f.write("".join(t + "\n" for t in held_out()))
        tokenizer = make_tokenizer(a.vocabulary)
        tokenizer.save(os.path.join(folder, "tokenizer.json"))
        model = make_model(tokenizer, a.width, a.layers)
        training = train(model, tokenizer, a.steps, a.batch, a.rate)
        model.save_pretrained(folder)
        with open(os.path.join(folder, "card.json"), "w") as f:
            json.dump({"training": training}, f, indent=1)
    import measure_stories                                 # it imports from here
    measure_stories.write_card(folder, training)
