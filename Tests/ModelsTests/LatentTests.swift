// Latent attention: its two forms, what it caches, and the indexer's choice; 8-bit weights; DeepSeek's configurations and their counts.

import Blocks
import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Testing

private let ids = [5, 17, 9, 31, 7, 12, 40, 3, 22, 11, 6, 35, 28, 14, 19, 8]

private func model(_ name: String) throws -> Model { try Model(path: fixtures.appendingPathComponent(name).path) }

private func gap(_ a: Tensor, _ b: Tensor) -> Float { a.untracked.largestDifference(from: b.untracked) }

/// What an operation says when it fails.
private func failure(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch { return "\(error)" }
}

let latentPublished: [Published] = [
  Published(name: "DeepSeek-V2", parameters: 235_741_434_880, active: 21_375_800_320, perToken: 69_120),
  Published(name: "DeepSeek-V2-Lite", parameters: 15_706_484_224, active: 2_661_150_208, perToken: 31_104),
  Published(name: "DeepSeek-V3", parameters: 671_026_404_352, active: 37_552_282_624, perToken: 70_272),
  Published(name: "DeepSeek-V3.2-Exp", parameters: 671_877_929_216, active: 38_403_807_488, perToken: 85_888),
  // By the same closed form as DeepSeek-V3; published as "1T, 32B active".
  Published(name: "Kimi-K2", parameters: kimi.total, active: kimi.active, perToken: 70_272),
  // LLaMA-7B's numbers: three of its layers stand beside the last one. The trunk and the first head keep 29 layers of keys and values.
  Published(name: "Multi-Token-7B", parameters: 6_738_415_616, perToken: 29 * 2 * 4096 * 2),
]

/// Kimi-K2 by hand: a dense layer and sixty with 8 of 384 experts, width 7168.
private let kimi: (total: Int, active: Int) = {
  let (d, h) = (7168, 64)
  let attention = d * 1536 + 1536 + 1536 * h * 192 + d * 576 + 512 + 512 * h * 256 + h * 128 * d
  let expert = 3 * d * 2048
  let rest = 2 * 163_840 * d + d + 61 * (attention + 2 * d) + 3 * d * 18_432 + 60 * (384 * d + expert)
  return (rest + 60 * 384 * expert, rest + 60 * 8 * expert)
}()

@Suite struct LatentTests {
  static let all = ["deepseek-v2", "deepseek-v2-lite", "deepseek-v3", "deepseek-v3-half", "deepseek-v32", "deepseek-v32-wide"]

  /// Logits around 10: 2e-4 is the rounding of float32 on the way.
  @Test(arguments: all) func theFormsGiveTheSameNumbers(_ name: String) throws {
    let m = try model(name).architecture
    let whole = try m(ids, Run(keepsMemory: false))
    for form in LatentAttention.Form.allCases {
      let run = Run()
      run.latentForm = form
      var rows = [try m(Array(ids[..<9]), run)]
      for id in ids[9...] { rows.append(try m([id], run)) }
      #expect(gap(concatenate(rows.map(\.untracked), axis: 1), whole) < 2e-4, "\(name), \(form)")
    }
  }

  @Test(arguments: all) func watchingChangesNoNumber(_ name: String) throws {
    let m = try model(name).architecture
    let watched = Run(keepsMemory: false, watch: .everything)
    let plain = try m(ids, Run(keepsMemory: false))
    #expect(gap(plain, try m(ids, watched)) < 2e-4)
    for part in ["query", "key", "value", "scores", "pattern", "mixed", "output", "latent", "rotaryKey"] {
      #expect(watched["layers.0.attention.\(part)"] != nil, "\(name): \(part)")
    }
  }

  @Test func aStepIsAbsorbedAndALongPromptExpanded() throws {
    let m = try model("deepseek-v3").architecture
    let run = Run(watch: .matching(["layers.0.attention.key"]))
    // 12 numbers of a latent, heads of 6 + 4 and 5: expanding a key costs 132, a pair 15, an absorbed pair 28.
    _ = try m(Array(repeating: 7, count: 30), run)
    #expect(run["layers.0.attention.key"]?.shape == [1, 30, 3, 10])
    _ = try m([7], run)
    #expect(run["layers.0.attention.key"]?.shape == [1, 31, 1, 16])
  }

  @Test func whatIsCachedIsTheLatentAndTheRotaryKey() throws {
    for (name, extra) in [("deepseek-v3", 0), ("deepseek-v32", 8)] {
      let m = try model(name), run = Run()
      _ = try m.architecture(ids, run)
      let names = Set(run.slots.filter { $0.name.hasPrefix("layers.1.") }.map { $0.name.replacing("layers.1.attention.", with: "") })
      #expect(names == Set(["latent", "rotaryKey"] + (extra > 0 ? ["indexer.keys"] : [])))
      #expect(run.memoryBytes == ids.count * 3 * (12 + 4 + extra) * 4)
      let account = Account(m.outline, context: 64)
      #expect(account.bytesPerToken == 3 * (12 + 4 + extra) * 2)
    }
  }

  /// As long as fewer keys stand there than may be chosen, nothing is chosen and V3.2 is V3.
  @Test func theIndexerChooses() throws {
    let m = try model("deepseek-v32").architecture
    let run = Run(keepsMemory: false, watch: .matching(["*indexer.chosen", "*indexer.scores", "*pattern"]))
    _ = try m(Array(ids[..<6]), run)
    #expect(run["layers.0.attention.indexer.chosen"] == nil)
    _ = try m(ids, run)
    let chosen = try #require(run["layers.0.attention.indexer.chosen"]).untracked
    #expect(chosen.shape == [1, 16, 6])
    let pattern = try #require(run["layers.0.attention.pattern"]).values
    for t in 0..<16 {
      let row = (0..<6).map { Int(chosen.values[t * 6 + $0]) }
      #expect(Set(row).count == 6)
      // Attention falls on chosen keys only, and never on the future.
      let lit = (0..<16).filter { pattern[t * 16 + $0] > 0 }
      #expect(lit.count == min(t + 1, 6))
      #expect(Set(lit).isSubset(of: row) && lit.allSatisfy { $0 <= t })
    }
  }

