// Prefix models read their prompt both ways wherever they are used, as they were trained to: runs, generation, traces, influence and scores.

import Blocks
import Foundation
import Generation
import Testing

@testable import Notebook

@Suite struct PrefixReadingTests {
  private func run(_ cells: String...) -> (text: String, error: String) {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    var last = session.run(cell: "0")
    for cell in cells { last = session.run(cell: cell) }
    return (last.text.trimmingCharacters(in: .whitespacesAndNewlines), last.failure?.message.split(separator: "\n").first.map { String($0.drop { $0 != " " }.dropFirst()) } ?? "")
  }

  static let prefixModels = ["chatglm-stories", "glm-stories", "glm-130b-translation", "unilm-translation", "u-palm-stories"]

  /// A run's logits are those under a prefix mask as long as the text, and not the causal ones.
  @Test(arguments: prefixModels) func aPromptIsThePrefix(name: String) throws {
    let open = try OpenModel(name), ids = [5, 6, 7, 8, 9]
    func last(_ choice: ReadingChoice) throws -> [Float] {
      let run = Run(keepsMemory: false)
      choice.apply(to: run)
      return try open.architecture(Architecture.Input([ids]), run, lastOnly: true).values
    }
    let own = try last(ReadingChoice())
    #expect(own == (try last(ReadingChoice(mask: .prefix(5)))))
    #expect(own != (try last(ReadingChoice(mask: .causal))))
    #expect(try last(ReadingChoice(prefix: 2)) == last(ReadingChoice(mask: .prefix(2))))
    #expect(try last(ReadingChoice(prefix: 0)) == last(ReadingChoice(mask: .causal)))
    let influence = try Influence(open.architecture, ids)
    #expect(influence.tables.last?.leaks == 0)
    #expect(influence.tables.last?.declared?.allSatisfy { $0.allSatisfy { $0 } } == true)
  }

  /// With the cache and without, by beams and alone: the same text and the same numbers.
  @Test(arguments: prefixModels) func theCacheChangesNothing(name: String) throws {
    let open = try OpenModel(name)
    var texts: [[Int]] = []
    for usesMemory in [true, false] {
      var request = WritingRequest()
      (request.limit, request.usesMemory) = (6, usesMemory)
      texts.append(try request.carriedOut(with: open, [5, 6, 7, 8], calling: name, stop: nil) { $0 }.tokens)
      request.beams = 2
      texts.append(try request.carriedOut(with: open, [5, 6, 7, 8], calling: name, stop: nil) { $0 }.tokens)
    }
    #expect(texts[0] == texts[2] && texts[1] == texts[3])
    for prefix in [nil, 2] {
      let trace = try open.generator().trace([5, 6, 7, 8], steps: 4, prefix: prefix)
      #expect(trace.allSatisfy { $0.largestDifference < 1e-4 })
    }
  }

  @Test func aModelContinuesAsItWasTrained() throws {
    #expect(run("model(\"chatglm-stories\").generate(\"tom has his red kite . mia has\", tokens: 1)").text == "\"tom has his red kite . mia has his\"")
    #expect(run("model(\"chatglm-stories\").generate(\"tom has his red kite . mia has\", tokens: 1, mask: causal)").text == "\"tom has his red kite . mia has her\"")
    // A class that is published as causal stays causal.
    let causal = try OpenModel("chatglm2-stories")
    #expect(!causal.architecture.readsPrefixes)
  }

  /// A whole text as prefix would show each token its target.
  @Test func aScoreCountsWhatFollowsThePrefix() throws {
    let unilm = try OpenModel("unilm-translation")
    let report = try ScoreReport(unilm, text: "i see two cars <sep> 我 看见 两 辆 车")
    #expect(report.tokens.map { $0.loss == nil } == [true, true, true, true, true, false, false, false, false, false, true])
    #expect(report.loss < 0.05)
    let glm = try OpenModel("chatglm-stories")
    #expect(throws: Refusing.self) { try ScoreReport(glm, text: "tom has his red kite") }
    let scored = try ScoreReport(glm, text: "tom has his red kite", prefix: 3)
    #expect(scored.tokens.map { $0.loss == nil } == [true, true, true, false, false])
  }

  @Test func whatAnArchitectureCannotTakeIsRefused() {
    #expect(run("stories.run(\"Tom was\", prefix: 2)").error.hasPrefix("stories is no prefix model: prefix: is for models"))
    #expect(run("stories.run(\"Tom was\", decoder: \"a\")").error == "stories has no encoder: decoder: is for encoder–decoders")
    for call in ["run(\"tom\"", "generate(\"tom\"", "trace(\"tom\""] {
      #expect(run("model(\"mamba-stories\").\(call), mask: causal)").error == "mamba-stories has no attention: mask: would change nothing, it reads as it does")
    }
    #expect(run("influence(model(\"mamba-stories\"), \"tom\", mask: causal)").error.contains("has no attention"))
    #expect(run("model(\"llada-stories\").generate(\"tom\", mask: causal)").error.hasPrefix("llada-stories removes noise"))
    #expect(run("model(\"chatglm-stories\").run(\"tom has\", prefix: 3)").error == "prefix: is 3, but must lie between 0 and 2, the number of tokens")
  }
}
