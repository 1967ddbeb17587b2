// Exact counts of the diffusion models, from the sizes of their papers and released code.

private func linear(_ a: Int, _ b: Int) -> Int { a * b + b }
/// BERT's layer: biases everywhere, two norms.
private func bertLayer(_ w: Int, _ hidden: Int) -> Int { 4 * linear(w, w) + linear(w, hidden) + linear(hidden, w) + 4 * w }
/// Diffusion-LM's way in and out: vectors d, body w.
private func around(_ d: Int, _ w: Int, positions: Int) -> Int {
  linear(d, w) + linear(w, w) + linear(w, w) + linear(w, d) + positions * w + linear(128, 512) + linear(512, w)
}

let diffusionPublished: [Published] = {
  let base = 12 * bertLayer(768, 3072)
  // With the norm before the body and the bias of the tied head.
  func embedding(_ vocabulary: Int, _ d: Int) -> Int { vocabulary * d + vocabulary + base + around(d, 768, positions: 512) + 2 * 768 }
  let large = 24 * bertLayer(1024, 4096) + 50_265 * 1024 + 514 * 1024 + 1024 + 2 * 1024
  let robertaHead = linear(1024, 1024) + 2 * 1024 + 50_265
  // Pre-norm without biases in attention and feed-forward; gain and bias of the norms.
  let text = 12 * (4 * 768 * 768 + 2 * 768 * 3072 + 4 * 768) + 2 * 768 + linear(768, 3072) + linear(3072, 768)
  let dit = 4 * 768 * 768 + linear(768, 3072) + linear(3072, 768) + 2 * 768 + linear(129, 6 * 768)
  let gated = 3 * 512 * 2048 + 2 * 512, crossing = 4 * linear(512, 512) + 2 * 512
  return [
    Published(name: "LLaDA-8B", parameters: 8_015_581_184),
    Published(name: "diffusion-lm", parameters: embedding(821, 16)),
    Published(name: "diffuseq", parameters: embedding(30_522, 128)),
    Published(name: "ddpm-embeddings", parameters: embedding(30_522, 128)),
    Published(name: "rectified-flow", parameters: embedding(30_522, 128)),
    Published(name: "ssd-lm", parameters: large + robertaHead + 50_265 * 1024 + 2 * 1024),
    Published(
      name: "ar-diffusion",
      parameters: 30_522 * 129 + around(128, 512, positions: 512) + 6 * (3 * crossing + 2 * gated) + 2 * 2 * 512),
    Published(name: "d3pm-uniform", parameters: text + (8192 + 128) * 768),
    Published(name: "d3pm-absorbing", parameters: text + (8193 + 128) * 768),
    Published(name: "d3pm-gaussian", parameters: text + (256 + 256) * 768),
    Published(
      name: "bd3-lm", parameters: 2 * 50_258 * 768 + 50_258 + 12 * dit + linear(256, 129) + linear(129, 129) + 768 + linear(129, 2 * 768),
      perToken: 12 * 2 * 768 * 2),
  ]
}()
