// Multiplications of one decoded token, by closed forms written here from the papers' shapes, against what running the recipe on outlines counts.
// Exact: no tolerance. `t` is the context, d the width.

import Blocks
import Foundation
import Models
import Testing

/// A published model and its matrix products for one token at a context of 1000.
struct Arithmetic: CustomStringConvertible, Sendable {
  let name: String, multiplications: Int
  var description: String { name }
}

private let t = 1000

/// The absorbed form of latent attention: a head reads 512 + 64 numbers of each token for its score and 512 for its mixture.
private func latent(_ d: Int, heads: Int, query: Int) -> Int {
  query + d * 576 + heads * 128 * d + 2 * heads * 128 * 512 + heads * t * (576 + 512)
}

private let known: [Arithmetic] = [
  Arithmetic(name: "gpt2", multiplications: 12 * (12 * 768 * 768 + 2 * t * 768) + 50_257 * 768),
  // An encoder reads all tokens at once: the share of one.
  Arithmetic(name: "bert-base-uncased", multiplications: 12 * (12 * 768 * 768 + 2 * t * 768) + 768 * 768 + 30_522 * 768),
  // The decoder's side: self-attention, the queries and outputs of cross-attention (its keys are cached), two readings of t tokens.
  Arithmetic(name: "t5-base", multiplications: 12 * (6 * 768 * 768 + 2 * 768 * 3072 + 4 * t * 768) + 32_128 * 768),
  Arithmetic(
    name: "Mixtral-8x7B-v0.1",
    multiplications: 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 2 * t * 4096 + 8 * 4096 + 2 * 3 * 4096 * 14_336) + 32_000 * 4096),
  Arithmetic(
    name: "DeepSeek-V3",
    multiplications: 61 * latent(7168, heads: 128, query: 7168 * 1536 + 1536 * 128 * 192) + 3 * 3 * 7168 * 18_432
      + 58 * (256 * 7168 + 9 * 3 * 7168 * 2048) + 129_280 * 7168),
  Arithmetic(
    name: "DeepSeek-V2-Lite",
    multiplications: 27 * latent(2048, heads: 16, query: 2048 * 16 * 192) + 3 * 2048 * 10_944 + 26 * (64 * 2048 + 8 * 3 * 2048 * 1408)
      + 102_400 * 2048),
  // 13·d² a layer: time mix 5, channel mix 8; the average is no matrix product.
  Arithmetic(name: "rwkv-4-169m", multiplications: 12 * 13 * 768 * 768 + 50_277 * 768),
  // Projections, four taps, and two products for each number of the state: what is written and what is read.
  Arithmetic(
    name: "mamba-2.8b",
    multiplications: 64 * (2560 * 10_240 + 5120 * 192 + 160 * 5120 + 5120 * 2560 + 5120 * (4 + 2 * 16)) + 50_280 * 2560),
  Arithmetic(
    name: "mamba2-130m",
    multiplications: 24 * (768 * (2 * 1536 + 2 * 128 + 24) + 1536 * 768 + 4 * (1536 + 2 * 128) + 2 * 1536 * 128) + 50_288 * 768),
  // 4·H·dk·dv operations for the mixer: two multiplications for each number of the state.
  Arithmetic(
    name: "retnet-1.3b", multiplications: 24 * (2 * 2048 * 2048 + 3 * 2048 * 3456 + 3 * 2048 * 3456 + 2 * 8 * 256 * 432) + 50_257 * 2048),
  Arithmetic(
    name: "delta-net-340m",
    multiplications: 24 * (4 * 1024 * 1024 + 8 * 1024 + 3 * 4 * 1024 + 4 * 8 * 128 * 128 + 3 * 1024 * 2816) + 32_000 * 1024),
  Arithmetic(
    name: "qwen3-next-80b-a3b",
    multiplications: 36 * (2048 * 12_288 + 2048 * 64 + 4 * 8192 + 4 * 32 * 128 * 128 + 4096 * 2048)
      + 12 * (2048 * 8192 + 2 * 2048 * 512 + 4096 * 2048 + 2 * t * 16 * 256) + 48 * (512 * 2048 + 11 * 3 * 2048 * 512 + 2048) + 151_936 * 2048),
  // 8·h·(h + in) operations a layer, as the reference pages have it.
  Arithmetic(name: "lstm-zaremba-large", multiplications: 2 * 4 * 1500 * 3000 + 1500 * 10_000),
  // Every pass reads the whole canvas.
  Arithmetic(
    name: "LLaDA-8B", multiplications: t * (32 * (4 * 4096 * 4096 + 3 * 4096 * 12_288 + 2 * t * 4096) + 126_464 * 4096)),
]

@Suite struct ArithmeticTests {
  private static let folder = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("lessons/architectures").path

  @Test(arguments: known)
  func oneTokenCosts(_ model: Arithmetic) throws {
    #expect(Account(try Model(path: "\(Self.folder)/\(model.name)").outline, context: t).multiplicationsPerToken == model.multiplications)
  }

  /// 540 356 474 880 parameters: three matrices of 18432 × 73728 in each of 118 layers are 89 % of them; with the embedding 90 %.
  @Test func feedForwardShareOfPaLM() throws {
    let model = try Model(path: "\(Self.folder)/palm-540b").outline
    var feedForward = 0
    model.walk { _, part in if part.role == .feedForward { feedForward += part.parameters.reduce(0) { $0 + $1.parameter.count } } }
    #expect(feedForward == 118 * 3 * 18_432 * 73_728)
    #expect(abs(Double(feedForward) / Double(model.parameterCount) - 0.8903) < 1e-4)
  }

  /// No published model runs into a fault when it is counted far beyond its own context: nothing is left out silently.
  @Test func nothingIsLeftOut() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder) {
      let outline = try Model(path: "\(Self.folder)/\(name)").outline
      for context in [1, 5000] {
        let account = Account(outline, context: context)
        #expect(account.fault == nil && account.multiplicationsPerToken > 0, "\(name) at \(context)")
      }
    }
  }
}
