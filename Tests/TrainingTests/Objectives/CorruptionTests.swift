// BART's noises, GLM's blanks, pairs of sentences, classes: whole tables of the reference page, counts, round trips.

import Blocks
import Foundation
import Models
import Tensors
import Testing

@testable import Training

private func cells(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

@Suite struct TextDenoisingTests {
  private let special = Toy.special("<s>", "</s>", "<mask>", "<pad>")

  /// Section 4.2: sentences permuted, "B C" infilled, an empty span before E.
  @Test func tableOfThePage() throws {
    let objective = try TextDenoising(special), text = Toy.ids("A B C . D E .")
    #expect(objective.sentences(text) == [Toy.ids("A B C ."), Toy.ids("D E .")])
    let permuted = objective.sentences(text).reversed().flatMap { $0 }
    #expect(permuted == Toy.ids("D E . A B C ."))
    // D | E . A (B C) .
    let infilled = objective.infilled(permuted, [1..<1, 4..<6])
    let table = ObjectiveTable(
      try Batch([objective.example(text, corrupted: infilled)], filler: 0, readsBothWays: false, objective: ""), special)
    #expect(table.source == [.init("encoder", cells("<s> D <mask> E . A <mask> . </s>"))])
    #expect(
      table.rows == [
        .init("position", cells("0 1 2 3 4 5 6 7 8")), .init("original", cells("<s> A B C . D E . </s>")), .init("decoder input", cells("</s> <s> A B C . D E .")),
        .init("target", cells("<s> A B C . D E . </s>")), .init("loss mask", cells("1 1 1 1 1 1 1 1 1")),
      ])
  }

  @Test func eachNoiseAlone() throws {
    var objective = try TextDenoising(special)
    let text = (0..<20).flatMap { _ in Toy.ids("the dog runs . ann has a kite . it is red .") }, mask = Toy.ids("<mask>")[0]
    var generator = SeededGenerator(seed: 7)
    func rounds(_ noise: TextDenoising.Noise) -> [[Int]] {
      objective.noises = [noise]
      return (0..<30).map { _ in objective.corrupted(text, using: &generator) }
    }
    // Masking keeps the length; the share is the rate within three standard deviations.
    let masked = rounds(.mask), share = Double(masked.reduce(0) { $0 + $1.filter { $0 == mask }.count })
    let n = Double(30 * text.count)
    #expect(masked.allSatisfy { $0.count == text.count && zip($0, text).allSatisfy { $0 == mask || $0 == $1 } })
    #expect(abs(share - 0.3 * n) < 3 * (n * 0.3 * 0.7).squareRoot())
    // Deletion never leaves a mask, and what is left stands in order.
    for row in rounds(.delete) {
      #expect(!row.contains(mask) && row.count < text.count)
      var rest = text[...]
      #expect(row.allSatisfy { token in
        guard let place = rest.firstIndex(of: token) else { return false }
        rest = rest[(place + 1)...]
        return true
      })
    }
    // Infilling: what is missing is exactly the share; masks stand for spans.
    for row in rounds(.infill) {
      let kept = row.filter { $0 != mask }.count
      #expect(text.count - kept == Int((0.3 * Double(text.count)).rounded()))
    }
    // Permutation and rotation keep the tokens.
    let permuted = rounds(.permute)
    #expect(permuted.allSatisfy { $0.sorted() == text.sorted() && Set(objective.sentences($0)).isSubset(of: Set(objective.sentences(text))) } && permuted.contains { $0 != text })
    #expect(rounds(.rotate).allSatisfy { $0.sorted() == text.sorted() })
    #expect(TextDenoising.rotated([1, 2, 3], by: 0) == [1, 2, 3] && TextDenoising.rotated([1, 2, 3], by: 2) == [3, 1, 2])
  }

  /// Poisson(3), section 4.2, within three standard deviations of 200 000 draws.
  @Test func poisson() {
    var generator = SeededGenerator(seed: 8)
    var counts = Array(repeating: 0, count: 64)
    for _ in 0..<200_000 { counts[min(63, generator.poisson(3))] += 1 }
    for (k, p) in [0.0498, 0.1494, 0.2240, 0.2240, 0.1680, 0.1008, 0.0504, 0.0216].enumerated() {
      // 0.00005: the page's rounding.
      #expect(abs(Double(counts[k]) / 200_000 - p) < 3 * (p * (1 - p) / 200_000).squareRoot() + 5e-5)
    }
  }

  /// Spans restore the text: what the masks stand for, put back.
  @Test func infillingRoundTrip() throws {
    let objective = try TextDenoising(special)
    var generator = SeededGenerator(seed: 9)
    for count in [1, 2, 5, 17, 64] {
      for _ in 0..<40 {
        let text = (0..<count).map { _ in Toy.special.plain[generator.below(20)] }, spans = objective.spans(count, using: &generator)
        var contents = spans.map { Array(text[$0]) }
        let restored = objective.infilled(text, spans).flatMap { token -> [Int] in token == Toy.ids("<mask>")[0] ? contents.removeFirst() : [token] }
        #expect(restored == text && zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
      }
    }
  }

  @Test func badInput() throws {
    #expect(throws: ObjectiveFailure.noToken(objective: "denoising", "an end token", names: SpecialTokens.Role.end.names)) { try TextDenoising(Toy.special("<mask>")) }
    var generator = SeededGenerator(seed: 0)
    #expect(throws: ObjectiveFailure.tooShort(objective: "denoising", tokens: 0, least: 1)) { try TextDenoising(special).batch([Sample([])], using: &generator) }
  }
}

