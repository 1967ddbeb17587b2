// Exact counts of the published recurrent and linear-attention models. `bounded` is the state: it does not grow with the text.

let recurrentPublished: [Published] = [
  Published(name: "rwkv-4-169m", parameters: 169_342_464, bounded: 184_320),
  Published(name: "rwkv-4-430m", parameters: 430_397_440, bounded: 491_520),
  Published(name: "rwkv-4-1b5", parameters: 1_515_106_304, bounded: 983_040),
  Published(name: "rwkv-4-3b", parameters: 2_984_627_200, bounded: 1_638_400),
  Published(name: "rwkv-4-7b", parameters: 7_392_649_216, bounded: 2_621_440),
  Published(name: "rwkv-4-14b", parameters: 14_148_597_760, bounded: 4_096_000),
  // State of a layer: 64·width of the heads, 2·width of the token shifts, in float32.
  Published(name: "rwkv-7-0.1b", parameters: 191_034_624, bounded: 12 * 66 * 768 * 4),
  Published(name: "rwkv-7-0.4b", parameters: 450_767_872, bounded: 24 * 66 * 1024 * 4),
  Published(name: "rwkv-7-1.5b", parameters: 1_527_404_544, bounded: 24 * 66 * 2048 * 4),
  Published(name: "rwkv-7-2.9b", parameters: 2_947_735_040, bounded: 32 * 66 * 2560 * 4),
  // 1,220,642,816 without the embedding, as the authors' preset counts.
  Published(name: "retnet-1.3b", parameters: 1_220_642_816 + 50_257 * 2048, bounded: 84_934_656),
  Published(name: "lstm-zaremba-large", parameters: 66_022_000, bounded: 2 * 2 * 1500 * 4),
  Published(name: "elman-1990", parameters: 31 * 31 + 150 * 31 + 150 * 150 + 150 + 31 * 150 + 31, bounded: 150 * 4),
  // 93,600,864 as published, and the mix: three weights and a scale.
  Published(name: "elmo", parameters: 93_600_868),
  Published(
    name: "linear-transformer-mnist",
    parameters: 2 * 256 * 256 + 784 * 256 + 8 * (4 * 256 * 257 + 2 * 256 * 1024 + 1024 + 256 + 4 * 256) + 2 * 256,
    bounded: 8 * 8 * 32 * 33 * 4),
  // q, k, v, o and a rate for each head, three convolutions of 4 taps, a norm for each head; SwiGLU; two norms.
  Published(
    name: "delta-net-340m",
    parameters: 2 * 32_000 * 1024 + 24 * (4 * 1024 * 1024 + 8 * 1024 + 3 * 4 * 1024 + 128 + 3 * 1024 * 2816 + 2 * 1024) + 1024,
    bounded: 24 * (8 * 128 * 128 * 4 + 3 * 1024 * 3 * 2)),
  // The same with values twice as wide as keys, a decay with its rate and bias for each head, and a gate as wide as the values.
  Published(
    name: "gated-deltanet-1.3b",
    parameters: 2 * 32_000 * 2048 + 21
      * (2 * 2048 * 1536 + 3 * 2048 * 3072 + 2 * 2048 * 6 + 2 * 6 + 4 * (2 * 1536 + 3072) + 512 + 3 * 2048 * 5632 + 2 * 2048) + 2048,
    bounded: 21 * (6 * 256 * 512 * 4 + 3 * (2 * 1536 + 3072) * 2)),
  // The operator by its closed formula, a feed-forward with biases, two norms; every token's input of the long convolution is kept.
  Published(
    name: "hyena-153m",
    parameters: 50_264 * 864 + 18
      * (3 * 864 * 864 + 3 * 864 + 864 * 864 + 864 + 4 * 3 * 864 + 33 * 64 + 64 + 2 * (64 * 64 + 64) + 64 + 64 * 864 + 864 + 2048 * 33
        + 2 * 864 * 1728 + 1728 + 864 + 4 * 864) + 2 * 864,
    perToken: 18 * 864 * 2, bounded: 18 * 3 * 864 * 2 * 2),
  // 36 states in float32 and their convolutions' windows of 3 tokens in bf16; 12 layers of attention grow.
  Published(
    name: "qwen3-next-80b-a3b", parameters: 79_674_391_296, active: 3_874_929_408, perToken: 24_576, bounded: 75_497_472 + 1_769_472),
]
