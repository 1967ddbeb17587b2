// Identities of the recurrent and linear-time families, on whole models with loud random numbers: one pass = token by token = any pieces;
// recurrent = chunkwise = parallel; rows of a batch = alone; memory by outline = memory held. Float32; the differences allowed are 2e-4 of
// the largest logit (measured: below 2e-5).

import Blocks
import Checkpoints
import Files
import Models
import Tensors
import Testing

private let ids = [5, 17, 9, 31, 7, 12, 40, 3, 22, 11, 6, 35, 28, 14, 19, 8]

struct LinearTimeModel: CustomStringConvertible, Sendable {
  let description: String
  let recipe: String
  /// A state of a fixed size, whatever the length of the text.
  var isConstant = true
  /// Runs as products of matrices as well.
  var hasForms = true
}

let linearTimeModels: [LinearTimeModel] = [
  .init(description: "linear attention", recipe: "decoder(layers: 2, width: 24, attention: linearAttention(heads: 3, bias: true), vocabulary: 48)"),
  .init(description: "retention", recipe: "decoder(layers: 2, width: 24, attention: retention(heads: 3, valueWidth: 10), norm: rmsNorm(), feedForward: swiglu(hidden: 30), vocabulary: 48)"),
  .init(description: "delta net", recipe: "decoder(layers: 2, width: 24, attention: deltaNet(heads: 3, valueWidth: 10, largestRate: 2), norm: rmsNorm(), vocabulary: 48)"),
  .init(description: "gated delta net", recipe: "decoder(layers: 2, width: 24, attention: gatedDeltaNet(heads: 3, taps: 3, valueWidth: 5), norm: rmsNorm(), vocabulary: 48)"),
  .init(description: "rwkv-4", recipe: "decoder(layers: 2, width: 24, attention: rwkv4(), feedForward: channelMix(hidden: 40), embeddingNorm: true, vocabulary: 48)"),
  .init(
    description: "rwkv-7",
    recipe: "decoder(layers: 3, width: 24, attention: rwkv7(headWidth: 8, decayRank: 4, rateRank: 5, valueRank: 3, gateRank: 6), feedForward: channelMix(hidden: 40, gate: \"none\"), embeddingNorm: true, vocabulary: 48)"),
  .init(description: "hyena", recipe: "decoder(layers: 2, width: 12, attention: hyena(length: 40, hidden: 8, bands: 5), vocabulary: 48)", isConstant: false, hasForms: false),
  .init(description: "hyena of order 3", recipe: "decoder(layers: 2, width: 12, attention: hyena(order: 3, length: 40, hidden: 8, bands: 5), vocabulary: 48)", isConstant: false, hasForms: false),
  .init(description: "rnn", recipe: "recurrentNetwork(layers: 2, width: 12, cell: rnn(hidden: 20), vocabulary: 48)", hasForms: false),
  .init(description: "lstm", recipe: "recurrentNetwork(layers: 2, width: 12, cell: lstm(hidden: 20), vocabulary: 48)", hasForms: false),
  .init(description: "lstm with projection", recipe: "decoder(layers: 2, width: 12, attention: lstm(hidden: 20, projected: 12, clip: 0.7), vocabulary: 48)", hasForms: false),
]

func loudModel(_ recipe: String, seed: UInt64 = 11) throws -> Architecture {
  guard case .call(let call) = Recipe.Value.call(try parsed(recipe)) else { throw BuildFailure.notCall(recipe) }
  let model = try call.architecture().proved()
  try model.initialise(seed: seed)
  // Away from every special start: zeros and ones hide mistakes.
  var g = SeededGenerator(seed: seed)
  for (_, parameter) in model.allParameters {
    let start = parameter.tensor, deviation: Float = parameter.shape.count > 1 ? 0.8 / Float(parameter.shape.last!).squareRoot() : 0.3
    parameter.bind((start + Tensor.normal(parameter.shape, deviation: deviation, using: &g)).materialised)
  }
  return model
}

private func gap(_ a: Tensor, _ b: Tensor) -> Float {
  a.untracked.largestDifference(from: b.untracked) / (b.values.map(abs).max() ?? 1)
}

@Suite struct RecurrentIdentityTests {
  @Test(arguments: linearTimeModels) func piecesGiveWhatTheWholeGives(_ m: LinearTimeModel) throws {
    let model = try loudModel(m.recipe), whole = try model(ids, Run(keepsMemory: false))
    #expect(whole.values.allSatisfy { $0.isFinite })
    for sizes in [[1], [7, 9], [3, 1, 1, 4, 7], [15, 1]] {
      let run = Run()
      var rows: [Tensor] = [], start = 0, turn = 0
      while start < ids.count {
        let size = min(sizes[turn % sizes.count], ids.count - start)
        rows.append(try model(Array(ids[start..<(start + size)]), run).untracked)
        start += size
        turn += 1
      }
      #expect(gap(concatenate(rows, axis: 1), whole) < 2e-4, "in pieces of \(sizes)")
    }
  }