@Suite struct BlankInfillingTests {
  private let text = Toy.ids("A B C D E f"), special = Toy.special("<mask>", "[S]", "[E]", "<pad>")

  /// Section 5.2: spans [x3] and [x5, x6], the second first. Positions are counted from 0, as the released code does (the page from 1).
  @Test func tableOfThePage() throws {
    let objective = try BlankInfilling(special)
    let batch = try Batch([objective.example(text, spans: [2..<3, 4..<6], order: [1, 0])], filler: 0, readsBothWays: false, objective: "")
    let table = ObjectiveTable(batch, special)
    #expect(
      table.rows == [
        .init("position", cells("0 1 2 3 4 5 6 7 8 9")), .init("input", cells("A B <mask> D <mask> [S] E f [S] C")),
        .init("target", cells("– – – – – E f [E] C [E]")), .init("loss mask", cells("0 0 0 0 0 1 1 1 1 1")),
        .init("position 1", cells("0 1 2 3 4 4 4 4 2 2")), .init("position 2", cells("0 0 0 0 0 1 2 3 1 2")),
        .init("original", cells("A B C D E f")),
      ])
    // The 10×10 mask: rows 0–4 see columns 0–4 only, row 5 + j sees 0 … 5 + j.
    for (q, row) in try #require(batch.mask).matrix(queries: 0..<10, keys: 0..<10).enumerated() {
      #expect(row == (0..<10).map { $0 <= (q < 5 ? 4 : q) })
    }
  }

  /// Spans stand apart, at least 15 % is taken, and the targets put the text together again.
  @Test func spansAndRoundTrip() throws {
    let objective = try BlankInfilling(special)
    var generator = SeededGenerator(seed: 5)
    for count in [1, 2, 3, 9, 40] {
      for _ in 0..<60 {
        let text = (0..<count).map { _ in special.plain[generator.below(20)] }
        let spans = try objective.spans(count, using: &generator), order = generator.shuffled(Array(spans.indices))
        #expect(spans.reduce(0) { $0 + $1.count } >= max(1, Int(0.15 * Double(count))))
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound } && spans.allSatisfy { !$0.isEmpty && $0.upperBound <= count })
        let example = objective.example(text, spans: spans, order: order)
        var contents: [[Int]] = Array(repeating: [], count: spans.count), at = 0
        for target in example.targets where target >= 0 { if target == Toy.ids("[E]")[0] { at += 1 } else { contents[order[at]].append(target) } }
        let read = example.tokens[..<example.prefix!]
        var next = 0
        let restored = read.flatMap { token -> [Int] in
          guard token == Toy.ids("<mask>")[0] else { return [token] }
          defer { next += 1 }
          return contents[next]
        }
        #expect(restored == text)
      }
    }
  }

  /// With one span at the end GLM is a prefix LM whose source ends in a mask: the same losses, once the positions are the same.
  @Test func isAPrefixModelForASuffix() throws {
    let model = try Toy.decoder(), objective = try BlankInfilling(special)
    let glm = objective.example(text, spans: [3..<6])
    var plain = Example(glm.tokens, targets: glm.targets, prefix: glm.prefix)
    #expect(plain.prefix == 4)
    var other = glm
    (other.positions, other.blocks) = (Array(glm.tokens.indices), nil)
    let a = try objective.positionLosses(model, try Batch([plain], filler: 0, readsBothWays: false, objective: ""))
    let b = try objective.positionLosses(model, try Batch([other], filler: 0, readsBothWays: false, objective: ""))
    #expect(a == b && a[0].filter { $0 != 0 }.count == 4)
    plain.targets[0] = 3
    #expect(plain != other)
  }

  /// Both position dimensions reach the model; texts of different lengths share a batch without changing each other.
  @Test func reachesAModelWithBlocks() throws {
    let model = try Toy.model(Toy.stack("decoder", 64, [.init("blockPositions", .integer(16))])), objective = try BlankInfilling(special)
    let short = objective.example(Toy.ids("A B C"), spans: [1..<2]), long = objective.example(text, spans: [2..<3, 4..<6])
    let both = try objective.positionLosses(model, try Batch([long, short], filler: 0, readsBothWays: false, objective: ""))
    let alone = try objective.positionLosses(model, try Batch([short], filler: 0, readsBothWays: false, objective: ""))
    let (x, y) = (both[1].filter { $0 != 0 }, alone[0].filter { $0 != 0 })
    #expect(x.count == 2 && zip(x, y).allSatisfy { abs($0 - $1) < 1e-4 })
    var moved = short
    moved.blocks = moved.blocks?.map { $0 == 0 ? 0 : $0 + 1 }
    let other = try objective.positionLosses(model, try Batch([moved], filler: 0, readsBothWays: false, objective: ""))
    #expect(other[0].filter { $0 != 0 } != y)
  }
}

