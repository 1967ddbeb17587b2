// `influence(model, text)`: the measured influence of each token, with its marks, against the declared mask of every family.

import Blocks
import Foundation
@testable import Generation
import Language
import Models
import Testing

@testable import Notebook

@Suite struct InfluenceObjectTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/checkpoints").path
  private static let ids = [5, 17, 9, 31, 7, 12, 40, 3]

  /// Attention of every kind, states, hybrids and experts: exactly what is declared moves. `reach` is the number of cells at the output.
  @Test(arguments: [
    ("gpt2", 36), ("bert", 64), ("albert", 64), ("mistral-window", nil), ("gpt-neo-local", nil), ("gpt-oss", nil), ("glm4", 36), ("deepseek-v2", 36),
    ("mamba", 36), ("mamba2", 36), ("rwkv", 36), ("jamba", 36), ("qwen3-next", 36), ("falcon-h1", 36), ("mixtral", 36), ("llada", 64), ("t5", 64), ("bart", 64),
  ] as [(String, Int?)])
  func everyFamilyHearsWhatItDeclares(_ name: String, _ reach: Int?) throws {
    let m = try Model(path: "\(Self.fixtures)/\(name)").architecture
    let influence = try Influence(m, Self.ids)
    for table in influence.tables {
      #expect(table.declared != nil && table.leaks == 0 && table.still == 0, "\(name), \(table.name)")
    }
    let moved = influence.tables.last!.moved.reduce(0) { $0 + $1.filter { $0 }.count }
    if let reach { #expect(moved == reach) } else { #expect(moved > 8 && moved <= 36) }
    #expect(influence.tables.count == influence.masks.count + 1)
  }

  /// Changing the decoder's tokens instead of the source's.
  @Test func aDecoderIsLookedAtToo() throws {
    let influence = try Influence(Model(path: "\(Self.fixtures)/t5").architecture, Self.ids, decoder: [0, 5, 7])
    #expect(influence.tables.last!.name == "logits" && influence.tables.last!.moved == [[true, false, false], [true, true, false], [true, true, true]])
    #expect(influence.tables.allSatisfy { $0.name.hasPrefix("decoder.layers.") || $0.name == "logits" })
  }

  /// A row that moved against its mask and one that stood still are counted apart.
  @Test func leaksAndStandstillsAreCounted() throws {
    // A model whose masks say one thing while the run is told another: what is declared is what the run was told.
    let m = try Model(path: "\(Self.fixtures)/gpt2").architecture
    let told = try Influence(m, Self.ids, mask: .prefix(3))
    #expect(told.masks.allSatisfy { $0 == "prefix of 3" } && told.tables.last!.leaks == 0)
    let table = Influence.Table(name: "logits", change: [[1, 0.5], [0, 1]], declared: [[true, false], [true, true]])
    #expect(table.leaks == 1 && table.still == 1)
    let object = InfluenceObject(influence: told, model: "m", tokens: Self.ids.map(String.init))
    #expect(object.summary == "influence of 8 tokens in m: exactly what is declared")
  }

  private func said(_ cell: String) -> String {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    defer { flag.deallocate() }
    let result = Session(stop: flag).run(cell: cell)
    return result.text + (result.failure?.message ?? "")
  }

  @Test func atThePrompt() {
    #expect(said("influence(stories, \"Mia had a kite.\")") == """
      who hears whom at the logits of stories: a row moved (●) when the column's token was changed
      <s>   ● · · · · ·
      Mia   ● ● · · · ·
      had   ● ● ● · · ·
      a     ● ● ● ● · ·
      kite  ● ● ● ● ● ·
      .     ● ● ● ● ● ●

      layers.0.residual  21 of 36 moved, exactly what is declared  mask causal
      layers.1.residual  21 of 36 moved, exactly what is declared  mask causal
      layers.2.residual  21 of 36 moved, exactly what is declared  mask causal
      layers.3.residual  21 of 36 moved, exactly what is declared  mask causal
      logits             21 of 36 moved, exactly what is declared

      """)
    #expect(said("influence(stories, \"Mia had\", mask: bidirectional).marks(layer: 0)").contains("● ● ●"))
    #expect(said("influence(stories, \"Mia had\").declared() == causal.matrix(3)") == "true\n")
    #expect(said("influence(stories, \"Mia had\").matrix(layer: 1)").hasPrefix("influence on layers.1.residual [3×3] f32\n"))
    #expect(said("influence(stories, \"Mia had\").agrees(layer: 2)") == "true\n")
    #expect(said("influence(stories, \"Mia had\").layers") == "4\n")
  }

  @Test func errors() {
    #expect(said("influence(stories, \"x\", decoder: \"y\")").contains("influence's 'decoder' must be left out: stories has no encoder"))
    #expect(said("influence(stories, \"Mia had\").matrix(layer: 4)").contains("matrix's 'layer' must be between 0 and 3"))
    let many = Array(repeating: "5", count: 65).joined(separator: ", ")
    #expect(said("influence(stories, [\(many)])").contains("influence's 'text' must be 1 to 64 tokens (each costs a forward; these are 65)"))
  }
}
