"""Writes Sources/Tokenizers/Unicode/UnicodeTables.swift: what the reference library believes about every code point.

The reference mixes five Unicode versions (its regular expressions, its normaliser, its categories, Rust's own and its
scripts), so the tables are read off its behaviour, over all code points, instead of from one edition of the Unicode
database. Run with the `tokenizers` package: python Tests/Fixtures/tokenizers/tables.py
"""

import base64
import pathlib
import unicodedata
from collections import defaultdict

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
ALL = "".join(map(chr, POINTS))
MARK = "\u0001"


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def runs_of(values):
    """[(length, value)] over 0…10FFFF; `values` maps code points to numbers, 0 where absent."""
    out, start, current = [], 0, values.get(0, 0)
    for c in range(1, 0x110000):
        v = values.get(c, 0)
        if 0xD800 <= c <= 0xDFFF:
            v = current
        if v != current:
            out.append((c - start, current))
            start, current = c, v
    out.append((0x110000 - start, current))
    return out


def code_runs(runs):
    return b"".join(varint(length) + varint(value) for length, value in runs)


def unmatched(pre):
    """Indices into ALL that the pre-tokenizer keeps when it removes what it matches."""
    keep = set()
    for _, (a, b) in pre.pre_tokenize_str(ALL):
        keep.update(range(a, b))
    return keep


def matched(pattern):
    keep = unmatched(pre_tokenizers.Split(Regex(pattern), "removed"))
    return {POINTS[i] for i in range(len(POINTS)) if i not in keep}


def each(normalizer, separator=MARK):
    """normalizer(c) for every code point, through one call."""
    text = "".join(separator + chr(c) for c in POINTS if chr(c) != separator)
    parts = normalizer.normalize_str(text).split(separator)[1:]
    points = [c for c in POINTS if chr(c) != separator]
    assert len(parts) == len(points), (len(parts), len(points))
    return dict(zip(points, parts))


CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn".split()
category = {}
for i, name in enumerate(CATEGORIES):
    for c in matched(r"\p{%s}" % name):
        assert c not in category, hex(c)
        category[c] = i
assert len(category) == len(POINTS)

flags = defaultdict(int)


def flag(bit, points):
    for c in points:
        flags[c] |= 1 << bit


def removed(pre):
    keep = unmatched(pre)
    return {POINTS[i] for i in range(len(POINTS)) if i not in keep}


word = pre_tokenizers.Whitespace()
flag(0, (c for c in POINTS if len(word.pre_tokenize_str("a" + chr(c))) == 1 and word.pre_tokenize_str(chr(c))))
flag(1, matched(r"\w"))
space = removed(pre_tokenizers.WhitespaceSplit())
assert space == matched(r"\s"), "white space differs between the two"
flag(2, space)
numeric = set()
for i, (_, (a, b)) in enumerate(pre_tokenizers.Digits(individual_digits=False).pre_tokenize_str(ALL)):
    if i % 2:
        numeric.update(POINTS[a:b])
flag(3, numeric)
flag(4, removed(pre_tokenizers.Punctuation("removed")))
clean = each(normalizers.BertNormalizer(True, False, False, False), "x")
flag(5, (c for c, s in clean.items() if s == ""))
accents = each(normalizers.BertNormalizer(False, False, True, False))
flag(6, (c for c, s in accents.items() if s == ""))
flag(7, (c for c, s in each(normalizers.StripAccents()).items() if s == ""))
for bit, name in enumerate(("alpha", "lower", "upper"), 8):
    flag(bit, matched(rf"\p{{{name}}}"))

# Lower case: (code point delta, count, stride, offset) where a whole run moves by the same offset; else the full text.
lower = {c: s for c, s in each(normalizers.Lowercase()).items() if s != chr(c)}
lower_bytes, singles = bytearray(), []
moves = sorted((c, ord(s) - c) for c, s in lower.items() if len(s) == 1)
several = sorted((c, s) for c, s in lower.items() if len(s) > 1)
at = i = 0
entries = []
while i < len(moves):
    c, delta = moves[i]
    best = (1, 1)
    for stride in (1, 2):
        n = 1
        while i + n < len(moves) and moves[i + n] == (c + n * stride, delta):
            n += 1
        if n > best[0]:
            best = (n, stride)
    entries.append((c, best[0], best[1], delta))
    i += best[0]
for c, n, stride, delta in entries:
    zigzag = delta * 2 if delta >= 0 else -delta * 2 - 1
    lower_bytes += varint(c - at) + varint(n) + varint(stride) + varint(zigzag)
    at = c


def code_texts(pairs):
    out, at = bytearray(), 0
    for c, s in pairs:
        out += varint(c - at) + varint(len(s)) + b"".join(varint(ord(x)) for x in s)
        at = c
    return bytes(out)


