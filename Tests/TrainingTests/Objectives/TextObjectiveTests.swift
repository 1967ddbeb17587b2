// Next token, masked tokens, pairs and spans: whole tables of the reference page, frequencies, leaks, round trips.

import Blocks
import Foundation
import Tensors
import Testing

@testable import Training

private func cells(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

@Suite struct NextTokenTests {
  /// Section 1: `<bos>` the dog near the cats runs .
  @Test func tableOfThePage() throws {
    var generator = SeededGenerator(seed: 0)
    let table = try NextToken(Toy.special).table(Sample(Toy.ids("the dog near the cats runs .")), Toy.special, using: &generator)
    #expect(table.source.isEmpty)
    #expect(
      table.rows == [
        .init("position", cells("0 1 2 3 4 5 6")), .init("input", cells("<bos> the dog near the cats runs")),
        .init("target", cells("the dog near the cats runs .")), .init("loss mask", cells("1 1 1 1 1 1 1")),
      ])
    #expect(
      table.text == """
        next
        position   0      1    2     3     4     5     6
        input      <bos>  the  dog   near  the   cats  runs
        target     the    dog  near  the   cats  runs  .
        loss mask  1      1    1     1     1     1     1
        """)
    #expect(table.markdown.hasPrefix("| position | 0 | 1 | 2 | 3 | 4 | 5 | 6 |\n|---|---|---|---|---|---|---|---|\n| input | \\<bos> | the |"))
  }

  @Test func shortRowsArePaddedAndDoNotCount() throws {
    var generator = SeededGenerator(seed: 0)
    var objective = try NextToken(Toy.special, ends: true)
    let samples = [Sample(Toy.ids("the dog runs")), Sample(Toy.ids("cats"))]
    let batch = try objective.batch(samples, using: &generator)
    #expect(batch.input.ids == [Toy.ids("<bos> the dog runs"), Toy.ids("<bos> cats <pad> <pad>")])
    #expect(batch.targets == [Toy.ids("the dog runs <eos>"), Toy.ids("cats <eos>") + [-100, -100]])
    #expect(batch.weights.flatMap { $0 }.reduce(0, +) == 1 && batch.weights[1] == [1 / 6, 1 / 6, 0, 0] && batch.counted == 6)
    #expect(batch.input.padding == nil)
    // The averaging trap (0.2): the short text counts as much as the long one.
    objective.divisor = .texts
    #expect(try objective.batch(samples, using: &generator).weights == [[0.125, 0.125, 0.125, 0.125], [0.25, 0.25, 0, 0]])
  }

  /// 0.2: (1, 1) and eight times 0.1 are 0.28 by tokens and 0.55 by texts.
  @Test func theAveragingTrap() throws {
    let long = Example(Array(repeating: 1, count: 8), targets: Array(repeating: 1, count: 8)), short = Example([1, 1], targets: [1, 1])
    func mean(_ divisor: Divisor) throws -> Float {
      let batch = try Batch([short, long], filler: 0, divisor: divisor, readsBothWays: false, objective: "")
      return zip(batch.weights, [Float(1), 0.1]).reduce(0) { $0 + $1.0.reduce(0, +) * $1.1 }
    }
    #expect(abs(try mean(.tokens) - 0.28) < 1e-6)
    #expect(abs(try mean(.texts) - 0.55) < 1e-6)
  }

  /// A head of zeros says nothing: ln V. Positions do not react to what comes after them; the order of the batch permutes the losses.
  @Test func lossAndLeaks() throws {
    let model = try Toy.decoder(), objective = try NextToken(Toy.special)
    var generator = SeededGenerator(seed: 0)
    let a = Toy.ids("the dog near the cats runs ."), b = Toy.ids("ann has a kite . it .")
    let batch = try objective.batch([Sample(a), Sample(b)], using: &generator)
    let losses = try objective.positionLosses(model, batch)
    var changed = a
    changed[3] = Toy.ids("red")[0]
    let others = try objective.positionLosses(model, try objective.batch([Sample(changed), Sample(b)], using: &generator))
    // Place 3 of the text is the target of position 3 and the input of position 4.
    #expect(losses[0][..<3] == others[0][..<3] && losses[1] == others[1])
    #expect((3..<7).allSatisfy { losses[0][$0] != others[0][$0] })
    let reversed = try objective.positionLosses(model, try objective.batch([Sample(b), Sample(a)], using: &generator))
    #expect(zip(reversed.reversed(), losses).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) < 1e-5 } })
    let head = try #require(model.head)
    head.weight.bind(.filled(head.weight.shape, with: 0))
    #expect(abs(try objective.loss(model, batch, Run(keepsMemory: false)).item - Float(log(Double(Toy.words.count)))) < 1e-5)
  }

  /// Section 1, packing: closed rows give the losses of the texts alone; open rows have no label from an end to the next beginning.
  @Test func packing() throws {
    let model = try Toy.decoder()
    var generator = SeededGenerator(seed: 0)
    let special = Toy.special("<pad>", "<eos>")
    let samples = [Sample(Toy.ids("A B")), Sample(Toy.ids("C D E"))]
    var objective = try NextToken(special, ends: true)
    let apart = try objective.batch(samples, using: &generator)
    objective.packing = .closed
    let closed = try objective.batch(samples, using: &generator)
    #expect(closed.input.ids == [Toy.ids("A B C D E")] && closed.input.positions == [0, 1, 0, 1, 2])
    #expect(closed.targets == [Toy.ids("B <eos> D E <eos>")])
    let one = try objective.loss(model, apart, Run(keepsMemory: false)).item, packed = try objective.loss(model, closed, Run(keepsMemory: false)).item
    #expect(abs(one - packed) < 1e-5)
    objective.packing = .open(length: 16)
    let open = try objective.batch(samples, using: &generator)
    #expect(open.input.ids == [Toy.ids("A B <eos> C D E")])
    #expect(open.targets == [Toy.ids("B <eos>") + [-100] + Toy.ids("D E <eos>")])
    objective.packing = .open(length: 4)
    #expect(try objective.batch(samples, using: &generator).input.ids == [Toy.ids("A B <eos> C"), Toy.ids("D E <pad> <pad>")])
  }

  /// What a sample wants answered is not shifted.
  @Test func answersOfTheirOwn() throws {
    var generator = SeededGenerator(seed: 0)
    var objective = try NextToken(Toy.special)
    let sample = Sample(Toy.ids("A b B c A ."), answers: [-100, -100, -100, -100, Toy.ids("b")[0], -100])
    let table = try objective.table(sample, Toy.special, using: &generator)
    #expect(table["input"] == cells("A b B c A .") && table["target"] == cells("– – – – b –") && table["loss mask"] == cells("0 0 0 0 1 0"))
    objective.packing = .open(length: 4)
    #expect(throws: ObjectiveFailure.empty(objective: "next", "texts with answers of their own are not packed openly")) { try objective.batch([sample], using: &generator) }
    objective.packing = .apart
    #expect(throws: ObjectiveFailure.empty(objective: "next", "a sample of 1 tokens has 2 answers")) { try objective.batch([Sample([20], answers: [1, 2])], using: &generator) }
  }

  @Test func badInput() throws {
    var generator = SeededGenerator(seed: 0)
    #expect(throws: ObjectiveFailure.noSamples(objective: "next")) { try NextToken(Toy.special).batch([], using: &generator) }
    #expect(throws: ObjectiveFailure.tooShort(objective: "next", tokens: 0, least: 1)) { try NextToken(Toy.special).batch([Sample([])], using: &generator) }
    let model = try Toy.decoder(context: 4), objective = try NextToken(Toy.special)
    let batch = try objective.batch([Sample(Toy.ids("the dog near the cats"))], using: &generator)
    #expect(throws: ObjectiveFailure.tooLong(tokens: 5, context: 4, model: "")) { try objective.loss(model, batch, Run(keepsMemory: false)) }
  }
}

