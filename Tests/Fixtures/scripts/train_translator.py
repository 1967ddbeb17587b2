"""Trains the model of lessons/models/translator: a published-layout T5 that turns small English into small Chinese.

    python train_translator.py [--steps N] [--output DIR]

All 14,355 sentences of a grammar (reference: subject × statement, negation or question × verb × object × time); one in five is
held out and never trained on, "i love you" among them. In Chinese the time follows the subject, 不 stands before the verb,
吗 asks at the end, and a measure word stands between the determiner and the noun; English has do, does and -s instead.
"""
import argparse
import json
import math
import os
import random
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

LESSONS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "lessons"))
SUBJECTS = {"i": "我", "you": "你", "he": "他", "she": "她", "we": "我们", "they": "他们"}
OBJECTS = {"me": "我", "you": "你", "him": "他", "her": "她", "us": "我们", "them": "他们"}
REFLEXIVE = {("i", "me"), ("i", "us"), ("we", "me"), ("we", "us"), ("you", "you")}
VERBS = {"love": "爱", "see": "看见", "help": "帮助", "know": "认识", "like": "喜欢"}
DETERMINERS = {"a": "一", "this": "这", "that": "那", "two": "两"}
ADJECTIVES = {"": "", "red": "红", "big": "大", "new": "新"}
NOUNS = {"book": "本 书", "cat": "只 猫", "car": "辆 车"}
TIMES = {"": "", "today": "今天", "now": "现在"}


def objects(subject):
    for english, chinese in OBJECTS.items():
        if (subject, english) not in REFLEXIVE:
            yield english, chinese
    for d, dz in DETERMINERS.items():
        for a, az in ADJECTIVES.items():
            for n, nz in NOUNS.items():
                measure, noun = nz.split()
                yield " ".join(f"{d} {a} {n}{'s' if d == 'two' else ''}".split()), " ".join(f"{dz} {measure} {az} {noun}".split())


def pairs():
    """[(English, Chinese)], always in the same order."""
    found = []
    for s, sz in SUBJECTS.items():
        third = s in ("he", "she")
        for v, vz in VERBS.items():
            for o, oz in objects(s):
                for t, tz in TIMES.items():
                    do = "does" if third else "do"
                    for english, chinese in (
                            (f"{s} {v}{'s' if third else ''} {o} {t}", f"{sz} {tz} {vz} {oz}"),
                            (f"{s} {do} not {v} {o} {t}", f"{sz} {tz} 不 {vz} {oz}"),
                            (f"{do} {s} {v} {o} {t} ?", f"{sz} {tz} {vz} {oz} 吗 ?")):
                        found.append((" ".join(english.split()), " ".join(chinese.split())))
    return found


def split():
    """(train, held out): one in five, and "i love you", is held out."""
    everything = pairs()
    random.Random("translator").shuffle(everything)
    out = [p for n, p in enumerate(everything) if n % 5 == 0 or p[0] == "i love you"]
    return [p for p in everything if p not in set(out)], out


def make_tokenizer():
    """T5's kind of tokenizer (Unigram with ▁), every word one piece; "her?" is split like "her ?"."""
    words = sorted({w for pair in pairs() for text in pair for w in text.split()})
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + [("▁" + w, -math.log(len(words))) for w in words]
    t = Tokenizer(models.Unigram(vocabulary, unk_id=2, byte_fallback=False))
    t.add_special_tokens(["<pad>", "</s>", "<unk>"])
    t.normalizer = normalizers.Lowercase()
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation(behavior="isolated"),
        pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    t.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    t.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return t


def make_model(vocabulary):
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=vocabulary, d_model=64, d_kv=16, d_ff=256, num_layers=2, num_decoder_layers=2, num_heads=4,
        relative_attention_num_buckets=16, relative_attention_max_distance=32, feed_forward_proj="relu", dropout_rate=0.0,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, tie_word_embeddings=True)
    config.architectures = ["T5ForConditionalGeneration"]
    return transformers.T5ForConditionalGeneration(config)


