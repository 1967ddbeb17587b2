// Instruments say what they measure: the bound of a denoiser as a bound, a classifier's class, a filled blank's word, and what is in no token.

import Files
import Foundation
import Testing
import Training

@testable import Notebook

@Suite struct InstrumentTests {
  private func run(_ cells: String...) -> String {
    let session = ShippedLessonTests.session()
    var last = session.run(cell: "0")
    for cell in cells { last = session.run(cell: cell) }
    return last.text + (last.failure?.message ?? "")
  }

  /// A bound is drawn with a seed and has a spread; the same seed gives the same bits.
  @Test(arguments: ["llada-stories", "bd3-stories", "d3pm-uniform-stories", "d3pm-absorbing-stories"])
  func aDenoiserIsScoredByItsBound(_ name: String) throws {
    let open = try OpenModel(name), text = "tom has his red kite . mia has her blue ball ."
    let report = try ScoreReport(open, text: text), again = try ScoreReport(open, text: text)
    let bound = try #require(report.bound)
    #expect(report.loss == again.loss && bound.error > 0 && bound.error.isFinite && bound.draws == 128)
    // Text of the model's own world costs far less than a word drawn from the vocabulary.
    #expect(report.loss > 0 && report.loss < log(Double(open.architecture.embedding.vocabulary)))
    #expect(report.tokens.allSatisfy { $0.loss == nil } && JSON.encode(report.json).contains("standard_error"))
  }

  @Test func aKindWithoutABoundIsRefused() {
    for name in ["ddpm-stories", "ssd-lm-stories"] {
      #expect(run("model(\"\(name)\").score(\"tom has his red kite\")").contains("states no bound of a text's cost in nats"), "\(name)")
    }
  }

  @Test func aClassifierSaysItsClass() {
    #expect(run("model(\"bert-sentiment\").run(\"the cat was happy\")").contains("\n  class: "))
    #expect(run("model(\"bert-sentiment\").run(\"the cat was happy\")[\"classes\"].shape").hasSuffix("[1, 2]\n"))
    #expect(!run("blanks.run(\"the cat was happy\")").contains("next:"))
    #expect(run("blanks.run(\"the <mask> was happy\")").contains("\n  blank at "))
    #expect(run("train(classifier(encoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 64, context: 32)), on: \"sentiment\", steps: 2, batch: 2).losses").contains("classification"))
  }

  @Test func wordsInNoTokenAreTold() {
    #expect(run("model(\"gpt2-stories\").tokenize(\"tom has his zebra kite .\")").hasPrefix("in no token: 'zebra'; the vocabulary lacks it"))
  }

  /// The loss is the objective's own; what balances the experts stands beside it.
  @Test func balanceIsNoPartOfTheLoss() {
    let train = """
      let d = decoder(layers: 1, width: 16, attention: multiHead(heads: 2), feedForward: experts(4, active: 1, of: feedForward(hidden: 16)), vocabulary: 128, context: 64)
      let t = train(d, on: "stories", steps: 4, batch: 4, settings: ["switch": 100])
      """
    #expect(run(train, "t.losses.keys") == "[\"next\", \"switch\"]\n")
    #expect(run(train, "t.losses[\"switch\"][0] > 50 and t.loss < 8") == "true\n" || run(train, "t.losses[\"switch\"][0] > 50 && t.loss < 8") == "true\n")
    #expect(run("train(encoder(layers: 1, width: 16, attention: multiHead(heads: 2), vocabulary: 128, context: 64), on: \"stories\", steps: 1, batch: 2).floor == nil") == "true\n")
  }

  @Test func argmaxIsAlongAnAxis() {
    #expect(run("tensor([[1, 5, 2], [7, 0, 3]]).argmax()").hasPrefix("argmax [2]") || run("tensor([[1, 5, 2], [7, 0, 3]]).argmax().shape") == "[2]\n")
  }
}