@Suite struct MaskedTokensTests {
  /// Section 2.1: 2 is masked, 5 another word, 6 stays.
  @Test func tableOfThePage() throws {
    let objective = try MaskedTokens(Toy.special), text = Toy.ids("[CLS] the dog near the cats runs . [SEP]")
    let example = objective.example(text, [2: .mask, 5: .random, 6: .kept], words: [5: Toy.ids("bird")[0]])
    let table = ObjectiveTable(try Batch([example], filler: 0, readsBothWays: true, objective: ""), Toy.special)
    #expect(
      table.rows == [
        .init("position", cells("0 1 2 3 4 5 6 7 8")), .init("original", cells("[CLS] the dog near the cats runs . [SEP]")),
        .init("input", cells("[CLS] the <mask> near the bird runs . [SEP]")), .init("target", cells("– – dog – – cats runs – –")),
        .init("loss mask", cells("0 0 1 0 0 1 1 0 0")), .init("choice", cells("– – mask – – random kept – –")),
      ])
  }

  /// Of a million tokens: 15 % selected, of these 80 / 10 / 10, each within three standard deviations. The random word is the right one by chance as
  /// often as there are words.
  @Test func frequencies() throws {
    var generator = SeededGenerator(seed: 5)
    let objective = try MaskedTokens(Toy.special), text = (0..<1000).map { Toy.special.plain[$0 % Toy.special.plain.count] }
    var counts: [String: Int] = [:]
    for _ in 0..<1000 {
      let notes = try objective.corrupted(text, using: &generator).notes[0].cells
      for note in notes where !note.isEmpty { counts[note, default: 0] += 1 }
    }
    for (choice, share) in [("mask", 0.12), ("random", 0.015), ("kept", 0.015)] {
      let deviation = (1e6 * share * (1 - share)).squareRoot()
      #expect(abs(Double(counts[choice] ?? 0) - 1e6 * share) < 3 * deviation, "\(choice)")
    }
  }

  @Test func exactCounts() throws {
    var objective = try MaskedTokens(Toy.special)
    objective.isExact = true
    var generator = SeededGenerator(seed: 1)
    for length in [1, 3, 9, 20, 32] {
      let text = Array(repeating: Toy.ids("dog")[0], count: length)
      let selected = try objective.corrupted(text, using: &generator).targets.filter { $0 >= 0 }.count
      #expect(selected == max(1, Int((0.15 * Double(length)).rounded())))
    }
  }

  /// Specials are never selected, an empty selection is drawn again, and a text of specials alone is one line.
  @Test func neverEmptyNeverSpecial() throws {
    let objective = try MaskedTokens(Toy.special), text = Toy.ids("[CLS] dog [SEP] <pad>")
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      #expect(try objective.corrupted(text, using: &generator).targets == [-100, Toy.ids("dog")[0], -100, -100])
    }
    #expect(throws: ObjectiveFailure.empty(objective: "masked", "a text has nothing to mask but special tokens")) {
      try objective.batch([Sample(Toy.ids("<sep>"))], using: &generator)
    }
    #expect("\(ObjectiveFailure.empty(objective: "masked", "a text has nothing to mask but special tokens"))" == "masked: a text has nothing to mask but special tokens")
  }

  /// Static masking gives a text the same masks in at most `copies` ways; dynamic masking does not.
  @Test func staticAndDynamic() throws {
    var objective = try MaskedTokens(Toy.special)
    let samples = [Sample((0..<24).map { Toy.special.plain[$0] })]
    func ways(_ objective: MaskedTokens) throws -> Int {
      var generator = SeededGenerator(seed: 2)
      return try Set((0..<40).map { _ in try objective.batch(samples, using: &generator).input.ids }).count
    }
    #expect(try ways(objective) > 35)
    objective.copies = 3
    #expect(try ways(objective) == 3)
    objective.copies = 1
    #expect(try ways(objective) == 1)
  }

  /// The gradient by logits that were not selected is exactly 0; a masked position reacts to both sides.
  @Test func gradientsAndLeaks() throws {
    let objective = try MaskedTokens(Toy.special), text = Toy.ids("[CLS] the dog near the cats runs . [SEP]")
    let batch = try Batch([objective.example(text, [4: .mask])], filler: 0, readsBothWays: true, objective: "")
    let trace = Trace(recording: Recording())
    let logits = Tensor.filled([1, 9, Toy.words.count], with: 0.3).tracked(by: trace)
    let loss = weightedCrossEntropy(logits, batch.targets, batch.weights)
    let gradient = try #require(try trace.recording!.gradients(of: loss, by: [logits])[logits]).values, width = Toy.words.count
    for row in 0..<9 { #expect(gradient[(row * width)..<((row + 1) * width)].contains { $0 != 0 } == (row == 4)) }
    let model = try Toy.encoder(), before = try objective.positionLosses(model, batch)
    for place in [2, 6] {
      var other = text
      other[place] = Toy.ids("red")[0]
      let after = try objective.positionLosses(model, try Batch([objective.example(other, [4: .mask])], filler: 0, readsBothWays: true, objective: ""))
      #expect(before[0][4] != after[0][4])
    }
  }

  @Test func needsAMask() {
    #expect(throws: ObjectiveFailure.noToken(objective: "masked", "a mask token", names: ["<mask>", "[MASK]", "[M]", "<|mdm_mask|>"])) {
      try MaskedTokens(Toy.special("<pad>"))
    }
    #expect(
      "\(ObjectiveFailure.noToken(objective: "masked", "a mask token", names: ["<mask>", "[MASK]"]))"
        == "masked needs a mask token, and the vocabulary has none; add one of <mask>, [MASK] to it")
  }
}

