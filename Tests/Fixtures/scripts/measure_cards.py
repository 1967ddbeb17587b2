"""Writes the `check` of the cards of lessons/models/blanks and lessons/models/translator: what `orrery models --check` measures again.

    python measure_cards.py

Measured with the reference implementation in float32. The card of stories was measured where the model was trained.
"""
import json
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import transformers
from tokenizers import Tokenizer

LESSONS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "lessons"))
STORIES = "lessons/corpora/stories-held-out.txt"
PAIRS = "lessons/corpora/translations-held-out.tsv"


def lines(file, count):
    with open(os.path.join(LESSONS, "..", file), encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f][:count]


def blanks(count):
    """The mean of `score --text`: each token masked in turn (Salazar et al. 2020)."""
    folder = os.path.join(LESSONS, "models/blanks")
    model = transformers.BertForMaskedLM.from_pretrained(folder).eval()
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    mask = tokenizer.token_to_id("[MASK]")
    means = []
    for text in lines(STORIES, count):
        encoding = tokenizer.encode(text)
        losses = []
        for i, special in enumerate(encoding.special_tokens_mask):
            if special:
                continue
            ids = torch.tensor([encoding.ids])
            ids[0, i] = mask
            losses.append(-torch.log_softmax(model(ids).logits[0, i].float(), -1)[encoding.ids[i]].item())
        means.append(sum(losses) / len(losses))
    return sum(means) / len(means)


def translator(count):
    """The mean loss of the target's tokens, the end included, given the source and what stands before."""
    folder = os.path.join(LESSONS, "models/translator")
    model = transformers.T5ForConditionalGeneration.from_pretrained(folder).eval()
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    means = []
    for line in lines(PAIRS, count):
        source, target = (torch.tensor([tokenizer.encode(text).ids]) for text in line.split("\t"))
        start = torch.full((1, 1), model.config.decoder_start_token_id)
        logits = model(input_ids=source, decoder_input_ids=torch.cat([start, target[:, :-1]], 1)).logits
        means.append(torch.nn.functional.cross_entropy(logits[0].float(), target[0]).item())
    return sum(means) / len(means)


def write(name, held_out, check):
    path = os.path.join(LESSONS, "models", name, "card.json")
    with open(path, encoding="utf-8") as f:
        card = json.load(f)
    card["corpus"] = {**card.get("corpus", {}), "held_out_file": held_out}
    card["check"] = check
    with open(path, "w", encoding="utf-8") as f:
        json.dump(card, f, ensure_ascii=False, indent=1)
        f.write("\n")


with torch.no_grad():
    write("blanks", STORIES, {
        "lines": 5, "mean_loss": round(blanks(5), 6),
        "with": "the mean of `score --text` over the first lines of the held-out file, each token masked in turn"})
    write("translator", PAIRS, {
        "lines": 40, "mean_loss": round(translator(40), 6),
        "with": "the mean loss of the target's tokens over the first pairs of the held-out file, the end counted"})
