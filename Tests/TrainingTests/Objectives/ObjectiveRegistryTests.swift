import Blocks
import Models
import Tensors
import Testing

@testable import Training

@Suite struct ObjectiveRegistryTests {
  private func message(_ name: String, _ settings: [String: Recipe.Value] = [:], _ special: SpecialTokens = Toy.special) -> String {
    do {
      _ = try Objectives.named(name, settings, special)
      return "fine"
    } catch { return "\(error)" }
  }

  @Test func settingsReachTheObjective() throws {
    let masked = try #require(
      try Objectives.named("masked", ["rate": .number(0.3), "selection": .text("exact"), "masking": .text("static"), "copies": .integer(4)], Toy.special) as? MaskedTokens)
    #expect(masked.rate == 0.3 && masked.isExact && masked.copies == 4 && masked.masked == 0.8)
    let next = try #require(try Objectives.named("next", ["packing": .text("open"), "length": .integer(32), "begin": .boolean(false)], Toy.special) as? NextToken)
    #expect(next.packing == .open(length: 32) && !next.begins)
    let pairs = try #require(try Objectives.named("pairs", ["counts": .text("target"), "divisor": .text("texts")], Toy.special) as? Pairs)
    #expect(!pairs.countsSource && pairs.divisor == .texts && pairs.reading == .causal)
  }

  @Test func badInputIsOneLine() {
    #expect(message("maskd") == "no objective is called 'maskd'; did you mean masked?")
    #expect(message("xyz").hasPrefix("no objective is called 'xyz'; there are next, masked, "))
    #expect(message("masked", ["rat": .number(0.1)]) == "masked has no setting 'rat'; did you mean rate?")
    #expect(message("translation", ["xyz": .number(0.1)]) == "translation has no setting 'xyz'; it takes end, divisor, switch, z, importance, load, bias, index")
    #expect(message("masked", ["rate": .text("much")]) == "masked: rate must be a number from 0.0 to 1.0, not \"much\"")
    #expect(message("masked", ["rate": .number(1.5)]) == "masked: rate must be a number from 0.0 to 1.0, not 1.5")
    #expect(message("masked", ["mask": .number(0.8), "random": .number(0.4)]) == "masked: mask + random must be at most 1, not 1.2000000000000002")
    #expect(message("masked", ["selection": .text("exat")]) == "masked: selection must be one of bernoulli, exact, not 'exat'; did you mean exact?")
    #expect(message("next", ["end": .integer(1)]) == "next: end must be true or false, not 1")
    #expect(message("next", [:], Toy.special("<pad>")) == "fine")
    #expect(message("next", ["begin": .boolean(true)], Toy.special("<pad>")).hasPrefix("next needs a begin token, and the vocabulary has none; add one of <bos>"))
  }

  @Test func diffusionsTakeTheirNoiseFromTheModel() throws {
    #expect(message("flow matching") == "flow matching: takes its noise from the model that it trains; give the model")
    #expect(message("block diffusion") == "block diffusion: the size of the blocks is missing")
    let decoder = try Toy.decoder()
    for (name, part) in [
      ("categorical diffusion", "categorical noise"), ("vector diffusion", "Gaussian noise"), ("flow matching", "a flow"), ("simplex diffusion", "noise on the simplex"),
    ] {
      #expect(throws: ObjectiveFailure.noPart(part, of: "")) { try Objectives.named(name, [:], Toy.special, for: decoder) }
    }
    #expect("\(ObjectiveFailure.noPart("a flow", of: "GPT"))" == "GPT has no flow, which this objective trains")
  }

  /// Settings of the balance go with every objective.
  /// A mask is not taken in silence where nothing heeds it.
  @Test func masksNeedAttention() throws {
    let recipe = Recipe("decoder", [
      .init("layers", .integer(1)), .init("width", .integer(16)), .init("attention", .call(Recipe("mamba", [.init("states", .integer(4))]))),
      .init("vocabulary", .integer(Toy.words.count)),
    ])
    let model = try Toy.model(recipe), pair = Sample(Toy.ids("the bird ."), source: Toy.ids("ann has a kite ."))
    for (name, settings) in [("prefix", [:]), ("blanks", [:]), ("block diffusion", ["size": .integer(2)]), ("next", ["packing": .text("closed")])] as [(String, [String: Recipe.Value])] {
      let objective = try Objectives.named(name, settings, Toy.special, for: model)
      var generator = SeededGenerator(seed: 1)
      let batch = try objective.batch([pair], using: &generator)
      #expect(throws: ObjectiveFailure.noAttention(of: model.name), "\(name)") { try objective.loss(model, batch, Run(keepsMemory: false)) }
    }
    #expect("\(ObjectiveFailure.noAttention(of: "S4D"))" == "S4D has no attention: it would read on as it does, whatever this objective lets it see")
    var generator = SeededGenerator(seed: 1)
    let pairs = try Objectives.named("pairs", [:], Toy.special)
    #expect(try pairs.loss(model, pairs.batch([pair], using: &generator), Run(keepsMemory: false)).item.isFinite)
  }

  @Test func balance() throws {
    let balanced = try #require(try Objectives.named("next", ["switch": .number(0.01), "bias": .number(0.001)], Toy.special) as? Balanced)
    #expect(balanced.switching == 0.01 && balanced.bias == 0.001 && balanced.z == 0 && balanced.base is NextToken && balanced.name == "next")
    #expect(try Objectives.named("next", ["switch": .integer(0)], Toy.special) is NextToken)
  }

  /// Every entry has settings with names of their own, and a line that says what it does.
  @Test func entries() {
    #expect(Set(Objectives.all.map(\.name)).count == Objectives.all.count && Objectives.all.count == 25)
    for entry in Objectives.all {
      #expect(Set((entry.settings + Objectives.balance).map(\.name)).count == entry.settings.count + Objectives.balance.count, "\(entry.name)")
      #expect(entry.about.count > 10)
    }
  }
}
