// Training at the prompt: a small thing learns, is looked at before and after, and its curve stands beside another's.

import Language
import Tensors
import Testing

@testable import Notebook

@Suite struct TrainingPromptTests {
  private static let small = "let d = decoder(layers: 1, width: 16, attention: multiHead(heads: 2), position: learned(), vocabulary: 43, context: 32)"

  private func said(_ lines: String...) -> String {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    defer { flag.deallocate() }
    let session = Session(stop: flag)
    var text = ""
    for line in lines {
      let result = session.run(cell: line)
      text = result.failure.map { String($0.message.split(separator: "\n")[0]) } ?? result.text
    }
    return text
  }

  @Test func aLossFalls() {
    let train = "let t = train(d, on: \"stories\", steps: 40, batch: 4, rate: 0.01)"
    #expect(said(Self.small, train, "t.losses[\"next\"][0] > t.losses[\"next\"][39] + 1") == "true\n")
    #expect(said(Self.small, train, "t.kept") == "[0, 4, 10, 20, 40]\n")
    #expect(said(Self.small, train, "t.loss > t.floor") == "true\n")
    #expect(said(Self.small, train, "t").hasPrefix("decoder on stories, rate 0.01: 40 steps, loss "))
    // The corpus's words are the model's: it can be asked in them, behind the begin token that it has always read.
    #expect(said(Self.small, train, "t.model.run(\"tom has his red\").tokens") == "[\"<bos>\", \"tom\", \"has\", \"his\", \"red\"]\n")
    // Before, during and after lie side by side.
    #expect(said(Self.small, train, "let p = \"layers.0.attention.pattern\"", "t.before.run(\"tom has his\")[p] == t.at(40).run(\"tom has his\")[p]") == "false\n")
  }

  /// Left out, the objective is the one that the architecture is made for: it is the same training as when it is named, to the last digit.
  @Test(arguments: [
    ("encoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43, context: 32)", "stories", "masked"),
    ("decoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43, context: 32)", "stories", "next"),
    ("encoderDecoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 72)", "translation", "translation"),
    ("encoderDecoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43)", "stories", "denoising"),
    ("denoiser(encoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43, context: 32), noise: gaussian(steps: 20), vectors: 8, time: 16)", "stories", "vector diffusion"),
    ("denoiser(encoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43, context: 32), noise: flow(), vectors: 8, time: 16)", "stories", "flow matching"),
    ("denoiser(encoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43, context: 32), noise: categorical(\"uniform\"))", "stories", "categorical diffusion"),
    ("denoiser(encoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43, context: 32), noise: masks(mask: 3))", "stories", "masked diffusion"),
    ("denoiser(decoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 43, context: 64), noise: blocks(4, mask: 3))", "stories", "block diffusion"),
  ])
  func anObjectiveThatIsLeftOut(_ model: String, _ corpus: String, _ objective: String) {
    let plain = said("train(\(model), on: \"\(corpus)\", steps: 2, batch: 2).losses"), named = said("train(\(model), on: \"\(corpus)\", objective: \"\(objective)\", steps: 2, batch: 2).losses")
    #expect(plain == named && plain.hasPrefix("["), "\(plain) \(named)")
  }

  @Test func theSameSeedGivesTheSameModel() {
    let train = "train(d, on: \"stories\", steps: 3, batch: 2).losses"
    #expect(said(Self.small, "\(train) == \(train)") == "true\n")
  }

  @Test func whatWasGivenStaysAsItIs() {
    #expect(said(Self.small, "let a = d.initialised(seed: 1)", "let w = a.parameter(\"layers.0.attention.query.weight\") * 1", "let t = train(a, on: \"stories\", steps: 2, batch: 2)",
      "a.parameter(\"layers.0.attention.query.weight\") == w") == "true\n")
  }

  @Test func curvesAreCompared() {
    let text = said("compare([[4, 3, 2], [4, 2, 1]])")
    #expect(text.hasPrefix("losses\n") && text.contains("1: 4 → 2") && text.contains("2: 4 → 1"))
  }

  @Test func messages() {
    #expect(said(Self.small, "train(d, on: \"stries\")") == "error: no corpus is called 'stries'; did you mean 'stories'?")
    #expect(said(Self.small, "train(d.with(vocabulary: 20), on: \"stories\")").hasPrefix("error: the corpus stories has 43 words, but the model has a vocabulary of 20"))
    #expect(said(Self.small, "train(d, on: \"stories\", steps: 0)") == "error: train's 'steps' must lie between 1 and 100000, not 0")
    #expect(said(Self.small, "train(d, on: \"stories\", objective: \"maskd\")").hasPrefix("error: no objective is called 'maskd'; did you mean masked?"))
    #expect(said("compare([1])") == "error: compare's 'losses' must hold trainings, or lists of numbers, not [1]")
  }

  /// Ctrl-C while a person waits ends a training and keeps it; in a script it ends the script.
  @Test func anInterruptedTrainingIsKept() {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let cell = "let t = train(decoder(layers: 1, width: 16, attention: multiHead(heads: 2), position: learned(), vocabulary: 43, context: 32), on: \"stories\", steps: 40)"
    let session = Session(stop: stop)
    var told: [Int] = []
    session.underway = { job in
      told.append(job?.done ?? -1)
      if job?.done == 7 { stop.pointee = 1 }
    }
    #expect(session.run(cell: cell).text == "stopped after step 7 of 40; what was learned until then is kept\n")
    #expect(told == [1, 2, 3, 4, 5, 6, 7, -1] && stop.pointee == 0)
    #expect(session.run(cell: "t.steps").text == "7\n" && session.run(cell: "t.kept").text == "[0, 4, 7]\n" && session.run(cell: "t.losses[\"next\"].count").text == "7\n")
    #expect(session.run(cell: "t.loss > t.floor").text == "true\n")

    let script = Session(stop: stop)
    stop.pointee = 1
    #expect(script.run(cell: cell).failure?.kind == "interrupted")
  }

  @Test func otherTokensAreNotLearned() {
    #expect(shown("train(stories, on: \"tales\", steps: 1)").hasPrefix("error: the model has a tokenizer of its own, and the corpus tales other tokens: 0 is '<s>' to it, and '<pad>' there"))
    #expect(shown("train(model(\"gpt2-stories\"), on: \"stories\", steps: 1).steps") == "1\n")
    #expect(
      failure("train(model(\"gpt2-stories\"), on: \"preferences\", objective: \"ppo\", settings: [\"reward\": \"story-reward\"], steps: 1)")
        .hasPrefix("error: PPO learns from what the model writes itself, not from a corpus's texts\n"))
  }
}
