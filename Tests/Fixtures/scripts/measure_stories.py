"""Measures the story model and writes its card: loss against the exact floor, grammar, skills, and what the heads do.

Used by train_stories.py; not a program of its own. All numbers come from the held-out stories and the saved files.
"""
import json
import math
import os
import re

import torch
import transformers
from tokenizers import Tokenizer

import stories
import train_stories

NAMES = stories.HE + stories.SHE
PROMPTS = ["Once there was a cat named Tom. Tom", "Once there was a shy girl named Ruby. She",
           "Once there were two friends, Max the fox and Zoe the duck.", "One day, a bear named Eve went to the lake. Eve had a red kite.",
           "Leo was a little dog. He was hungry.", "Mia was a brave mouse. The birds near the cat"]


class Text:
    """A story as tokens, with a way from characters to token positions (position 0 is <s>)."""

    def __init__(self, text, tokenizer):
        encoding = tokenizer.encode(text)
        self.text, self.ids, self.spans = text, encoding.ids, encoding.offsets

    def at(self, character):
        """The position of the token that covers this character."""
        return next(i for i, (a, b) in enumerate(self.spans) if a <= character < b)

    def words(self, pattern):
        return [(m, [self.at(m.start(g)) for g in range(1, m.re.groups + 1)]) for m in re.finditer(pattern, self.text)]


def relations(t):
    """name → [(position that looks, positions it may look at)]: what a head could be for."""
    found = {"previous token": [], "same token before": [], "after the same token (induction)": [], "name, when he or she comes next": [],
             "owner's name": [], "colour to recall": [], "head noun from the attractor": []}
    last = {}
    for i, token in enumerate(t.ids):
        if i:
            found["previous token"].append((i, [i - 1]))
        if token in last:
            found["same token before"].append((i, [last[token]]))
            if last[token] + 1 < i:
                found["after the same token (induction)"].append((i, [last[token] + 1]))
        last[token] = i
    positions = lambda name, before: [p for _, (p,) in t.words(rf"\b({name})\b") if p < before]
    main = re.search(r"named (\w+)|friends, (\w+)|^(\w+) was a", t.text)
    main = next(g for g in main.groups() if g)
    for _, (p,) in t.words(r"\b(He|She|he|she|his|her)\b"):
        found["name, when he or she comes next"].append((p - 1, positions(main, p)))
    for m, (p, _) in t.words(r"in the end(\?) (\w+)"):
        found["owner's name"].append((p, positions(m.group(2), p)))
    for m, (_, p, q) in t.words(r"\b(the|my) (\w+) (" + "|".join(stories.TOYS) + r")\b"):
        colour = m.group(2)
        if colour in stories.COLOURS:
            found["colour to recall"].append((p - 1, positions(colour, p)))
    for m, (head, near, verb) in t.words(r'The (\w+) (?:near|behind) the (\w+) (\w+)'):
        found["head noun from the attractor"].append((verb - 1, [head]))
    return {k: [(i, [j for j in js if j <= i]) for i, js in v if js] for k, v in found.items()}


def skills(t, tokenizer):
    """[(skill, position that predicts, right ids, wrong ids)]; wrong None: the right one must be the best of all."""
    one = lambda w: tokenizer.encode(w).ids[1]
    tests = []
    for m, (head, near, verb) in t.words(r'The (\w+) (?:near|behind) the (\w+) (\w+)'):
        plural = any(m.group(1) == g[1] for g in stories.GROUPS)
        if any(m.group(2) == g[1] for g in stories.GROUPS) != plural:      # only where the nearer noun misleads
            if m.group(3) in ("was", "were"):
                tests.append(("agreement was/were", verb - 1, [one(" were" if plural else " was")], [one(" was" if plural else " were")]))
            else:
                forms = [[one(" " + v) for v in stories.VERBS], [one(" " + v + "s") for v in stories.VERBS]]
                tests.append(("agreement sing/sings", verb - 1, forms[not plural], forms[plural]))
    opposite = {"He": "She", "She": "He", "he": "she", "she": "he", "his": "her", "her": "his"}
    for m, (p,) in t.words(r"\b(He|She|he|she|his|her)\b"):
        tests.append(("he or she", p - 1, [one(" " + m.group(1))], [one(" " + opposite[m.group(1)])]))
    seen = set()
    for m, (_, p, _) in t.words(r"\b(a|the|my) (" + "|".join(stories.COLOURS) + r") (" + "|".join(stories.TOYS) + r")\b"):
        if m.group(1) != "a" or (m.group(2), m.group(3)) in seen:
            tests.append(("colour recalled", p - 1, [t.ids[p]], None))
        seen.add((m.group(2), m.group(3)))
    for _, (p, q) in t.words(r"in the end(\?) (\w+)"):
        tests.append(("who has it in the end", q - 1, [t.ids[q]], None))
    return tests