@Suite struct PairsTests {
  private let special = Toy.special("<pad>", "<bos>", "<eos>", "<sep>")
  private func table(_ objective: Pairs) throws -> ObjectiveTable {
    var generator = SeededGenerator(seed: 0)
    return try objective.table(Sample(Toy.ids("我 爱 你"), source: Toy.ids("i love you")), special, using: &generator)
  }

  /// Section 5.1: the same pair under three losses.
  @Test func tablesOfThePage() throws {
    var causal = try Pairs(special, .causal)
    causal.countsSource = true
    let all = try table(causal)
    #expect(all["input"] == cells("i love you <sep> 我 爱 你"))
    #expect(all["target"] == cells("love you <sep> 我 爱 你 <eos>"))
    #expect(all["loss mask"] == cells("1 1 1 1 1 1 1"))
    causal.countsSource = false
    #expect(try table(causal)["loss mask"] == cells("0 0 0 1 1 1 1"))
    let prefix = try Pairs(special, .prefix)
    #expect(try table(prefix)["loss mask"] == cells("0 0 0 1 1 1 1") && table(prefix)["target"] == cells("– – – 我 爱 你 <eos>"))
    var generator = SeededGenerator(seed: 0)
    let batch = try prefix.batch([Sample(Toy.ids("我 爱 你"), source: Toy.ids("i love you"))], using: &generator)
    let matrix = try #require(batch.mask).matrix(queries: 0..<7, keys: 0..<7)
    for (q, row) in matrix.enumerated() { #expect(row == (0..<7).map { $0 < 4 || $0 <= q }) }
    #expect(
      try table(Pairs(special, .encoder)).text == """
        translation
        encoder        i  love  you
        position       0      1   2   3
        decoder input  <bos>  我  爱  你
        target         我     爱  你  <eos>
        loss mask      1      1   1   1
        """)
  }

