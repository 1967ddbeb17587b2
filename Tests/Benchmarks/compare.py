"""Orrery beside torch and llama.cpp, interleaved in one run; prints medians, ratios and whether the reach is met.

    python compare.py PATH_TO_ORRERY [PATH_TO_LLAMA_BENCH] [--pairs 7] [--models FOLDER] [--only prefill,decode,bf16,mini]

Both sides take two threads; each pair is measured in an alternating order, so that a noisy minute falls on both. Needs a quiet
machine and about 1.7 GB in FOLDER (default: bench-models in the system's temporary folder).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import shapes

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2


class Torch:
    """A torch_forward.py that waits to be asked."""

    def __init__(self, folder, tokens):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "torch_forward.py"), folder, str(tokens), str(THREADS)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bytes = int(self.process.stdout.readline().split()[1])

    def seconds(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def orrery(program, model, dtype, prompt, new, repetitions):
    out = subprocess.run([program, "bench", model, "--dtype", dtype, "--prompt-tokens", str(prompt), "--new-tokens", str(new),
                          "--repetitions", str(repetitions), "--threads", str(THREADS), "--format", "json"],
                         capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"orrery bench: exit {out.returncode}: {out.stderr.strip()}")
    return json.loads(out.stdout)


def llama_bench(program, gguf, new):
    out = subprocess.run([program, "-m", gguf, "-p", "0", "-n", str(new), "-t", str(THREADS), "-r", "1", "-o", "json"],
                         capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"llama-bench: exit {out.returncode}: {out.stderr.strip()[-300:]}")
    return json.loads(out.stdout)[0]["avg_ts"]


def interleave(pairs, *sides):
    """[[value per pair] per side]; every second pair in the reverse order."""
    values = [[] for _ in sides]
    for n in range(pairs):
        order = list(range(len(sides)))
        for i in order if n % 2 == 0 else reversed(order):
            values[i].append(sides[i]())
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return values


missed = []


def line(what, ours, name, theirs, unit, reach):
    """Medians of rates (more is better), the ratio of medians, and the spread of the ratios of pairs."""
    a, b = statistics.median(ours), statistics.median(theirs)
    ratios = sorted(x / y for x, y in zip(ours, theirs))
    met = reach is None or a / b >= reach
    if not met:
        missed.append(what)
    print(f"{what:34} orrery {a:9.1f}  {name} {b:9.1f} {unit}   ratio {a / b:5.2f} (pairs {ratios[0]:.2f}–{ratios[-1]:.2f})"
          + ("" if reach is None else f"   {'meets' if met else 'MISSES'} {reach}"), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("orrery")
    parser.add_argument("llama_bench", nargs="?")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--models", default=os.path.join(tempfile.gettempdir(), "bench-models"))
    parser.add_argument("--only", default="prefill,decode,bf16,mini")
    a = parser.parse_args()
    shapes.write_all(a.models, with_gguf=a.llama_bench is not None)
    model = lambda name: os.path.join(a.models, name)
    ask = a.only.split(",")

    if "prefill" in ask:
        torch = Torch(model("standard-f32"), 512)
        ours, theirs = interleave(a.pairs, lambda: orrery(a.orrery, model("standard-f32"), "f32", 512, 1, 3)["prefill_tokens_per_second"],
                                  lambda: 512 / torch.seconds())
        torch.close()
        line("prefill 512, f32", ours, "torch    ", theirs, "tokens/s", 1.0)

    decoded = {}
    for dtype, key in (("f32", "decode"), ("bf16", "bf16")):
        if key not in ask:
            continue
        folder = model(f"standard-{dtype}")
        decode = lambda: orrery(a.orrery, folder, dtype, 8, 64, 1)["decode_tokens_per_second"]
        reading = Torch(folder, "-")
        sides = [decode, lambda: 1 / reading.seconds()]
        if a.llama_bench:
            sides.append(lambda: llama_bench(a.llama_bench, model(f"standard-{dtype}.gguf"), 64))
        ours, memory, *theirs = interleave(a.pairs, *sides)
        reading.close()
        decoded[dtype] = ours
        if theirs:
            line(f"decode, {dtype}", ours, "llama.cpp", theirs[0], "tokens/s", 0.97 if dtype == "f32" else 1.0)
        line(f"decode, {dtype}, all weights read", ours, "memory   ", memory, "passes/s", 0.9 if dtype == "f32" else None)
    if len(decoded) == 2:
        line("decode, bf16 over f32", decoded["bf16"], "f32      ", decoded["f32"], "tokens/s", 1.5)

    if "mini" in ask:
        torch = Torch(model("mini-f32"), 16)
        ours, theirs = interleave(a.pairs, lambda: orrery(a.orrery, model("mini-f32"), "f32", 16, 1, 50)["prefill_tokens_per_second"] / 16,
                                  lambda: 1 / torch.seconds())
        torch.close()
        line("forward of a mini model, 16 tokens", ours, "torch    ", theirs, "passes/s", 2.0)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