  /// Beyond `index_topk` a token costs no more attention, however long the text: only the indexer goes on.
  @Test func sparseAttentionCostsTheChosenKeysOnly() throws {
    let m = try model("deepseek-v32").outline
    let (near, far) = (Account(m, context: 32), Account(m, context: 64))
    // Nine heads of eight numbers and their weighted sum, in three layers.
    #expect(far.multiplicationsPerToken - near.multiplicationsPerToken == 3 * 32 * (9 * 8 + 9))
  }

  @Test func influenceIsTheMaskOnlyWhereTheIndexerLooks() throws {
    let m = try model("deepseek-v32").architecture
    let before = try m(ids, Run(keepsMemory: false))
    var other = ids
    other[12] += 1
    let after = try m(other, Run(keepsMemory: false))
    #expect(gap(before.slice(0..<12, axis: 1), after.slice(0..<12, axis: 1)) == 0)
    #expect(gap(before.slice(12..<13, axis: 1), after.slice(12..<13, axis: 1)) > 0.01)
  }

  /// The mask of an edited run applies to latent attention as to any other.
  @Test func anotherMask() throws {
    let m = try model("deepseek-v3").architecture
    let run = Run(keepsMemory: false, watch: .matching(["layers.0.attention.pattern"]))
    run.mask = .window(3)
    _ = try m(ids, run)
    let pattern = try #require(run["layers.0.attention.pattern"]).values
    #expect((0..<16).filter { pattern[10 * 16 + $0] > 0 } == [8, 9, 10])
  }

  // MARK: configurations

  /// With the module that predicts a second token, as the weights are published.
  @Test func countWithPrediction() throws {
    let model = try published("DeepSeek-V3", Holdings(has: { _ in true }, differ: { _, _ in false }))
    let account = Account(model, context: 16)
    #expect(account.total == 682_636_472_320)
    #expect(account.active == 38_240_382_976)
    #expect(model.predictions.count == 1)
  }

  /// 192^(−1/2)·m² of YaRN with mscale 1 and 0.707.
  @Test(arguments: [("DeepSeek-V3", Float(0.135234)), ("DeepSeek-V2", 0.135234), ("DeepSeek-V2-Lite", 0.114721)])
  func scaleOfTheScores(_ name: String, _ expected: Float) throws {
    var scale: Float = 0
    try published(name, .unknown).walk { path, part in if path == "layers.0.attention" { scale = (part as? LatentAttention)?.scale ?? 0 } }
    #expect(abs(scale - expected) < 1e-6)
  }

  private func published(_ name: String, _ holdings: Holdings) throws -> Architecture {
    let file = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("lessons/architectures/\(name)/config.json").path
    let configuration = Configuration(try JSON.read(file), file: name)
    return try Family.of(configuration).recipe(configuration, holdings)
  }

  @Test func anIndexerNarrowerThanItsRotation() throws {
    let configuration = Configuration(
      try JSON.parse(Array(String(contentsOf: fixtures.appendingPathComponent("deepseek-v32/config.json"), encoding: .utf8)
        .replacing("\"index_head_dim\": 8", with: "\"index_head_dim\": 2").utf8), name: "config.json"), file: "config.json")
    #expect(
      failure { try Family.of(configuration).recipe(configuration, .unknown) }
        == "config.json: index_head_dim 2 is less than qk_rope_head_dim 4, the part of it that turns")
  }

  @Test(arguments: [
    ("\"num_experts_per_tok\": 9", "num_experts_per_tok 9 is more than n_routed_experts 8"),
    ("\"n_group\": 3", "n_routed_experts 8 does not divide into n_group 3"),
    ("\"topk_group\": 5", "topk_group 5 is more than n_group 4"),
    ("\"num_experts_per_tok\": 5", "num_experts_per_tok 5 is more than the 4 experts of topk_group 2 groups"),
    ("\"n_group\": 8", "a group of n_group 8 must hold two experts or more, whose scores speak for it"),
    ("\"num_key_value_heads\": 1", "num_key_value_heads 1 is not num_attention_heads 3: latent attention has one key for each head"),
    ("\"num_hidden_layers\": 9000", "8999 layers of 8 experts (n_routed_experts) are 71992 experts; at most 65536 are possible"),
    ("\"kv_lora_rank\": -4", "kv_lora_rank is -4, but must lie between 1 and 16777216"),
    ("\"qk_rope_head_dim\": 3", "rotary positions need a positive base and an even part of each head of 3, got base 10000.0 and factor 1.0"),
    ("\"quantization_config\": {\"weight_block_size\": [0, 8]}", "quantization_config: weight_block_size must be two sizes of at least 1, but is [0, 8]"),
  ]) func contradictions(_ change: String, _ message: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.copyItem(at: fixtures.appendingPathComponent("deepseek-v3"), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("config.json")
    let key = change.prefix { $0 != ":" }
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.contains(key + ":") }
    try ("{\n \(change),\n" + lines.dropFirst().joined(separator: "\n")).write(to: file, atomically: true, encoding: .utf8)
    #expect(failure { try Model(path: folder.path) } == "\(file.path): \(message)")
  }
}