def padded(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([r + [value] * (longest - len(r)) for r in rows])


@torch.no_grad()
def evaluate(model, held_out, size=200):
    """(share of whole sentences that greedy decoding gets right, mean loss per target token)"""
    right, total, count = 0, 0.0, 0
    for i in range(0, len(held_out), size):
        part = held_out[i:i + size]
        ids, labels = padded([s for s, _ in part], 0), padded([t for _, t in part], -100)
        mask = (ids != 0).long()
        tokens = int((labels != -100).sum())
        total += float(model(input_ids=ids, attention_mask=mask, labels=labels).loss) * tokens
        count += tokens
        out = model.generate(ids, attention_mask=mask, max_new_tokens=14, do_sample=False)[:, 1:].tolist()
        right += sum(o[:len(t)] == t for o, (_, t) in zip(out, part))
    return right / len(held_out), total / count


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--output", default=os.path.join(LESSONS, "models", "translator"))
    a = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    os.makedirs(a.output, exist_ok=True)
    tokenizer = make_tokenizer()
    tokenizer.save(os.path.join(a.output, "tokenizer.json"))
    train, out = split()
    encode = lambda some: [(tokenizer.encode(e).ids, tokenizer.encode(c).ids) for e, c in some]
    trained, held_out = encode(train), encode(out)
    model = make_model(tokenizer.get_vocab_size())
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.99), weight_decay=0.01)
    source, began, curve = random.Random(1), time.time(), []
    for step in range(a.steps):
        rate = min((step + 1) / 100, 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * max(0, step - 100) / (a.steps - 100))))
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * rate
        part = source.choices(trained, k=64)
        ids, labels = padded([s for s, _ in part], 0), padded([t for _, t in part], -100)
        loss = model(input_ids=ids, attention_mask=(ids != 0).long(), labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if (step + 1) % 100 == 0:
            right, nats = evaluate(model.eval(), held_out[:300])
            model.train()
            curve.append([step + 1, round(right, 4), round(nats, 5)])
            print(f"step {step + 1}: whole sentences {right:.3f}, loss {nats:.4f}, {time.time() - began:.0f} s", flush=True)
    right, nats = evaluate(model.eval(), held_out)
    model.save_pretrained(a.output)
    os.chmod(os.path.join(a.output, "model.safetensors"), 0o644)
    shown = ["i love you", "does he like her ?", "she does not know two red cats today", "do they see that new car now ?"]
    said = []
    for text in shown:
        ids = torch.tensor([tokenizer.encode(text).ids])
        ids = model.generate(ids, max_new_tokens=14, do_sample=False)[0].tolist()
        said.append({"english": text, "chinese": tokenizer.decode(ids)})
    card = {
        "name": "translator", "about": "A small encoder–decoder in the T5 layout: small English into small Chinese, one in five sentences never seen.",
        "architecture": "T5ForConditionalGeneration", "parameters": sum(p.numel() for p in model.parameters()),
        "made_by": "Tests/Fixtures/scripts/train_translator.py", "license": "Apache-2.0",
        "corpus": {"pairs": len(train) + len(out), "trained": len(train), "held_out": len(out)},
        "held_out": {"whole_sentences": round(right, 4), "loss_per_token": round(nats, 5)},
        "translations": said,
        "training": {"steps": a.steps, "batch": 64, "seconds": round(time.time() - began), "threads": torch.get_num_threads(),
                     "step_whole_sentences_loss": curve},
    }
    with open(os.path.join(a.output, "card.json"), "w") as f:
        f.write(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    with open(os.path.join(LESSONS, "corpora", "translations-held-out.tsv"), "w") as f:
        f.write("".join(f"{e}\t{c}\n" for e, c in out[:300]))
    print(json.dumps({k: card[k] for k in ("parameters", "corpus", "held_out", "translations")}, indent=1, ensure_ascii=False))
