"""Trains small tokenizers of every kind and writes them with the reference library's answers.

  python Tests/Fixtures/tokenizers/make.py        (packages: tokenizers, sentencepiece)

texts.json     the texts that everything is tried on
models.json    [{name, tokenizer, encodings, pairs}]: trained tokenizers, whole
stages.json    [{name, tokenizer, encodings}]: one unknown token only, so that the tokens are the pieces that the stages make
decoders.json  [{name, tokenizer, texts}]: what each decoder makes of the same lists of ids
An encoding is [ids, tokens, byte offsets, special flags, type ids, decoded text]. Offsets are bytes of the text.
"""

import base64
import io
import json
import pathlib

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent

TEXTS = [
    "", " ", "\n", "a", "Hello, world!", "  two  spaces   three ", "tabs\tand\nnew\r\nlines\n\n  \n", "Don't you'll WE'RE it's 'S 'ſ",
    "naïve café e\u0301 A\u030a \u1e9b\u0323 ﬁne ŉ ½ ² Ⅷ", "İstanbul ΑΣ straße ǅ K Å Ω µ", "你好，世界！中文分词。", "日本語のひらがなカタカナー ｶﾞ",
    "한국어 문장 \u1112\u1161\u11ab", "สวัสดี ภาษาไทย", "नमस्ते हिन्दी क्षि", "مرحبا بِسْمِ ﷺ ٣٤٥", "עברית שָׁלוֹם", "Привет, ёлка",
    "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪🇫🇷 1️⃣ ©️ ♥️", "\u200bzero\u200dwidth\ufeff\u00ad\u202e\ufffd", "nul\u0000 bell\u0007 \u0085 \u00a0 \u3000 \u2028",
    "\u0378\ue000\U0010ffff\U000e0041", "x" * 120, "ab" * 60, "123 4567 3.14 1,000,000 ٣", "<s>special</s> tokens <mask> in [MASK] text<|end|>",
    "a<mask>b  <mask>  c", "Alone alone aloneness, alone", "the-final--countdown ... !?", "snake_case camelCase HTMLParser C++ x86_64",
    "\u0301 starts \u0301\u0323a with\u0323\u0301 marks", "`` quotes '' and \"these\"", "word\n \nword \n", "▁meta▁ space Ġ ## <0x41>",
    "\r\n\u0301\r\n", "ﷺ\u064b ﬃ ㎏ ℃ ａｂｃ ①", "Ünïcödé ÀÉÎ\u0327 q\u0307\u0323", "end with space ",
]
PAIRS = [("Hello there", "How are you?"), ("", "second"), ("first  ", "  <mask> é")]

CORPUS = [
    "the quick brown fox jumps over the lazy dog and the dog doesn't mind it at all",
    "she sells sea shells by the sea shore, the shells she sells are surely seashells",
    "naïve café 你好世界 中文 Привет мир 123 456 7890 don't you'll we're it's",
    "Hello, world! The snake_case and camelCase HTMLParser; the end of the final countdown...",
] * 8


def offsets(text, encoding):
    starts = [0]
    for c in text:
        starts.append(starts[-1] + len(c.encode()))
    return [[starts[a], starts[b]] for a, b in encoding.offsets]


def encoding(tokenizer, text):
    e = tokenizer.encode(text)
    return [e.ids, e.tokens, offsets(text, e), e.special_tokens_mask, e.type_ids, tokenizer.decode(e.ids)]


def whole(tokenizer):
    return json.loads(tokenizer.to_str())


def trained(model, normalizer=None, pre=None, post=None, decoder=None, vocab=300, special=("<unk>", "<s>", "</s>", "<mask>"), **trainer):
    t = Tokenizer(model)
    if normalizer:
        t.normalizer = normalizer
    if pre:
        t.pre_tokenizer = pre
    kinds = {models.BPE: trainers.BpeTrainer, models.WordPiece: trainers.WordPieceTrainer, models.Unigram: trainers.UnigramTrainer, models.WordLevel: trainers.WordLevelTrainer}
    t.train_from_iterator(CORPUS, kinds[type(model)](vocab_size=vocab, special_tokens=list(special), show_progress=False, **trainer))
    if post:
        t.post_processor = post(t) if callable(post) and not isinstance(post, (processors.ByteLevel,)) else post
    if decoder:
        t.decoder = decoder
    return t


