// Exact counts of published models, from their config.json alone: parameters as the published files hold them (tied tensors once,
// buffers not), and bytes of cache.

import Blocks
import Checkpoints
import Files
import Foundation
import Models
import Testing

/// What a published model counts.
struct Published: CustomStringConvertible, Sendable {
  let name: String
  let parameters: Int
  /// Those that one token touches; nil: all.
  var active: Int?
  /// Bytes of bf16 that a token adds; for an encoder–decoder, as many again for each token of the source.
  var perToken = 0
  /// Bytes of bf16 of what is bounded: full windows.
  var bounded = 0
  /// The class to count, where it is not the one that the file names.
  var asClass: String?
  var description: String { asClass.map { "\(name) as \($0)" } ?? name }
}

private let published: [Published] = [
  Published(name: "bert-base-uncased", parameters: 109_482_240, asClass: "BertModel"),
  Published(name: "bert-base-uncased", parameters: 109_514_298),
  Published(name: "bert-base-uncased", parameters: 110_106_428, asClass: "BertForPreTraining"),
  Published(name: "bert-base-cased", parameters: 108_310_272, asClass: "BertModel"),
  Published(name: "bert-base-cased", parameters: 108_340_804),
  Published(name: "bert-base-cased", parameters: 108_932_934, asClass: "BertForPreTraining"),
  Published(name: "bert-large-uncased", parameters: 335_141_888, asClass: "BertModel"),
  Published(name: "bert-large-uncased", parameters: 335_174_458),
  Published(name: "bert-large-uncased", parameters: 336_226_108, asClass: "BertForPreTraining"),

  Published(name: "t5-small", parameters: 60_506_624, perToken: 12_288),
  Published(name: "t5-base", parameters: 222_903_552, perToken: 36_864),
  Published(name: "t5-large", parameters: 737_668_096, perToken: 98_304),
  Published(name: "t5-3b", parameters: 2_851_598_336, perToken: 393_216),
  Published(name: "t5-11b", parameters: 11_307_321_344, perToken: 1_572_864),
  Published(name: "flan-t5-small", parameters: 76_961_152, perToken: 12_288),
  Published(name: "flan-t5-base", parameters: 247_577_856, perToken: 36_864),
  Published(name: "flan-t5-large", parameters: 783_150_080, perToken: 98_304),
  Published(name: "flan-t5-xl", parameters: 2_849_757_184, perToken: 196_608),
  Published(name: "flan-t5-xxl", parameters: 11_135_332_352, perToken: 393_216),

  Published(name: "gpt2", parameters: 124_439_808, perToken: 36_864),
  Published(name: "gpt2-medium", parameters: 354_823_168, perToken: 98_304),
  Published(name: "gpt2-large", parameters: 774_030_080, perToken: 184_320),
  Published(name: "gpt2-xl", parameters: 1_557_611_200, perToken: 307_200),


  Published(name: "LLaMA-7B", parameters: 6_738_415_616, perToken: 524_288),
  Published(name: "LLaMA-13B", parameters: 13_015_864_320, perToken: 819_200),
  Published(name: "LLaMA-30B", parameters: 32_528_943_616, perToken: 1_597_440),
  Published(name: "LLaMA-65B", parameters: 65_285_660_672, perToken: 2_621_440),
  Published(name: "Llama-2-7B", parameters: 6_738_415_616, perToken: 524_288),
  Published(name: "Llama-2-13B", parameters: 13_015_864_320, perToken: 819_200),
  Published(name: "Llama-2-70B", parameters: 68_976_648_192, perToken: 327_680),
  Published(name: "Llama-3-8B", parameters: 8_030_261_248, perToken: 131_072),
  Published(name: "Llama-3-70B", parameters: 70_553_706_496, perToken: 327_680),
  Published(name: "Llama-3.1-8B", parameters: 8_030_261_248, perToken: 131_072),
  Published(name: "Llama-3.1-70B", parameters: 70_553_706_496, perToken: 327_680),
  Published(name: "Llama-3.1-405B", parameters: 405_853_388_800, perToken: 516_096),
  Published(name: "Llama-3.2-1B", parameters: 1_235_814_400, perToken: 32_768),
  Published(name: "Llama-3.2-3B", parameters: 3_212_749_824, perToken: 114_688),
  // A window of 4096 tokens: nothing grows beyond it.
  Published(name: "Mistral-7B-v0.1", parameters: 7_241_732_096, bounded: 131_072 * 4096),
  Published(name: "Mistral-7B-v0.3", parameters: 7_248_023_552, perToken: 131_072),
  Published(name: "Qwen2-0.5B", parameters: 494_032_768, perToken: 12_288),
  Published(name: "Qwen2-1.5B", parameters: 1_543_714_304, perToken: 28_672),
  Published(name: "Qwen2-7B", parameters: 7_615_616_512, perToken: 57_344),
  Published(name: "Qwen2-72B", parameters: 72_706_203_648, perToken: 327_680),
  Published(name: "Qwen3-0.6B", parameters: 596_049_920, perToken: 114_688),
  Published(name: "Qwen3-1.7B", parameters: 1_720_574_976, perToken: 114_688),
  Published(name: "Qwen3-4B", parameters: 4_022_468_096, perToken: 147_456),
  Published(name: "Qwen3-8B", parameters: 8_190_735_360, perToken: 147_456),
  Published(name: "Qwen3-14B", parameters: 14_768_307_200, perToken: 163_840),
  Published(name: "Qwen3-32B", parameters: 32_762_123_264, perToken: 262_144),
]

