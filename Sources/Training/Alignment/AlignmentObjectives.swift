// The objectives of alignment by name, for plan files and the prompt.

extension Objectives {
  private static let begin = ObjectiveSetting("begin", .flag, "a begin token before each text, as the base has read it")

  static let alignment: [Entry] = [
    Entry(
      "fine-tuning", "says the response to a prompt, and where it ends (SFT)",
      [begin, .init("end", .flag, "whether the token that ends the response carries loss; true"), divisor]
    ) { s in
      var made = FineTuning(s.special, begins: s.flag("begin"))
      made.learnsToEnd = s.flag("end") ?? true
      made.divisor = s.divisor ?? made.divisor
      return made
    },
    Entry("reward", "tells the better of two answers by a score (Bradley–Terry)", [begin]) { s in RewardLearning(s.special, begins: s.flag("begin")) },
    Entry(
      "dpo", "prefers one answer to another, held against the numbers that it began with (DPO)",
      [begin, .init("beta", .number(0...1000), "β; 0.1"), .init("tuning", .number(0...1000), "weight of the chosen answer's own loss beside it; 0")]
    ) { s in
      var made = DirectPreference(s.special, reference: FrozenNumbers(try s.modelOrThrow()), begins: s.flag("begin"))
      (made.beta, made.fineTuning) = (Float(s.number("beta") ?? 0.1), Float(s.number("tuning") ?? 0))
      return made
    },
  ]
}