@Suite struct SentencePairTests {
  private let story = Toy.ids("ann has a kite . it is red .")

  /// Section 3: segments of the example, and the swapped pair.
  @Test func tablesOfThePage() throws {
    var objective = try SentencePairs(Toy.special, .order)
    objective.masking = nil
    let sentences = objective.sentences(story)
    let positive = objective.example(sentences[0], sentences[1], label: 0)
    let table = ObjectiveTable(try Batch([positive], filler: 0, readsBothWays: true, objective: ""), Toy.special)
    #expect(table["input"] == cells("[CLS] ann has a kite . [SEP] it is red . [SEP]"))
    #expect(table["segment"] == cells("0 0 0 0 0 0 0 1 1 1 1 1") && table["class"] == ["0"] && table["loss mask"] == Array(repeating: "0", count: 12))
    var generator = SeededGenerator(seed: 1)
    var seen: Set<[String]> = []
    for _ in 0..<60 {
      let table = try objective.table(Sample(story), Toy.special, using: &generator)
      seen.insert(table["class"]! + table["input"]!)
    }
    #expect(seen == [cells("0 [CLS] ann has a kite . [SEP] it is red . [SEP]"), cells("1 [CLS] it is red . [SEP] ann has a kite . [SEP]")])
  }

  /// Half of the pairs are negative; a negative of the next-sentence question ends in another text; a single sentence is always one.
  @Test func labels() throws {
    var objective = try SentencePairs(Toy.special, .next)
    objective.masking = nil
    var generator = SeededGenerator(seed: 2)
    let other = Toy.ids("the dog runs . cats near me .")
    var ones = 0
    for _ in 0..<1000 {
      let batch = try objective.batch([Sample(story), Sample(other)], using: &generator)
      ones += batch.extras.labels[0]
      let ids = batch.input.ids[0], last = ids.last { Toy.special.plain.contains($0) && !objective.stops.contains($0) }
      #expect(last == Toy.ids(batch.extras.labels[0] == 0 ? "red" : "me")[0] || batch.extras.labels[0] == 1 && last == Toy.ids("runs")[0])
    }
    #expect(abs(ones - 500) < 48)                                            // 3σ of 1000 coins
    let single = try objective.batch([Sample(Toy.ids("the dog runs .")), Sample(story)], using: &generator)
    #expect(single.extras.labels[0] == 1)
    #expect(throws: ObjectiveFailure.lacking(objective: "next sentence", .second)) {
      try objective.batch([Sample(Toy.ids("the dog runs ."))], using: &generator)
    }
  }

  /// A corpus of pairs brings its own labels.
  @Test func givenPairs() throws {
    var generator = SeededGenerator(seed: 2)
    var objective = try SentencePairs(Toy.special, .next)
    objective.masking = nil
    let table = try objective.table(Sample(Toy.ids("it is red ."), source: Toy.ids("ann has a kite ."), label: 1), Toy.special, using: &generator)
    #expect(table["input"] == cells("[CLS] ann has a kite . [SEP] it is red . [SEP]") && table["class"] == ["1"])
  }

  private func model() throws -> Architecture {
    try Toy.model(Recipe("classifier", [.init("model", .call(Toy.stack("encoder", 64, [.init("segments", .integer(2))])))]))
  }

  /// Without masked tokens only the `[CLS]` row of the last layer carries a gradient; swapping the segments changes the output; an untrained head of zeros costs
  /// ln 2.
  @Test func gradientAndSegments() throws {
    let model = try model()
    var objective = try SentencePairs(Toy.special, .order)
    objective.masking = nil
    let batch = try Batch([objective.example(Toy.ids("ann has a kite ."), Toy.ids("it is red ."), label: 0)], filler: 0, readsBothWays: true, objective: "")
    let trace = Trace(), run = Run(trace: trace, keepsMemory: false)
    let x = try model.hidden(batch.input, run).checked().untracked.materialised.tracked(by: trace)
    let recording = Recording()
    trace.recording = recording
    let loss = weightedCrossEntropy(try model.judged(x, [], classes: 2, run), [[0]], [[1]])
    trace.recording = nil
    let gradient = try withExtendedLifetime(run) { try #require(try recording.gradients(of: loss, by: [x])[x]).values }
    #expect(gradient[..<16].contains { $0 != 0 } && gradient[16...].allSatisfy { $0 == 0 })
    let before = try objective.loss(model, batch, Run(keepsMemory: false)).item
    var swapped = batch
    swapped.input.segments = batch.input.segments?.map { $0.map { 1 - $0 } }
    #expect(try objective.loss(model, swapped, Run(keepsMemory: false)).item != before)
    for (path, parameter) in model.allParameters where path.hasPrefix("classifier.output") { parameter.bind(.filled(parameter.shape, with: 0)) }
    #expect(abs(try objective.loss(model, batch, Run(keepsMemory: false)).item - 0.6931472) < 1e-6)
  }

  /// The masked loss stands beside it, with weight 1.
  @Test func parts() throws {
    let objective = try SentencePairs(Toy.special, .order), model = try model()
    var generator = SeededGenerator(seed: 3)
    let loss = try objective.losses(model, try objective.batch([Sample(story)], using: &generator), Run(keepsMemory: false))
    #expect(loss.parts.map(\.name) == ["order", "masked"])
    #expect(abs(loss.total.item - loss.parts[0].value.item - loss.parts[1].value.item) < 1e-5)
    let decoder = try Toy.decoder()
    #expect(throws: ObjectiveFailure.noPart("a classifier of 2 classes", of: "")) {
      try objective.losses(decoder, try objective.batch([Sample(story)], using: &generator), Run(keepsMemory: false))
    }
  }
}

