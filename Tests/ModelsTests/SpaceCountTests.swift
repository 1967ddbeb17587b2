// Exact counts of the published state spaces and their hybrids. `bounded`: the states in float32, and in bf16 the windows of the convolutions,
// which hold three tokens.

private let s4dLayer = 512 + 4 * 512 * 32 + 512 + 2 * 512 * 513 + 2 * 512

let spacePublished: [Published] = [
  Published(name: "mamba-130m", parameters: 129_135_360, bounded: 2_359_296 + 221_184),
  Published(name: "mamba-370m", parameters: 371_516_416, bounded: 6_291_456 + 589_824),
  Published(name: "mamba-790m", parameters: 793_204_224, bounded: 9_437_184 + 884_736),
  Published(name: "mamba-1.4b", parameters: 1_372_178_432, bounded: 12_582_912 + 1_179_648),
  Published(name: "mamba-2.8b", parameters: 2_768_345_600, bounded: 20_971_520 + 1_966_080),
  Published(name: "falcon-mamba-7b", parameters: 7_272_665_088, bounded: 33_554_432 + 3_145_728),
  Published(name: "mamba2-130m", parameters: 128_989_632, bounded: 18_874_368 + 258_048),
  Published(name: "mamba2-370m", parameters: 368_346_624, bounded: 50_331_648 + 663_552),
  Published(name: "mamba2-780m", parameters: 780_161_280, bounded: 75_497_472 + 958_464),
  Published(name: "mamba2-1.3b", parameters: 1_343_757_312, bounded: 100_663_296 + 1_253_376),
  Published(name: "mamba2-2.7b", parameters: 2_702_599_680, bounded: 167_772_160 + 2_064_384),
  Published(name: "mamba-codestral-7b", parameters: 7_285_403_648, bounded: 268_435_456 + 3_932_160),
  // Four layers of attention grow; 28 hold a state of 8192 × 16 and a window.
  Published(
    name: "jamba-v0.1", parameters: 51_570_323_328, active: 12_110_311_296, perToken: 16_384,
    bounded: 28 * (8192 * 16 * 4 + 8192 * 3 * 2)),
  // Every layer grows and holds a state.
  Published(
    name: "falcon-h1-0.5b", parameters: 521_411_104, perToken: 36 * 2 * 2 * 64 * 2,
    bounded: 36 * (1536 * 128 * 4 + (1536 + 2 * 128) * 3 * 2)),
  Published(
    name: "falcon-h1-34b", parameters: 33_642_516_224, perToken: 72 * 2 * 4 * 128 * 2,
    bounded: 72 * (4096 * 256 * 4 + (4096 + 2 * 2 * 256) * 3 * 2)),
  // Δ, a complex decay and read-out for each of 32 states, D and the gated mix of each channel; a norm; embedding and head.
  Published(
    name: "s4d-scifar", parameters: 6 * s4dLayer + 2 * 256 * 512 + 2 * 512, bounded: 6 * 512 * 32 * 2 * 4),
]
