// Identities that every model holds, whatever its numbers: cached = uncached, fused = spelled out, whole = in pieces, influence =
// mask, one sequence = the same in a batch.

import Blocks
import Generation
import Models
import Tensors
import Testing

private let ids = [5, 17, 9, 31, 7, 12, 40, 3, 22, 11, 6, 35, 28, 14, 19, 8]

private func model(_ name: String) throws -> Model { try Model(path: fixtures.appendingPathComponent(name).path) }

private func gap(_ a: Tensor, _ b: Tensor) -> Float { a.largestDifference(from: b) }

@Suite struct IdentityTests {
  static let decoders = ["gpt2", "llama-gqa", "llama3", "mistral-window", "qwen2-window", "qwen3"]

  @Test(arguments: decoders) func piecesGiveWhatTheWholeGives(_ name: String) throws {
    let m = try model(name).architecture
    let whole = try m(ids, Run(keepsMemory: false))
    for sizes in [[1], [7, 9], [3, 1, 1, 4, 7], [15, 1]] {
      let run = Run()
      var rows: [Tensor] = [], start = 0, turn = 0
      while start < ids.count {
        let size = min(sizes[turn % sizes.count], ids.count - start)
        rows.append(try m(Array(ids[start..<(start + size)]), run).untracked)
        start += size
        turn += 1
      }
      #expect(gap(concatenate(rows, axis: 1), whole.untracked) < 2e-4, "\(name) in pieces of \(sizes)")
    }
  }

  @Test(arguments: decoders + ["bert"]) func watchingChangesNoNumber(_ name: String) throws {
    let m = try model(name).architecture
    let plain = try m(ids, Run(keepsMemory: false)), watched = Run(keepsMemory: false, watch: .everything)
    #expect(gap(plain.untracked, try m(ids, watched).untracked) < 2e-4)
    #expect(watched.seen.count > 10)
  }

  /// Changing one token moves exactly the outputs that the mask lets see it, layer by layer.
  @Test(arguments: [("llama-gqa", Mask.causal), ("mistral-window", .window(5)), ("bert", .bidirectional), ("llama-gqa", .prefix(6))])
  func influenceIsTheMask(_ name: String, _ mask: Mask) throws {
    let m = try model(name).architecture
    func residuals(_ ids: [Int]) throws -> [Tensor] {
      let run = Run(keepsMemory: false, watch: .matching(["layers.*.residual"]))
      if name == "llama-gqa" { run.mask = mask }
      _ = try m(ids, run)
      return run.seen.map { $0.tensor.untracked }
    }
    let given = mask.reach ?? 0
    let before = try residuals(ids), width = before[0].shape[2]
    // What layer n sees is the mask applied n times.
    for changed in [0, 4, 10] {
      var other = ids
      other[changed] = (other[changed] + 1) % 40
      let after = try residuals(other)
      var sees = (0..<ids.count).map { $0 == changed }
      for (layer, (x, y)) in zip(before, after).enumerated() {
        if layer == 0, given > 0, mask.reach != nil { #expect(try windowOf(m) == given) }
        sees = (0..<ids.count).map { i in sees[i] || (0..<ids.count).contains { mask.allows(i, $0) && sees[$0] } }
        for i in 0..<ids.count {
          let a = Array(x.values[(i * width)..<((i + 1) * width)]), b = Array(y.values[(i * width)..<((i + 1) * width)])
          #expect((a != b) == sees[i], "\(name), layer \(layer), token \(changed) changed, row \(i)")
        }
      }
    }
  }

  private func windowOf(_ m: Architecture) throws -> Int? {
    var found: Int?
    m.walk { _, part in if let attention = part as? Attention { found = attention.mask.reach } }
    return found
  }

  @Test(arguments: ["llama-gqa", "gpt2"]) func aBatchGivesWhatItsRowsGive(_ name: String) throws {
    let m = try model(name).architecture
    let rows = [Array(ids[0..<8]), Array(ids[8..<16]), Array(ids[4..<12])]
    let together = try m(Architecture.Input(rows), Run())
    for (i, row) in rows.enumerated() {
      #expect(gap(together.untracked.slice(i..<(i + 1), axis: 0), try m(row, Run()).untracked) < 1e-4)
    }
  }

  @Test func leftPaddingChangesNoRealRow() throws {
    let m = try model("llama-gqa").architecture
    let text = Array(ids[0..<6])
    let alone = try m(text, Run(keepsMemory: false)).untracked
    var input = Architecture.Input([[0, 0, 0] + text], padding: [[false, false, false] + text.map { _ in true }])
    input.positions = [0, 0, 0] + (0..<6).map { $0 }
    let padded = try m(input, Run(keepsMemory: false)).untracked.slice(3..<9, axis: 1)
    #expect(gap(alone, padded) < 1e-4)
  }

  @Test func memoryHeldIsMemoryCounted() throws {
    for name in Self.decoders {
      let m = try model(name)
      let run = Run()
      _ = try m.architecture(ids, run)
      let account = Account(m.outline, context: ids.count)
      // The account counts bf16, the run holds float32.
      #expect(2 * account.bytes(after: ids.count) == run.memoryBytes, "\(name)")
      #expect(account.total == m.architecture.parameterCount)
    }
  }

  @Test func arithmeticCountedIsArithmeticDone() throws {
    for name in Self.decoders {
      let m = try model(name)
      let run = Run()
      _ = try m.architecture(Array(ids.dropLast()), run)
      run.trace.cost = Cost()
      _ = try m.architecture([ids.last!], run)
      #expect(Account(m.outline, context: ids.count).multiplicationsPerToken == run.trace.cost.multiplications, "\(name)")
    }
  }

  @Test func anEditSaysWhereItAppliedAndAHeadThatIsGoneChangesTheRest() throws {
    let m = try model("llama-gqa").architecture
    let plain = try m(ids, Run(keepsMemory: false)).untracked
    let run = Run(keepsMemory: false)
    run.edits = [Edit("layers.1.attention.mixed") { $0 * 0 }]
    let edited = try m(ids, run).untracked
    #expect(run.edits[0].applied.map(\.name) == ["layers.1.attention.mixed"])
    #expect(run.edits[0].applied[0].change > 0)
    #expect(gap(plain, edited) > 1e-3)
  }
}

@Suite struct MaskTests {
  @Test func pictures() {
    func picture(_ mask: Mask) -> String {
      mask.matrix(queries: 0..<6, keys: 0..<6).map { $0.map { $0 ? "1" : "0" }.joined() }.joined(separator: " ")
    }
    #expect(picture(.causal) == "100000 110000 111000 111100 111110 111111")
    #expect(picture(.prefix(3)) == "111000 111000 111000 111100 111110 111111")
    #expect(picture(.window(3)) == "100000 110000 111000 011100 001110 000111")
    #expect(picture(.blockCausal(2)) == "110000 110000 111100 111100 111111 111111")
    #expect(picture(.reverseCausal) == "111111 011111 001111 000111 000011 000001")
    #expect(picture(.causal & .near(1)) == "100000 110000 011000 001100 000110 000011")
    #expect(picture(!.causal) == "011111 001111 000111 000011 000001 000000")
    #expect(picture(.causal & .padding([false, true, true, true, true, true])) == "000000 010000 011000 011100 011110 011111")
    #expect(picture(.blockDiffusion(block: 1, length: 3)) == "100000 010100 001110 000100 000110 000111")
  }