@Suite struct ClassificationTests {
  @Test func readsItsPlace() throws {
    var generator = SeededGenerator(seed: 0)
    let objective = Classification(Toy.special), samples = [Sample(Toy.ids("the dog runs"), label: 1), Sample(Toy.ids("red"), label: 0)]
    let batch = try objective.batch(samples, using: &generator)
    let table = ObjectiveTable(batch, Toy.special)
    #expect(table["input"] == cells("[CLS] the dog runs [SEP]") && table["class"] == ["1"])
    for (place, stack) in [("first", "encoder"), ("last", "decoder"), ("mean", "encoder")] {
      let model = try Toy.model(Recipe("classifier", [.init("model", .call(Toy.stack(stack, 64))), .init("place", .text(place))]))
      let both = try objective.scores(model, batch, Run(keepsMemory: false)).values
      // Padding changes nothing.
      let alone = try objective.scores(model, try objective.batch([samples[1]], using: &generator), Run(keepsMemory: false)).values
      #expect(zip(both[2...], alone).allSatisfy { abs($0 - $1) < 1e-4 }, "\(place)")
    }
  }

  @Test func badInput() throws {
    var generator = SeededGenerator(seed: 0)
    let objective = Classification(Toy.special)
    #expect(throws: ObjectiveFailure.lacking(objective: "classification", .label)) { try objective.batch([Sample([20])], using: &generator) }
    let failure = ObjectiveFailure.outOfRange(objective: "classification", "a sample's class", expected: "from 0 to 1", found: "2")
    #expect(throws: failure) { try objective.batch([Sample([20], label: 2)], using: &generator) }
    #expect("\(failure)" == "classification: a sample's class must be from 0 to 1, not 2")
  }
}