  /// Sources of different lengths get slots, and what is said of each is what would be said of it alone.
  @Test func slotsChangeNothing() throws {
    var generator = SeededGenerator(seed: 0)
    let long = Sample(Toy.ids("我 爱 你"), source: Toy.ids("i love you")), short = Sample(Toy.ids("你 我"), source: Toy.ids("you"))
    for (objective, model) in [(try Pairs(special, .prefix), try Toy.decoder()), (try Pairs(special, .encoder), try Toy.encoderDecoder())] {
      let both = try objective.positionLosses(model, try objective.batch([long, short], using: &generator))[1].filter { $0 != 0 }
      let alone = try objective.positionLosses(model, try objective.batch([short], using: &generator))[0].filter { $0 != 0 }
      #expect(alone.count == 3 && both.count == 3 && zip(both, alone).allSatisfy { abs($0 - $1) < 1e-4 }, "\(both) \(alone)")
    }
    let batch = try Pairs(special, .prefix).batch([long, short], using: &generator)
    #expect(batch.input.ids[1] == Toy.ids("you <sep> <pad> <pad> 你 我 <pad>"))
    #expect(batch.input.positions.map { Array($0[7...]) } == [0, 1, 0, 0, 2, 3, 0])
  }

  /// Under the prefix mask the target reacts to every source token; a source position sees its own answer.
  @Test func leaks() throws {
    let model = try Toy.decoder(), objective = try Pairs(special, .prefix)
    var generator = SeededGenerator(seed: 0)
    func losses(_ source: String) throws -> [Float] {
      try objective.positionLosses(model, try objective.batch([Sample(Toy.ids("我 爱 你"), source: Toy.ids(source))], using: &generator))[0]
    }
    let before = try losses("i love you")
    for other in ["you love you", "i red you", "i love me"] {
      let after = try losses(other)
      #expect((3..<7).allSatisfy { before[$0] != after[$0] })
    }
    // What comes later in the target changes nothing before it.
    let later = try objective.positionLosses(model, try objective.batch([Sample(Toy.ids("我 爱 A"), source: Toy.ids("i love you"))], using: &generator))[0]
    #expect(later[3] == before[3] && later[4] == before[4] && later[5] != before[5])
  }