  @Test func reasons() {
    #expect(Mask.causal.why(1, 3) == "3 comes after 1: a causal mask hides the future")
    #expect(Mask.window(2).why(5, 2) == "2 is 3 back; the window holds 2, the token itself included")
    #expect(Mask.prefix(2).why(1, 4) == "4 comes after 1, and lies outside of the prefix of 2")
    #expect(Mask.causal.why(3, 1) == nil)
  }
}

@Suite struct SamplerTests {
  @Test func theSameSeedGivesTheSameText() throws {
    let m = try model("llama-gqa")
    func text(_ seed: UInt64) throws -> [Int] {
      try Autoregressive(m.architecture).generate([5, 6], limit: 12, sampler: Sampler(temperature: 1.5, seed: seed), run: Run())
    }
    #expect(try text(1) == text(1))
    #expect(try Set((0..<6).map { try text($0) }).count > 1)
  }

  @Test func topKAndTopPKeepTheLikeliest() {
    let logits: [Float] = [1, 4, 2, 3]
    #expect(Sampler(temperature: 1, topK: 2).distribution(logits).map(\.id) == [1, 3])
    #expect(Sampler(temperature: 1, topP: 0.6).distribution(logits).map(\.id) == [1])
    #expect(Sampler(temperature: 1, topP: 0.7).distribution(logits).map(\.id) == [1, 3])
    #expect(abs(Sampler(temperature: 2).distribution(logits).map(\.probability).reduce(0, +) - 1) < 1e-6)
  }

  @Test func promptsAreChecked() throws {
    let generator = Autoregressive(try model("gpt2").architecture)
    #expect(throws: GenerationFailure.emptyPrompt) { try generator.check([]) }
    #expect(throws: GenerationFailure.outside(id: 60, vocabulary: 60)) { try generator.check([3, 60]) }
    #expect(throws: GenerationFailure.tooLong(tokens: 41, context: 40)) { try generator.check(Array(repeating: 1, count: 41)) }
    #expect(GenerationFailure.tooLong(tokens: 41, context: 40).description == "the text has 41 tokens; this model reads at most 40")
  }
}
