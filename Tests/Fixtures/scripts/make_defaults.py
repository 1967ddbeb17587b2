"""Makes Tests/Fixtures/defaults.json: what the reference's configuration classes take where a file is silent.

    python make_defaults.py

{model_type: {key: default}}, the class's own keys (those of every class are left out). Null: the class works it out from other keys. Keys of rotary
positions, which the classes keep in one object, stand as files have them: `rope_theta`, and `partial_rotary_factor` where a class sets one.
"""
import dataclasses
import json
import math
import os

import transformers  # noqa: F401
from transformers.configuration_utils import PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

TYPES = """bert roberta albert electra distilbert t5 switch_transformers bart mbart openai-gpt gpt2 gpt_neo llama mistral qwen2 qwen3 glm glm4 mixtral
qwen3_moe gpt_oss deepseek_v2 deepseek_v3 deepseek_v32 rwkv mamba falcon_mamba mamba2 jamba falcon_h1 qwen3_next""".split()
COMMON = {field.name for field in dataclasses.fields(PreTrainedConfig)}


def plain(value):
    """A value as JSON has it."""
    if isinstance(value, tuple):
        return [plain(x) for x in value]
    if isinstance(value, float) and math.isinf(value):
        return "inf"
    return value


def defaults(cls):
    found = {f.name: plain(f.default) for f in dataclasses.fields(cls) if f.name not in COMMON and f.default is not dataclasses.MISSING}
    if found.pop("rope_parameters", "absent") != "absent":
        found["rope_theta"] = cls.default_theta
        partial = (cls().rope_parameters or {}).get("partial_rotary_factor")
        if partial is not None:
            found["partial_rotary_factor"] = partial
    return dict(sorted(found.items()))


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "defaults.json"), "w") as f:
    json.dump({t: defaults(CONFIG_MAPPING[t]) for t in TYPES}, f, indent=1)
    f.write("\n")