  @Test(arguments: linearTimeModels.filter(\.hasForms)) func threeFormsOfAModelAgree(_ m: LinearTimeModel) throws {
    let model = try loudModel(m.recipe), recurrent = try model(ids, Run(keepsMemory: false))
    for form in [RecurrentForm.parallel, .chunkwise(1), .chunkwise(5), .chunkwise(16)] {
      let run = Run(keepsMemory: false)
      run.form = form
      #expect(gap(try model(ids, run), recurrent) < 2e-4, "\(form)")
      // A prompt in chunks, then token by token.
      let split = Run()
      split.form = form
      _ = try model(Array(ids[0..<9]), split)
      split.form = .recurrent
      var last = Tensor(0)
      for id in ids[9...] { last = try model([id], split) }
      #expect(gap(last, recurrent.slice(15..<16, axis: 1)) < 2e-4, "\(form), then token by token")
    }
  }

  /// The same of checkpoints, whose numbers are not ours. 2e-4 of the largest logit.
  @Test(arguments: ["rwkv", "rwkv-wide", "rwkv-bf16", "qwen3-next", "qwen3-next-mixed"]) func threeFormsOfACheckpointAgree(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path).architecture, recurrent = try model(ids, Run(keepsMemory: false))
    for form in [RecurrentForm.parallel, .chunkwise(1), .chunkwise(5)] {
      let run = Run()
      run.form = form
      #expect(gap(try model(ids, run), recurrent) < 2e-4, "\(form)")
      let plain = Run()
      _ = try model(ids, plain)
      run.form = .recurrent
      #expect(gap(try model([4], run), try model([4], plain)) < 2e-4, "\(form), then one token")
    }
  }

  @Test(arguments: linearTimeModels) func aBatchGivesWhatItsRowsGive(_ m: LinearTimeModel) throws {
    let model = try loudModel(m.recipe), rows = [Array(ids[0..<8]), Array(ids[8..<16]), Array(ids[4..<12])]
    let run = Run()
    _ = try model(Architecture.Input(rows.map { Array($0[0..<5]) }), run)
    let together = try model(Architecture.Input(rows.map { Array($0[5..<8]) }), run)
    for (i, row) in rows.enumerated() {
      let alone = try model(row, Run(keepsMemory: false)).slice(5..<8, axis: 1)
      #expect(gap(together.slice(i..<(i + 1), axis: 0), alone) < 2e-4)
    }
  }

  @Test(arguments: linearTimeModels) func memoryHeldIsMemoryCounted(_ m: LinearTimeModel) throws {
    let model = try loudModel(m.recipe), run = Run()
    // A saved model finds its numbers by these paths.
    #expect(Set(model.allParameters.map(\.path)).count == model.allParameters.count)
    _ = try model(Array(ids[0..<11]), run)
    let outline = Account(try (parsed(m.recipe)).architecture(), context: 8)
    func counted(_ tokens: Int) -> Int { outline.memory.reduce(0) { $0 + 4 * $1.elements * ($1.growth == .state ? 1 : min(tokens, $1.cap ?? tokens)) } }
    #expect(run.memoryBytes == counted(11))
    for id in ids { _ = try model([id], run) }
    #expect(run.memoryBytes == counted(27))
    if m.isConstant { #expect(counted(11) == counted(100_000)) }
  }

  @Test(arguments: linearTimeModels) func watchingAndRecordingChangeNoNumber(_ m: LinearTimeModel) throws {
    let model = try loudModel(m.recipe), plain = try model(ids, Run(keepsMemory: false))
    let watched = Run(keepsMemory: false, watch: .everything)
    #expect(gap(try model(ids, watched), plain) < 1e-6)
    #expect((!m.isConstant || watched.seen.contains { $0.name == "layers.1.mixer.state" }) && watched.seen.contains { $0.name == "layers.0.mixer.output" })
    let recorded = Run(trace: Trace(recording: Recording()), keepsMemory: false)
    #expect(gap(try model(ids, recorded), plain) < 1e-6)
  }

  /// A later token never moves an earlier output.
  @Test(arguments: linearTimeModels) func theFutureIsNotSeen(_ m: LinearTimeModel) throws {
    let model = try loudModel(m.recipe), before = try model(ids, Run(keepsMemory: false))
    var other = ids
    other[10] = 2
    let after = try model(other, Run(keepsMemory: false))
    #expect(before.slice(0..<10, axis: 1).values == after.slice(0..<10, axis: 1).values)
    #expect(before.slice(10..<11, axis: 1).values != after.slice(10..<11, axis: 1).values)
  }

  @Test func hyenaByFourierIsHyenaByTheSum() throws {
    var g = SeededGenerator(seed: 3)
    var block = Hyena(12, order: 3, length: 40, hidden: 8, bands: 5)
    for (_, parameter) in block.allParameters { try parameter.initialise(using: &g) }
    let x = Tensor.normal([2, 33, 12], deviation: 1, using: &g)
    let fourier = block(x, Run(keepsMemory: false))
    block.method = .direct
    #expect(gap(block(x, Run(keepsMemory: false)), fourier) < 2e-5)
    // Filters of the published module: 5 numbers a position, 16 hidden, order 3, 8 wide, 64 positions (reference: 1736 parameters).
    #expect(Hyena(8, order: 3, length: 64, hidden: 16, bands: 5).parameterCount == 1736)
    let long = block(Tensor.normal([1, 41, 12], deviation: 1, using: &g), Run(keepsMemory: false))
    #expect(long.fault?.description.contains("knows 40 positions, not 41") == true)
  }

  // MARK: ELMo

  /// Two stacks that never meet: a changed word moves the forward halves after it and the backward halves before it, and its own.
  @Test func elmoReadsInTwoDirections() throws {
    let model = try loudModel("elmo(layers: 2, width: 6, hidden: 10, characters: 5, characterWidth: 4, lengths: [1, 2, 3], counts: [3, 4, 5], vocabulary: 30)")
    #expect(model.family == .encoder)
    let text = (0..<35).map { ($0 * 7 + 3) % 29 }
    func hidden(_ ids: [Int]) throws -> [[Float]] {
      let x = try model.hidden(Architecture.Input([ids]), Run(keepsMemory: false)).checked()
      #expect(x.shape == [1, 7, 12])
      return (0..<7).map { x.slice($0..<($0 + 1), axis: 1).values }
    }
    var other = text
    other[3 * 5 + 1] = 29
    let a = try hidden(text), b = try hidden(other)
    for word in 0..<7 {
      #expect((a[word][0..<6] != b[word][0..<6]) == (word >= 3), "forward half of word \(word)")
      #expect((a[word][6..<12] != b[word][6..<12]) == (word <= 3), "backward half of word \(word)")
    }
    // A short last word is as one filled with zero vectors: it has an output, and the others keep theirs but for the backward pass.
    let short = try model.hidden(Architecture.Input([Array(text[0..<33])]), Run(keepsMemory: false)).checked()
    #expect(short.shape == [1, 7, 12])
  }

  @Test(arguments: [
    ("elmo(layers: 1, width: 6, hidden: 10, lengths: [1, 2], counts: [3])", "elmo: 2 lengths of filters, but 1 counts"),
    ("elmo(layers: 1, width: 6, hidden: 10, characters: 2, lengths: [3], counts: [3])", "elmo: a filter of 3 characters is longer than a word of 2"),
    ("recurrentNetwork(layers: 1, width: 6, cell: multiHead(heads: 2))", "recurrentNetwork: a recurrent network is made of recurrent cells, not of multi-head attention"),
    ("recurrentNetwork(layers: 1, width: 6, cell: lstm(hidden: 8), head: \"tied\")", "recurrentNetwork: a tied head needs what the last layer gives (8) to be as wide as the embedding (6)"),
    ("decoder(layers: 1, width: 6, attention: rwkv4(heads: 2))", "rwkv4 has no argument 'heads'; it takes inner"),
  ])
  func contradictionsAreOneLine(_ text: String, _ message: String) throws {
    #expect {
      _ = try parsed(text).architecture().proved()
    } throws: { "\($0)" == message }
  }

  @Test(arguments: [
    ("linearAttention(heads: 5)", "split into heads in layers.0.mixer: the width 64 must be a multiple of 5 heads (or give headWidth), got [1×2×64] and [5×12]"),
    ("retention(heads: 64)", "rotate in layers.0.mixer: a head's width must be even and above 2 to turn in pairs, not 1, got [1×2×64] and [64×1]"),
    ("rwkv7(headWidth: 24)", "split into heads in layers.0.mixer: the width 64 must be a multiple of the head width 24, got [1×2×64] and [2×24]"),
  ])
  func sizesThatDoNotFitNameThePart(_ mixer: String, _ message: String) throws {
    #expect {
      _ = try parsed("decoder(layers: 1, width: 64, attention: \(mixer))").architecture().proved()
    } throws: { "\($0)" == message }
  }
}