def batches(texts, size=25):
    for i in range(0, len(texts), size):
        part = texts[i:i + size]
        longest = max(len(t.ids) for t in part)
        yield part, torch.tensor([t.ids + [1] * (longest - len(t.ids)) for t in part])


def skill_shares(model, texts, tokenizer):
    right, count = {}, {}
    for part, ids in batches(texts):
        probabilities = torch.softmax(model(input_ids=ids, use_cache=False).logits, -1)
        for b, t in enumerate(part):
            for name, at, good, bad in skills(t, tokenizer):
                p = probabilities[b, at]
                ok = p[good].sum() > p[bad].sum() if bad else int(p.argmax()) in good
                right[name] = right.get(name, 0) + bool(ok)
                count[name] = count.get(name, 0) + 1
    return {k: (right[k] / count[k], count[k]) for k in sorted(count)}


def head_table(model, texts):
    """relation → ([layer][head] mean attention on the targets, what even attention would give)"""
    layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads
    total, even, count = {}, {}, {}
    for part, ids in batches(texts):
        patterns = torch.stack(model(input_ids=ids, use_cache=False, output_attentions=True).attentions)
        for b, t in enumerate(part):
            for name, pairs in relations(t).items():
                for i, js in pairs:
                    total[name] = total.get(name, torch.zeros(layers, heads)) + patterns[:, b, :, i, js].sum(-1)
                    even[name] = even.get(name, 0) + len(js) / (i + 1)
                    count[name] = count.get(name, 0) + 1
    return {k: (total[k] / count[k], even[k] / count[k]) for k in total}


def without_head(model, layer, head):
    """A hook that silences one head: its part of what the output projection reads is zero."""
    width = model.config.hidden_size // model.config.num_attention_heads

    def hook(_, inputs):
        x = inputs[0].clone()
        x[..., head * width:(head + 1) * width] = 0
        return (x,)
    return model.model.layers[layer].self_attn.o_proj.register_forward_pre_hook(hook)


def samples(model, tokenizer, prompt, count, temperature, seed):
    ids = torch.tensor([tokenizer.encode(prompt).ids] * count)
    torch.manual_seed(seed)
    how = dict(do_sample=True, temperature=temperature, top_k=0) if temperature else dict(do_sample=False)
    out = model.generate(ids, attention_mask=torch.ones_like(ids), max_length=train_stories.CONTEXT, pad_token_id=1, **how)
    texts = []
    for row in out.tolist():
        ended = 1 in row
        texts.append((tokenizer.decode(row[:row.index(1)] if ended else row), ended))
    return texts


def grammar(texts):
    """Shares of whole stories: fluent to the last word; and of those that also keep the rule that two friends,
    two animals or two plots are different ones (the model's only frequent slip: two pigs)."""
    whole = lambda lenient: sum(ended and stories.follow(text, lenient)[0] > 0 for text, ended in texts) / len(texts)
    return {"stories": len(texts), "grammatical": round(whole(True), 3), "and_all_different": round(whole(False), 3)}


