"""A training step of the usual small setting, Orrery beside torch's eager step, interleaved in one run; prints medians, the ratio and peak memory.

    python train.py PATH_TO_ORRERY [--pairs 7] [--steps 20] [--threads 2]

4 layers, 4 heads, width 128, context 64, batch 12, vocabulary 65: a pre-norm decoder with biases, GELU, learned positions and a tied head; AdamW, gradients
clipped at 1. Every second pair is measured in the reverse order, so that a noisy minute falls on both. Needs a quiet machine.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

LAYERS, HEADS, WIDTH, CONTEXT, BATCH, VOCABULARY = 4, 4, 128, 64, 12, 65


def peak():
    """The most memory that this process has held at once, in bytes."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def torch_side(steps, threads):
    """Runs in a process of its own: times `steps` steps for every line on standard input."""
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    before = peak()

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x):
            b, t, _ = x.shape
            q, k, v = (y.view(b, t, HEADS, WIDTH // HEADS).transpose(1, 2) for y in self.qkv(self.norm1(x)).split(WIDTH, 2))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.transpose(1, 2).reshape(b, t, WIDTH))
            return x + self.down(F.gelu(self.up(self.norm2(x))))

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
            self.blocks, self.norm = nn.ModuleList(Block() for _ in range(LAYERS)), nn.LayerNorm(WIDTH)
            for module in self.modules():
                if isinstance(module, (nn.Linear, nn.Embedding)):
                    nn.init.normal_(module.weight, std=0.02)

        def forward(self, ids):
            x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.norm(x) @ self.tokens.weight.T

    model = Decoder()
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0}], lr=1e-3, betas=(0.9, 0.99), fused=False)

    def step():
        ids = torch.randint(0, VOCABULARY, (BATCH, CONTEXT + 1))
        loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        return loss.item()

    for _ in range(steps):
        step()
    print(json.dumps({"parameters": sum(p.numel() for p in model.parameters())}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(steps):
            step()
        print(json.dumps({"ms": 1000 * (time.perf_counter() - start) / steps, "peak": peak(), "library": before}), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("orrery")
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument("--steps", type=int, default=20)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    torch = subprocess.Popen(
        [sys.executable, os.path.abspath(__file__), "--torch", str(given.steps), str(given.threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(given.threads)})
    counted = json.loads(torch.stdout.readline())["parameters"]

    def ask_torch():
        torch.stdin.write("\n")
        torch.stdin.flush()
        return json.loads(torch.stdout.readline())

    def ask_orrery():
        out = subprocess.run(
            [given.orrery, "bench", "train", "--repetitions", "1", "--threads", str(given.threads), "--format", "json"], capture_output=True, text=True)
        if out.returncode:
            sys.exit(f"orrery bench train: exit {out.returncode}: {out.stderr.strip()}")
        return json.loads(out.stdout)

    ours, theirs = [], []
    for pair in range(given.pairs):
        for side in [0, 1] if pair % 2 == 0 else [1, 0]:
            (ours.append(ask_orrery()) if side == 0 else theirs.append(ask_torch()))
    torch.stdin.close()
    torch.wait()
    if ours[0]["parameters"] != counted:
        sys.exit(f"the two models differ: {ours[0]['parameters']} parameters here, {counted} there")
    a = statistics.median(x["milliseconds_per_step"] for x in ours)
    b = statistics.median(x["ms"] for x in theirs)
    ratios = sorted(y["ms"] / x["milliseconds_per_step"] for x, y in zip(ours, theirs))
    print(f"{counted:,} parameters, {given.threads} threads, {given.pairs} pairs of {given.steps} steps")
    print(f"orrery  {a:8.2f} ms a step   {max(x['peak_memory_bytes'] for x in ours) / 1e6:8.1f} MB at most")
    print(f"torch   {b:8.2f} ms a step   {max(x['peak'] for x in theirs) / 1e6:8.1f} MB at most ({theirs[0]['library'] / 1e6:.1f} MB of them the library)")
    print(f"orrery is {statistics.median(ratios):.2f} times as fast (from {ratios[0]:.2f} to {ratios[-1]:.2f}); the reach is 1.5")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--torch"]:
        torch_side(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
