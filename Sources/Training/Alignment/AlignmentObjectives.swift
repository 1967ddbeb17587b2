// The objectives of alignment by name, for plan files and the prompt.

extension Objectives {
  private static let begin = ObjectiveSetting("begin", .flag, "a begin token before each text, as the base has read it")

  static let alignment: [Entry] = [
    Entry(
      "fine-tuning", "says the response to a prompt, and where it ends (SFT)",
      [
        begin, .init("end", .flag, "whether the token that ends the response carries loss; true"),
        .init("template", .flag, "tokens around the turns; false: the response follows the prompt as it is; true"), divisor,
      ]
    ) { s in
      var made = FineTuning(s.special, template: s.flag("template") == false ? TurnTemplate() : nil, begins: s.flag("begin"))
      made.learnsToEnd = s.flag("end") ?? true
      made.divisor = s.divisor ?? made.divisor
      return made
    },
    Entry("reward", "tells the better of two answers by a score (Bradley–Terry)", [begin]) { s in RewardLearning(s.special, begins: s.flag("begin")) },
    Entry(
      "dpo", "prefers one answer to another, held against the numbers that it began with (DPO)",
      [begin, .init("beta", .number(0...1000), "β; 0.1"), .init("tuning", .number(0...1000), "weight of the chosen answer's own loss beside it; 0")]
    ) { s in
      var made = DirectPreference(s.special, reference: s.model.map { FrozenNumbers($0) }, begins: s.flag("begin"))
      (made.beta, made.fineTuning) = (Float(s.number("beta") ?? 0.1), Float(s.number("tuning") ?? 0))
      return made
    },
    Entry(
      "ppo", "writes what a reward model likes, held by the KL to the numbers that it began with (PPO)",
      [
        begin, .init("reward", .name, "the reward model: a shipped one by its name"), .init("beta", .number(0...1000), "weight of the KL; 0.1"),
        .init("epochs", .count(1...1000), "passes over the responses of a step; 2"), .init("minibatch", .count(1...65_536), "responses of one update; 32"),
        .init("clip", .number(0...10), "ε; 0.2"), .init("lambda", .share, "λ of the advantages; 0.95"), .init("value", .number(0...10), "the value function's rate; 0.0005"),
      ]
    ) { s in
      guard let reward = s.word("reward") else { throw ObjectiveFailure.missing(objective: s.objective, "the reward model is missing; give reward, the name of a shipped one") }
      var made = PolicyLearning(s.special, reward: reward, begins: s.flag("begin"))
      var settings = PolicySettings()
      (settings.beta, settings.clip) = (Float(s.number("beta") ?? 0.1), Float(s.number("clip") ?? 0.2))
      (settings.epochs, settings.minibatch) = (s.count("epochs") ?? 2, s.count("minibatch") ?? 32)
      (settings.lambda, settings.valueRate) = (Float(s.share("lambda") ?? 0.95), s.number("value") ?? 5e-4)
      made.settings = settings
      return made
    },
  ]
}