@torch.no_grad()
def write_card(folder, training):
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    model = transformers.LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    held_out = train_stories.held_out()
    texts = [Text(t, tokenizer) for t in held_out]

    tokens = sum(len(t.ids) for t in texts)                # every token but <s> is predicted, and </s>
    accepted = math.log(train_stories.accepted_share())
    floor = -sum(math.log(stories.follow(t)[0]) - accepted for t in held_out) / tokens
    loss = train_stories.mean_loss(model, tokenizer, held_out)

    scored = []
    for t in texts[:20]:
        logits = model(input_ids=torch.tensor([t.ids])).logits[0]
        scored.append(float(torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(t.ids[1:]))))

    base = skill_shares(model, texts, tokenizer)
    table = head_table(model, texts)
    heads = {}
    for name, (mean, even) in table.items():
        layer, head = divmod(int(mean.argmax()), mean.shape[1])
        heads[name] = {"head": f"layers.{layer}.attention.pattern[{head}]", "attention": round(float(mean.max()), 3),
                       "even_attention": round(even, 3),
                       "all": [[round(float(x), 2) for x in row] for row in mean]}
    silenced = {}
    for layer in range(model.config.num_hidden_layers):
        for head in range(model.config.num_attention_heads):
            handle = without_head(model, layer, head)
            now = skill_shares(model, texts, tokenizer)
            handle.remove()
            lost = {k: [round(base[k][0], 3), round(now[k][0], 3)] for k in now if base[k][0] - now[k][0] >= 0.05}
            if lost:
                silenced[f"layers.{layer} head {head}"] = lost

    free = samples(model, tokenizer, "", 100, 1.0, 1)
    careful = samples(model, tokenizer, "", 100, 0.7, 3)
    prompted = sum((samples(model, tokenizer, p, 25, 1.0, 10 + n) for n, p in enumerate(PROMPTS[:4])), [])
    greedy = [(p, samples(model, tokenizer, p, 1, 0, 0)[0]) for p in PROMPTS]
    card = {
        "name": "stories",
        "about": "A small decoder in the LLaMA layout that tells simple stories: he and she, was and were, who has the red kite. "
                 "Trained on fresh sentences of a grammar with known probabilities, so its loss has an exact floor.",
        "architecture": "LlamaForCausalLM", "parameters": sum(p.numel() for p in model.parameters()),
        "made_by": "Tests/Fixtures/scripts/train_stories.py", "license": "Apache-2.0",
        "corpus": {"grammar": "Tests/Fixtures/scripts/stories.py", "held_out": "lessons/corpora/stories-held-out.txt",
                   "stories": len(held_out), "tokens": tokens},
        "held_out": {"loss_per_token": round(loss, 4), "floor_per_token": round(floor, 4),
                     "perplexity": round(math.exp(loss), 4), "with": "</s> counted, <s> not"},
        "check": {"lines": 20, "mean_loss": round(sum(scored) / 20, 5),
                  "with": "the mean of `score --text` over the first lines of the held-out file, without </s>"},
        "grammar": {"free samples at temperature 1": grammar(free), "free samples at temperature 0.7": grammar(careful),
                    "after four prompts at temperature 1": grammar(prompted),
                    "greedy after six prompts": grammar([g for _, g in greedy])},
        "skills": {k: {"right": round(s, 3), "of": n} for k, (s, n) in base.items()},
        "heads": heads, "silencing_one_head": silenced,
        "continuations": [{"prompt": p, "greedy": text[len(p):]} for p, (text, _) in greedy],
        "training": training,
    }
    text = json.dumps(card, indent=1, ensure_ascii=False)
    # Rows of numbers on one line: the card is read by people too.
    text = re.sub(r"\[\s+([-\d.,\s]+?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m.group(1)) + "]", text)
    with open(os.path.join(folder, "card.json"), "w") as f:
        f.write(text + "\n")
    os.chmod(os.path.join(folder, "model.safetensors"), 0o644)
    print(json.dumps({k: card[k] for k in ("parameters", "held_out", "grammar", "skills")}, indent=1))