hangul = range(0xAC00, 0xAC00 + 11172)
canonical = sorted((c, s) for c, s in each(normalizers.NFD()).items() if s != chr(c) and c not in hangul)
compatible = sorted(
    (c, s) for c, s in each(normalizers.NFKD()).items() if s != chr(c) and c not in hangul and s != dict(canonical).get(c)
)

nfd = normalizers.NFD()
values = sorted({unicodedata.combining(chr(c)) for c in POINTS} - {0})
representative = {}
for c in POINTS:
    v = unicodedata.combining(chr(c))
    if not v or v in representative or nfd.normalize_str(chr(c)) != chr(c):
        continue
    # The reference must know it as a mark: older editions of Unicode lack some.
    if v == 240 or nfd.normalize_str("a\u0345" + chr(c)) == "a" + chr(c) + "\u0345":
        representative[v] = chr(c)
values = [v for v in values if v in representative]
top = representative[240]
probe = each(normalizers.NFD())
ccc = {ord(top): 240}
text = MARK.join(top + chr(c) for c in POINTS if chr(c) not in (MARK, top))
for c, s in zip((c for c in POINTS if chr(c) not in (MARK, top)), nfd.normalize_str(text).split(MARK)):
    if probe[c] == chr(c) and s == chr(c) + top:
        below = [v for v in values if nfd.normalize_str("a" + representative[v] + chr(c)) == "a" + representative[v] + chr(c)]
        ccc[c] = max(below)
reach = max(ccc.values())
for c in POINTS:  # nothing stands above 240
    if unicodedata.combining(chr(c)) == 240 and c not in ccc and probe[c] == chr(c):
        ccc[c] = 240

nfc = normalizers.NFC()
pairs = []
for c, s in canonical:
    parts = unicodedata.decomposition(chr(c)).split()
    if len(parts) == 2 and not parts[0].startswith("<"):
        a, b = (int(x, 16) for x in parts)
        if nfc.normalize_str(chr(a) + chr(b)) == chr(c):
            pairs.append((c, chr(a) + chr(b)))

scripts = pre_tokenizers.UnicodeScripts()


def same(a, b):
    pieces = scripts.pre_tokenize_str(a + b)
    return len(pieces) == 1 and len(pieces[0][0]) == 2


script, known = {}, []
last = None
for c in POINTS:
    s = chr(c)
    if same("a", s) and same("α", s):
        continue  # belongs to any script
    if last is not None and same(known[last - 1], s):
        script[c] = last
        continue
    for i, other in enumerate(known):
        if same(other, s):
            last = i + 1
            break
    else:
        known.append(s)
        last = len(known)
    script[c] = last

named = "Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Mongolian Myanmar Oriya Sinhala Tamil Telugu Thai Tibetan Common Inherited".split()
regex_script = {}
for i, name in enumerate(named):
    for c in matched(r"\p{%s}" % name):
        regex_script[c] = i + 1

tables = [
    ("categories", f"runs of (length, category); the order is {' '.join(CATEGORIES)}", code_runs(runs_of(category))),
    ("flags", "runs of (length, `ScalarFlags`)", code_runs(runs_of(flags))),
    ("lowercase", "(distance, count, stride, zigzag offset) of runs that move together", bytes(lower_bytes)),
    ("lowercaseTexts", "(distance, count, scalars) of letters that become several", code_texts(several)),
    ("canonical", "(distance, count, scalars): full canonical decompositions, Hangul aside", code_texts(canonical)),
    ("compatible", "the same for compatibility, where it differs", code_texts(compatible)),
    ("combining", "runs of (length, canonical combining class)", code_runs(runs_of(ccc))),
    ("compositions", "(distance, 2, pair): what composes into the code point", code_texts(pairs)),
    ("scripts", "runs of (length, script); 0 goes with any neighbour", code_runs(runs_of(script))),
    ("namedScripts", f"runs of (length, script) as patterns know them, from 1: {' '.join(named)}", code_runs(runs_of(regex_script))),
]
lines = [
    "/// What the reference knows of every code point: generated by Tests/Fixtures/tokenizers/tables.py from the behaviour of",
    f"/// tokenizers {tokenizers.__version__}, since it mixes several editions of Unicode. Never edited by hand; longer than other files because it is",
    "/// a table. Each is a base64 text of numbers in 7-bit groups, low first, the high bit set in all but the last.",
    "enum UnicodeTables {",
]
for name, comment, data in tables:
    body = base64.b64encode(data).decode()
    lines += [f"  /// {comment}.", f'  static let {name}: StaticString = """']
    lines += ["    " + body[i : i + 140] + ("\\" if i + 140 < len(body) else "") for i in range(0, len(body), 140)]
    lines += ['    """']
lines += ["}", ""]
out = pathlib.Path(__file__).parents[3] / "Sources/Tokenizers/Unicode/UnicodeTables.swift"
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text("\n".join(lines))
print({name: len(data) for name, _, data in tables}, len(known), "scripts", len(several), reach)
