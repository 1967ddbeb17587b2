"""Makes Tests/Fixtures/published-keys.txt, the keys of every configuration class of the reference, and prints those that lie one letter away from
another: the list `published` of Sources/Checkpoints/HarmlessKeys.swift.

    python published_keys.py
"""
import dataclasses
import os
import textwrap

import transformers  # noqa: F401
from transformers.models.auto.configuration_auto import CONFIG_MAPPING


def keys():
    for name in CONFIG_MAPPING.keys():
        cls = CONFIG_MAPPING[name]
        if dataclasses.is_dataclass(cls):
            yield from (field.name for field in dataclasses.fields(cls))
        yield from cls.attribute_map


def neighbours(a, b):
    """One letter too much, too little, another, or two swapped."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    if len(a) == len(b):
        odd = [i for i in range(len(a)) if a[i] != b[i]]
        return len(odd) == 1 or len(odd) == 2 and odd[1] == odd[0] + 1 and a[odd[0]] == b[odd[1]] and a[odd[1]] == b[odd[0]]
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1:] == short for i in range(len(long)))


names = sorted(set(keys()))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "published-keys.txt"), "w") as f:
    f.write("\n".join(names) + "\n")
near = sorted({x for i, a in enumerate(names) for b in names[i + 1:] if neighbours(a, b) for x in (a, b) if not x.startswith("_")})
print("\n".join(textwrap.wrap(" ".join(near), 140)))