def template(t):
    return processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s>:1 $B:1 </s>:1", special_tokens=[(x, t.token_to_id(x)) for x in ("<s>", "</s>")]
    )


def regex(pattern, behavior="isolated", invert=False):
    from tokenizers import Regex

    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
QWEN35 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
DEEPSEEK = [
    r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
]
ODD = [
    r"(?<=[a-z])(?=[A-Z])|_", r"(?<!a)b+?", r"\bthe\b", r"^\s*|\s*$", r"(?>ab|a)b", r"(?:ab){2,3}", r"[[:punct:]&&[^-]]+",
    r"\P{L}+", r"[^\x{4e00}-\x{9fff}]\p{Han}", r"(?i)hello|STRAßE|k", r"x*", r"(a|ab)(c|bcd)?(d*)", r"\R", r"[\w&&\P{Nd}]+", r".$", r"\s+$",
    r"(?i:é)", r"[[:alpha:]]+|[[:^upper:]]", r"\p{Punct}|\p{lower}+", r"\h+", r"a(?i)B|c", r"\d+(?=[^\d])|\D",
]

SPACES = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
SPM_DECODER = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
BYTE_TOKENS = ["<0x%02X>" % i for i in range(256)]


def charsmap():
    """A small compiled normalisation, by SentencePiece: ligatures, a dropped character, a sequence of two."""
    rules = HERE / "rules.tsv"
    rows = ["FB01\t66 69", "212B\tC5", "41 30A\tC5", "65 301\tE9", "AD\t", "D\t20", "A\t20", "2122\t54 4D", "FF41\t61"]
    rules.write_text("\n".join(rows) + "\n")
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=out, vocab_size=120, normalization_rule_tsv=str(rules), hard_vocab_limit=False, minloglevel=2
    )
    rules.unlink()
    spec = field(out.getvalue(), 3)  # ModelProto.normalizer_spec
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(field(spec, 2)).decode()}