  /// The pre-training variant: the cut is uniform, and half of the positions count.
  @Test func textsAreCut() throws {
    var generator = SeededGenerator(seed: 3)
    let objective = try Pairs(special, .prefix), text = Toy.ids("the dog near the cats runs . the bird is red .")
    var counted = 0
    for _ in 0..<2000 { counted += try objective.batch([Sample(text)], using: &generator).counted }
    // Mean of 12 − cut over cuts 1 … 11 is 6; its standard deviation is √10.
    #expect(abs(Double(counted) / 2000 - 6) < 3 * (10.0 / 2000).squareRoot())
  }

  @Test func badInput() throws {
    var generator = SeededGenerator(seed: 0)
    let objective = try Pairs(special, .encoder)
    #expect(throws: ObjectiveFailure.tooShort(objective: "translation", tokens: 0, least: 2)) { try objective.batch([Sample([])], using: &generator) }
    #expect(throws: ObjectiveFailure.empty(objective: "translation", "a sample has no source to be encoded")) {
      try Batch([objective.example(source: [], target: Toy.ids("我"))], filler: 0, readsBothWays: false, objective: objective.name)
    }
    let batch = try objective.batch([Sample(Toy.ids("我"), source: Toy.ids("i"))], using: &generator)
    let failure = ObjectiveFailure.noPart("an encoder", of: "")
    let decoder = try Toy.decoder()
    #expect(throws: failure) { try objective.loss(decoder, batch, Run(keepsMemory: false)) }
    #expect("\(failure)" == "the model has no encoder, which this objective trains")
  }
}