/// Every published count, from the files of all families.
private let counted =
  published + recurrentPublished + latentPublished + spacePublished + attentionCheckpoints + expertsPublished + diffusionPublished

@Suite struct CountTests {
  private static let folder = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("lessons/architectures").path

  @Test(arguments: counted)
  func countsArePublishedOnes(_ model: Published) throws {
    let file = "\(Self.folder)/\(model.name)/config.json"
    var text = try String(contentsOfFile: file, encoding: .utf8)
    if let other = model.asClass {
      for name in ["BertForMaskedLM", "RobertaForMaskedLM", "AlbertForMaskedLM"] { text = text.replacing("\"\(name)\"", with: "\"\(other)\"") }
    }
    let configuration = Configuration(try JSON.parse(Array(text.utf8), name: file), file: file)
    let account = Account(try Family.of(configuration).recipe(configuration, .unknown), context: 16)
    #expect(account.total == model.parameters)
    #expect(account.active == model.active ?? model.parameters)
    #expect(account.bytesPerToken == model.perToken)
    #expect(account.constantBytes == model.bounded)
    let isPair = ["t5", "switch_transformers", "bart"].contains(configuration.json["model_type"]?.string) || model.name.hasPrefix("transformer-")
    #expect(account.bytesPerSourceToken == (isPair ? model.perToken : 0))
  }

  @Test func everyConfigurationIsCounted() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    #expect(Set(files) == Set(counted.map(\.name) + attentionPublished.map(\.name)))
  }

  @Test func everyConfigurationSaysWhereItIsFrom() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder) {
      let source = try String(contentsOfFile: "\(Self.folder)/\(name)/source.txt", encoding: .utf8)
      #expect(source.count > 20 && source.hasSuffix("\n") && source.split(separator: "\n").count == 1, "\(name): source.txt is one line")
    }
  }

  /// 2 × the sizes of every matrix that a token meets, and of its attention: a closed form, for a model without oddities.
  @Test func arithmeticOfOneToken() throws {
    let model = try Model(path: "\(Self.folder)/Llama-3-8B")
    let account = Account(model.outline, context: 1000)
    let matrices = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336) + 4096 * 128_256
    let attention = 32 * 2 * 1000 * 32 * 128
    #expect(account.multiplicationsPerToken == matrices + attention)
    #expect(account.bytes(after: 8192) == 1 << 30)
  }
}