def field(message, wanted):
    """The bytes of a length-delimited field of a protocol buffer."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = number()
        kind = key & 7
        if kind == 2:
            length = number()
            if key >> 3 == wanted:
                return message[at : at + length]
            at += length
        elif kind == 0:
            number()
        else:
            at += 8 if kind == 1 else 4


def models_list():
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    rest = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    yield "gpt2", trained(models.BPE(), None, byte_level, processors.ByteLevel(trim_offsets=False), decoders.ByteLevel(), initial_alphabet=BYTES, special=["<|end|>"], vocab=380)
    t = trained(models.BPE(), None, pre_tokenizers.ByteLevel(), lambda t: processors.RobertaProcessing(("</s>", 2), ("<s>", 1)), decoders.ByteLevel(), initial_alphabet=BYTES, vocab=360)
    from tokenizers import AddedToken

    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    t.add_tokens([AddedToken("alone", single_word=True), AddedToken("[MASK]", rstrip=True), AddedToken("é", normalized=False)])
    yield "roberta", t
    for name, patterns in [("llama3", [LLAMA3]), ("deepseek", DEEPSEEK)]:
        pre = pre_tokenizers.Sequence([regex(p) for p in patterns] + [rest])
        yield name, trained(models.BPE(ignore_merges=name == "llama3"), None, pre, template, decoders.ByteLevel(), initial_alphabet=BYTES, vocab=350)
    yield "qwen2", trained(models.BPE(), normalizers.NFC(), pre_tokenizers.Sequence([regex(QWEN2), rest]), processors.ByteLevel(trim_offsets=True), decoders.ByteLevel(), initial_alphabet=BYTES, vocab=350)
    llama = models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>")
    yield "llama2", trained(llama, SPACES, None, template, SPM_DECODER, vocab=460, special=["<unk>", "<s>", "</s>"] + BYTE_TOKENS)
    yield "mistral", trained(models.BPE(fuse_unk=True, unk_token="<unk>"), None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False), template, decoders.Metaspace(prepend_scheme="first"), vocab=200)
    yield "unknowns", trained(models.BPE(unk_token="<unk>"), None, pre_tokenizers.Metaspace(prepend_scheme="never"), None, decoders.Metaspace(prepend_scheme="never"), vocab=150)
    yield "gpt1", trained(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(), None, decoders.BPEDecoder(), end_of_word_suffix="</w>", vocab=200)
    yield "prefixed", trained(models.BPE(unk_token="<unk>", continuing_subword_prefix="##"), normalizers.Lowercase(), pre_tokenizers.Whitespace(), None, decoders.WordPiece(cleanup=False), continuing_subword_prefix="##", vocab=200)
    bert = lambda t: processors.BertProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")))
    yield "bert", trained(models.WordPiece(unk_token="<unk>", max_input_chars_per_word=50), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(), bert, decoders.WordPiece(), vocab=250)
    yield "bert-cased", trained(models.WordPiece(unk_token="<unk>"), normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer(), template, decoders.WordPiece(), vocab=250)
    yield "t5", trained(models.Unigram(), normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()]), pre_tokenizers.Metaspace(), template, decoders.Metaspace(), unk_token="<unk>", vocab=200)
    bytes_too = trained(models.Unigram(), None, pre_tokenizers.Metaspace(), None, SPM_DECODER, unk_token="<unk>", vocab=200)
    j = whole(bytes_too)
    j["model"]["byte_fallback"] = True
    j["model"]["vocab"] += [[x, -20.0] for x in BYTE_TOKENS]
    yield "unigram-bytes", Tokenizer.from_str(json.dumps(j))
    yield "words", trained(models.WordLevel(unk_token="<unk>"), normalizers.NFKD(), pre_tokenizers.Whitespace(), template, vocab=60)


UNKNOWN = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]], "byte_fallback": False}


def pieces(normalizer=None, pre=None, added=(), post=None):
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": list(added), "normalizer": normalizer, "pre_tokenizer": pre,
        "post_processor": post, "decoder": None, "model": UNKNOWN,
    }


def added(content, **flags):
    base = dict(id=0, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
    return dict(base, **flags)


def stages_list():
    for kind in "NFC NFD NFKC NFKD Lowercase StripAccents Nmt ByteLevel".split():
        yield kind, pieces({"type": kind})
    for left, right in [(True, True), (True, False), (False, True)]:
        yield f"Strip {left} {right}", pieces({"type": "Strip", "strip_left": left, "strip_right": right})
    for flags in [(True, True, None, True), (True, False, None, False), (False, True, True, False), (False, False, False, True)]:
        keys = ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
        yield f"BertNormalizer {flags}", pieces(dict(zip(keys, flags), type="BertNormalizer"))
    yield "Replace text", pieces({"type": "Replace", "pattern": {"String": " "}, "content": "▁▁"})
    yield "Replace regex", pieces({"type": "Replace", "pattern": {"Regex": r"[0-9]+|\s{2,}"}, "content": "é"})
    yield "Replace by nothing", pieces({"type": "Replace", "pattern": {"Regex": r"\p{M}|a"}, "content": ""})
    yield "Prepend", pieces({"type": "Prepend", "prepend": "▁é"})
    yield "Precompiled", pieces(charsmap())
    sequence = [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Prepend", "prepend": "_"}]
    yield "Sequence", pieces({"type": "Sequence", "normalizers": sequence}, {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation"}]})
    for kind in "Whitespace WhitespaceSplit BertPreTokenizer UnicodeScripts".split():
        yield kind, pieces(None, {"type": kind})
    for space, use in [(True, True), (False, True), (True, False)]:
        yield f"ByteLevel {space} {use}", pieces(None, {"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": True, "use_regex": use}, [], {"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": True, "use_regex": use})
    for scheme in "always first never".split():
        for split in (True, False):
            yield f"Metaspace {scheme} {split}", pieces(None, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}, [added("<mask>")])
    yield "Metaspace old", pieces(None, {"type": "Metaspace", "replacement": "_", "str_rep": "_", "add_prefix_space": True})
    for behavior in "Removed Isolated MergedWithPrevious MergedWithNext Contiguous".split():
        yield f"Punctuation {behavior}", pieces(None, {"type": "Punctuation", "behavior": behavior})
        for invert in (False, True):
            yield f"Split {behavior} {invert}", pieces(None, {"type": "Split", "pattern": {"Regex": r"[a-e\s]"}, "behavior": behavior, "invert": invert})
    yield "Split text", pieces(None, {"type": "Split", "pattern": {"String": "a."}, "behavior": "Isolated", "invert": False})
    for individual in (True, False):
        yield f"Digits {individual}", pieces(None, {"type": "Digits", "individual_digits": individual})
    yield "CharDelimiterSplit", pieces(None, {"type": "CharDelimiterSplit", "delimiter": "é"})
    yield "FixedLength", pieces(None, {"type": "FixedLength", "length": 3})
    for i, pattern in enumerate([LLAMA3, QWEN2, QWEN35, O200K, CL100K] + DEEPSEEK + ODD):
        yield f"pattern {i} {pattern}", pieces(None, {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False})
    lower = {"type": "Lowercase"}
    yield "added plain", pieces(lower, None, [added("<mask>"), added("Alone"), added("  "), added("two  sp"), added("two")])
    yield "added strips", pieces(lower, None, [added("<mask>", lstrip=True, rstrip=True), added("\n", rstrip=True), added("spaces", lstrip=True)])
    yield "added alone", pieces(lower, None, [added("alone", single_word=True), added("Case", single_word=True), added("é", single_word=True)])
    yield "added normalized", pieces(lower, None, [added("ALONE", normalized=True), added("Alone"), added("<S>", normalized=True, special=True)])
    yield "added in Metaspace", pieces({"type": "Prepend", "prepend": "▁"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}, [added("two", normalized=True), added("<s>")])


IDS = [[], [0], [0, 1, 2], [3, 4, 3, 5], [6, 7, 8, 9], [9, 8, 7], [10, 11, 12, 13, 14], [15, 15, 16, 15, 17], [18, 0, 19], [1, 20, 1, 99, 2], [21, 22, 23, 24, 25]]
DECODED = "▁hello ▁world ##ing Ġthe ĠcafÃ© Ã <0xE4> <0xBD> <0xA0> <0xFF> a</w> b</w> c </w> d</w>e <pad> | h _x_ __y <s> do n't ' . 're".split(" ")


def decoders_list():
    for d in [
        decoders.ByteLevel(), decoders.WordPiece(), decoders.WordPiece(prefix="▁", cleanup=False), decoders.Metaspace(), decoders.Metaspace(prepend_scheme="never"),
        decoders.BPEDecoder(), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip("_", 1, 2), decoders.Replace("e", "éé"), decoders.CTC(), SPM_DECODER, None,
    ]:
        t = Tokenizer(models.WordLevel({x: i for i, x in enumerate(DECODED)}, unk_token="|"))
        t.add_special_tokens(["<s>"])
        if d:
            t.decoder = d
        yield (type(d).__name__ if d else "none"), t


def write(name, value):
    rows = value if isinstance(value, list) else [value]
    text = "[\n" + ",\n".join(json.dumps(x, ensure_ascii=True, separators=(",", ":")) for x in rows) + "\n]\n"
    (HERE / name).write_text(text)
    print(name, len(text), len(rows))


write("texts.json", TEXTS)
out = []
for name, t in models_list():
    pairs = []
    for a, b in PAIRS:
        e = t.encode(a, b)
        pairs.append([e.ids, e.special_tokens_mask, e.type_ids])
    out.append({"name": name, "tokenizer": whole(t), "encodings": [encoding(t, x) for x in TEXTS], "pairs": [list(p) for p in PAIRS], "pairEncodings": pairs})
write("models.json", out)
out = []
for name, j in stages_list():
    t = Tokenizer.from_str(json.dumps(j))
    rows = []
    for text in TEXTS:
        e = t.encode(text)
        rows.append([e.ids, e.tokens, offsets(text, e)])
    out.append({"name": name, "tokenizer": j, "encodings": rows})
write("stages.json", out)
out = []
for name, t in decoders_list():
    rows = []
    for ids in IDS:
        try:
            rows.append(t.decode(ids))
        except BaseException:  # the reference panics on an empty list with some decoders
            rows.append("")
    out.append({"name": name, "tokenizer": whole(t), "ids": IDS, "texts": rows})
write("decoders.json", out)
