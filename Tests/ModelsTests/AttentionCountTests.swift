// Published sizes of the attention families that have no checkpoint here, and of the first mixtures of experts: parameters, active ones and
// cache against their papers' tables and closed forms.

import Blocks
import Models
import Testing

struct PublishedRecipe: CustomStringConvertible, Sendable {
  let name: String
  let total: Int
  var active: Int?
  /// Bytes of bf16 that a token adds, of what is bounded, and that a token of the source adds.
  var perToken = 0, bounded = 0, perSource = 0
  var description: String { name }

  /// GPT-3: (V + 2048)·d + 2d + L·(4·d·a + 3a + d + 8d² + 5d + 4d) with an attention of width a. Half of the layers see a band of 256.
  static func gpt3(_ size: String, layers: Int, width: Int, attention: Int, total: Int) -> PublishedRecipe {
    let half = 2 * layers * attention
    return PublishedRecipe(name: "gpt3-\(size)", total: total, perToken: half, bounded: 256 * half)
  }
}

let attentionPublished: [PublishedRecipe] = [
  PublishedRecipe(name: "transformer-base", total: 63_045_632, perToken: 12_288, perSource: 12_288),
  PublishedRecipe(name: "transformer-big", total: 214_171_648, perToken: 24_576, perSource: 24_576),
  .gpt3("small", layers: 12, width: 768, attention: 768, total: 125_226_240),
  .gpt3("medium", layers: 24, width: 1024, attention: 1024, total: 355_871_744),
  .gpt3("large", layers: 24, width: 1536, attention: 1536, total: 760_300_032),
  .gpt3("xl", layers: 24, width: 2048, attention: 2048, total: 1_315_723_264),
  .gpt3("2.7b", layers: 32, width: 2560, attention: 2560, total: 2_651_553_280),
  .gpt3("6.7b", layers: 32, width: 4096, attention: 4096, total: 6_658_404_352),
  .gpt3("13b", layers: 40, width: 5140, attention: 5120, total: 12_936_488_380),
  .gpt3("175b", layers: 96, width: 12_288, attention: 12_288, total: 174_604_259_328),
  PublishedRecipe(name: "palm-8b", total: 8_632_012_800, perToken: 32_768),
  PublishedRecipe(name: "palm-62b", total: 62_495_662_080, perToken: 65_536),
  PublishedRecipe(name: "palm-540b", total: 540_356_474_880, perToken: 120_832),
  PublishedRecipe(name: "u-palm-540b", total: 540_356_474_880, perToken: 120_832),
  PublishedRecipe(name: "glm-130b", total: 128_697_794_560, perToken: 3_440_640),
  PublishedRecipe(name: "chatglm2-6b", total: 6_243_584_000, perToken: 28_672),
  // BERT-large (cased) for masked words, with four segments more.
  PublishedRecipe(name: "unilm-large", total: 335_174_458 - (30_522 - 28_996) * 1025 + 4 * 1024, perToken: 98_304),
  PublishedRecipe(name: "Mixtral-8x7B-v0.1", total: 46_702_792_704, active: 12_879_925_248, perToken: 131_072),
  PublishedRecipe(name: "Mixtral-8x22B-v0.1", total: 140_620_634_112, active: 39_152_031_744, perToken: 229_376),
  PublishedRecipe(name: "Mixtral-8x22B-Instruct-v0.1", total: 140_630_071_296, active: 39_161_468_928, perToken: 229_376),
  PublishedRecipe(name: "Qwen3-30B-A3B", total: 30_532_122_624, active: 3_353_032_704, perToken: 98_304),
]

@Suite struct AttentionCountTests {
  @Test(arguments: attentionPublished)
  func countsAreThoseOfThePapers(_ row: PublishedRecipe) throws {
    let model = try Model(path: fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("lessons/architectures/\(row.name)").path)
    let account = Account(model.outline, context: 300)
    #expect(account.total == row.total)
    #expect(account.active == row.active ?? row.total)
    #expect(account.bytesPerToken == row.perToken)
    #expect(account.constantBytes == row.bounded)
    #expect(account.bytesPerSourceToken == row.perSource)
  }

  /// "About 90 % of PaLM-540B's parameters are feed-forward": counted from its shapes.
  @Test func theFeedForwardShareOfPaLM() throws {
    let model = try Model(path: fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("lessons/architectures/palm-540b").path)
    var share = 0
    model.outline.walk { _, part in if part.role == .feedForward, part is GatedFeedForward { share += part.parameterCount } }
    #expect(share == 118 * 12 * 18_432 * 18_432)
    #expect((0.889...0.891).contains(Double(share) / 540_356_474_880))
  }
}