@Suite struct SpanCorruptionTests {
  /// Section 4.1: the display example of the paper's figure (its last token is kept, which the algorithm never does).
  @Test func tableOfThePage() throws {
    let objective = try SpanCorruption(Toy.special)
    let example = try objective.example(Toy.ids("thank you for inviting me to your party last week"), spans: [2..<4, 8..<9])
    let table = ObjectiveTable(try Batch([example], filler: 0, readsBothWays: false, objective: ""), Toy.special)
    #expect(table.source == [.init("encoder", cells("thank you <extra_id_0> me to your party <extra_id_1> week"))])
    #expect(
      table.rows == [
        .init("position", cells("0 1 2 3 4 5")), .init("decoder input", cells("<pad> <extra_id_0> for inviting <extra_id_1> last")),
        .init("target", cells("<extra_id_0> for inviting <extra_id_1> last <extra_id_2>")), .init("loss mask", cells("1 1 1 1 1 1")),
        .init("original", cells("thank you for inviting me to your party last week")),
      ])
    // Three groups of columns: what is read, what is said, and the text.
    #expect(
      table.text == """
        encoder        thank  you  <extra_id_0>  me  to  your  party  <extra_id_1>  week
        position       0             1             2         3             4             5
        decoder input  <pad>         <extra_id_0>  for       inviting      <extra_id_1>  last
        target         <extra_id_0>  for           inviting  <extra_id_1>  last          <extra_id_2>
        loss mask      1             1             1         1             1             1
        original       thank  you  for  inviting  me  to  your  party  last  week
        """)
  }

  /// Raw 568 tokens become 512 for the encoder (its end included) and 114 for the decoder: 85 noise, 28 spans.
  @Test func lengthsOfThePage() throws {
    let objective = try SpanCorruption(Toy.special)
    #expect(objective.amounts(568) == (85, 28))
    #expect(568 - 85 + 28 + 1 == 512 && 85 + 28 + 1 == 114)
    #expect(objective.amounts(32) == (5, 2) && objective.amounts(10) == (2, 1) && objective.amounts(2) == (1, 1))
    // One span for every text of up to 30 tokens.
    #expect((2...30).allSatisfy { objective.amounts($0).spans == 1 })
  }

  @Test func roundTripsAndDegeneracy() throws {
    var objective = try SpanCorruption(Toy.special)
    var generator = SeededGenerator(seed: 4)
    var suffixes = 0
    for length in [2, 3, 9, 24, 30, 32, 40] {
      for _ in 0..<60 {
        let text = (0..<length).map { _ in Toy.special.plain[generator.below(Toy.special.plain.count)] }
        let spans = try objective.spans(length, using: &generator), (noise, number) = objective.amounts(length)
        #expect(spans.count == number && spans.reduce(0) { $0 + $1.count } == noise)
        #expect(spans[0].lowerBound > 0 && spans.last?.upperBound == length)
        let example = try objective.example(text, spans: spans)
        #expect(objective.restored(example.source ?? [], example.targets) == text)
        #expect((example.source?.count ?? 0) + example.targets.count == length + 2 * number + 1)
        if length <= 30 { suffixes += spans == [(length - noise)..<length] ? 1 : 0 }
      }
    }
    #expect(suffixes == 5 * 60)
    objective.beginsAnywhere = true
    let starts = try (0..<400).map { _ in try objective.spans(24, using: &generator)[0].lowerBound == 0 ? 1 : 0 }.reduce(0, +)
    #expect(abs(starts - 200) < 30)                                          // 3σ of 400 coins
  }

  /// All compositions are as likely: 5 into 2 parts has 4.
  @Test func compositions() {
    var generator = SeededGenerator(seed: 6)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<8000 { counts[SpanCorruption.composition(5, 2, using: &generator), default: 0] += 1 }
    #expect(counts.count == 4 && counts.values.allSatisfy { abs(Double($0) - 2000) < 3 * (8000 * 0.25 * 0.75).squareRoot() })
    #expect(SpanCorruption.composition(3, 3, using: &generator) == [1, 1, 1] && SpanCorruption.composition(4, 1, using: &generator) == [4])
  }

  /// The decoder's loss at a span reacts to every encoder token and not to later targets.
  @Test func leaks() throws {
    let model = try Toy.encoderDecoder(), objective = try SpanCorruption(Toy.special)
    let text = Toy.ids("thank you for inviting me to your party last week")
    func losses(_ text: [Int]) throws -> [Float] {
      try objective.positionLosses(model, try Batch([objective.example(text, spans: [2..<4, 8..<9])], filler: 0, readsBothWays: false, objective: ""))[0]
    }
    let before = try losses(text)
    for place in [0, 4, 9] {
      var other = text
      other[place] = Toy.ids("red")[0]
      #expect(try losses(other)[1] != before[1])
    }
    var later = text
    later[8] = Toy.ids("red")[0]
    let after = try losses(later)
    #expect(after[..<4] == before[..<4] && after[4] != before[4])
  }

  @Test func badInput() throws {
    #expect(throws: ObjectiveFailure.noToken(objective: "spans", "sentinels", names: ["<extra_id_0>", "<extra_id_1>"])) { try SpanCorruption(Toy.special("<pad>")) }
    var objective = try SpanCorruption(Toy.special)
    objective.rate = 0.5
    objective.length = 1
    var generator = SeededGenerator(seed: 0)
    let failure = ObjectiveFailure.sentinels(needed: 11, found: 4)
    #expect(throws: failure) { try objective.batch([Sample(Array(repeating: 20, count: 20))], using: &generator) }
    #expect("\(failure)" == "11 spans need 11 sentinels, and the vocabulary has 4; add <extra_id_4> and the following to it")
    #expect(throws: ObjectiveFailure.tooShort(objective: "spans", tokens: 1, least: 2)) { try objective.batch([Sample([20])], using: &generator) }
  }
}
