// State spaces: whole = token by token = any pieces; recurrent = chunkwise = parallel; memory by outline = memory held; and configurations
// that contradict themselves. Float32; the differences allowed are 2e-4 of the largest logit.

import Blocks
import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Testing

private let ids = [5, 17, 9, 31, 7, 12, 40, 3, 22, 11, 6, 35, 28, 14, 19, 8]

private func gap(_ a: Tensor, _ b: Tensor) -> Float {
  a.untracked.largestDifference(from: b.untracked) / (b.values.map(abs).max() ?? 1)
}

private func configuration(_ text: String) throws -> Configuration {
  Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")
}

private func failure(_ text: String) -> String {
  do {
    let c = try configuration(text)
    _ = try Family.of(c).recipe(c, .unknown)
    return "no error"
  } catch { return "\(error)" }
}

@Suite struct StateSpaceTests {
  static let models = [
    "mamba", "mamba-wide", "falcon-mamba", "falcon-mamba-wide", "mamba2", "mamba2-groups", "jamba", "jamba-wide", "falcon-h1", "falcon-h1-norm",
  ]

  private func model(_ name: String) throws -> Model { try Model(path: fixtures.appendingPathComponent(name).path) }

  @Test(arguments: models) func piecesGiveWhatTheWholeGives(_ name: String) throws {
    let m = try model(name).architecture, whole = try m(ids, Run(keepsMemory: false))
    for sizes in [[1], [7, 9], [3, 1, 1, 4, 7], [15, 1]] {
      let run = Run()
      var rows: [Tensor] = [], start = 0, turn = 0
      while start < ids.count {
        let size = min(sizes[turn % sizes.count], ids.count - start)
        rows.append(try m(Array(ids[start..<(start + size)]), run).untracked)
        start += size
        turn += 1
      }
      #expect(gap(concatenate(rows, axis: 1), whole) < 2e-4, "in pieces of \(sizes)")
    }
  }

  @Test(arguments: models) func formsAgree(_ name: String) throws {
    let m = try model(name).architecture, recurrent = try m(ids, Run(keepsMemory: false))
    for form in [RecurrentForm.parallel, .chunkwise(1), .chunkwise(5), .chunkwise(16)] {
      let run = Run()
      run.form = form
      #expect(gap(try m(ids, run), recurrent) < 2e-4, "\(form)")
      // The state that a form leaves behind is the one that the next token needs.
      let plain = Run()
      _ = try m(ids, plain)
      run.form = .recurrent
      #expect(gap(try m([4], run), try m([4], plain)) < 2e-4, "\(form), then one token")
    }
  }

  @Test(arguments: models) func watchingChangesNoNumber(_ name: String) throws {
    let m = try model(name).architecture, plain = try m(ids, Run(keepsMemory: false)), watched = Run(keepsMemory: false, watch: .everything)
    #expect(gap(try m(ids, watched), plain) < 2e-4)
    for part in ["Δ", "B", "C", "state", "output"] { #expect(watched.seen.contains { $0.name.hasSuffix("mixer.\(part)") }, "\(part)") }
    #expect(watched.seen.contains { $0.name.hasSuffix("mixer.convolution.convolved") })
  }

  /// The state is f32 in the account and held as f32; windows and keys are counted as bf16.
  @Test(arguments: models) func memoryHeldIsMemoryCounted(_ name: String) throws {
    let m = try model(name), run = Run()
    _ = try m.architecture(ids, run)
    let account = Account(m.outline, context: ids.count)
    let counted = account.memory.reduce(0) { $0 + $1.elements * 4 * ($1.growth == .state ? 1 : min(ids.count, $1.cap ?? ids.count)) }
    #expect(counted == run.memoryBytes)
    #expect(account.total == m.architecture.parameterCount)
    _ = try m.architecture([3], run)
    if m.architecture.family == .recurrent { #expect(run.memoryBytes == counted) }
  }

  @Test(arguments: models) func leftPaddingChangesNoRealRow(_ name: String) throws {
    let m = try model(name).architecture, text = Array(ids[0..<6]), alone = try m(text, Run(keepsMemory: false)).untracked
    var input = Architecture.Input([[0, 0, 0] + text], padding: [[false, false, false] + text.map { _ in true }])
    input.positions = [0, 0, 0] + (0..<6).map { $0 }
    #expect(gap(try m(input, Run(keepsMemory: false)).untracked.slice(3..<9, axis: 1), alone) < 1e-4)
  }

  @Test func everySpellingOfInfinityIsRead() throws {
    for limit in ["[0.0, Infinity]", "[0, \"Infinity\"]", "[0.0, {\"__float__\": \"Infinity\"}]", "[0, \"inf\"]", "null", "[0.001, 0.1]"] {
      let c = try configuration(
        "{\"model_type\": \"mamba2\", \"hidden_size\": 8, \"num_hidden_layers\": 1, \"vocab_size\": 9, \"num_heads\": 2, \"head_dim\": 8, \"n_groups\": 1, \"time_step_limit\": \(limit)}")
      var found: ClosedRange<Float>?
      try Family.of(c).recipe(c, .unknown).walk { _, part in if let space = part as? Mamba2 { found = space.stepLimit } }
      #expect(found == (limit.hasPrefix("[0.001") ? 0.001...0.1 : 0...Float.infinity), "\(limit)")
    }
  }

  /// A limit holds in every form: many tokens at once, and one by one.
  @Test func aStepLimitHoldsTokenByToken() throws {
    let mixer = Mamba2(8, heads: 2, headWidth: 4, states: 3, stepLimit: 0.02...0.05)
    var g = SeededGenerator(seed: 3)
    for (_, parameter) in mixer.allParameters { parameter.initialise(using: &g) }
    let x = Tensor.normal([1, 5, 8], deviation: 60, using: &g), run = Run(watch: .everything)
    _ = mixer(x.tracked(by: run.trace), run)
    let steps = run["Δ"]!.values
    #expect(steps.allSatisfy { $0 >= 0.02 && $0 <= 0.05 } && steps.contains(0.02) && steps.contains(0.05))
  }

  @Test func contradictionsAreOneLine() {
    let mamba2 = "\"model_type\": \"mamba2\", \"hidden_size\": 8, \"num_hidden_layers\": 1, \"vocab_size\": 9"
    #expect(
      failure("{\(mamba2), \"num_heads\": 3, \"head_dim\": 4}")
        == "config.json: num_heads 3 of head_dim 4 make 12 channels, but expand · hidden_size is 16")
    #expect(failure("{\(mamba2), \"num_heads\": 2, \"head_dim\": 8, \"n_groups\": 4}") == "config.json: num_heads 2 is not a multiple of n_groups 4")
    #expect(
      failure("{\(mamba2), \"num_heads\": 2, \"head_dim\": 8, \"n_groups\": 1, \"time_step_limit\": [2, 1]}")
        == "config.json: time_step_limit must be two numbers, the smaller one first, but it is an array")
    #expect(failure("{\(mamba2), \"head_dim\": 8}").contains("the key 'num_heads' is missing"))
    let mamba = "\"model_type\": \"mamba\", \"hidden_size\": 8, \"num_hidden_layers\": 1, \"vocab_size\": 9"
    #expect(
      failure("{\(mamba), \"time_step_rank\": \"none\"}")
        == "config.json: time_step_rank must be a whole number or \"auto\", but it is \"none\"")
    #expect(failure("{\(mamba), \"expand\": -1}") == "config.json: expand -1.0 makes no inner size out of hidden_size 8")
    #expect(failure("{\(mamba), \"state_size\": 0}").contains("state_size is 0, but must lie between 1 and 4096"))
    let jamba = "\"model_type\": \"jamba\", \"hidden_size\": 8, \"num_hidden_layers\": 2, \"vocab_size\": 9, \"intermediate_size\": 8"
    #expect(failure("{\(jamba), \"num_attention_heads\": 3}") == "config.json: hidden_size 8 does not divide into 3 heads")
    #expect(
      failure("{\(jamba), \"num_attention_heads\": 4, \"num_key_value_heads\": 3}")
        == "config.json: num_attention_heads 4 is not a multiple of num_key_value_heads 3")
    #expect(
      failure("{\(jamba), \"num_attention_heads\": 4, \"num_key_value_heads\": 4, \"attn_layer_period\": 2, \"attn_layer_offset\": 2}")
        == "config.json: attn_layer_offset 2 is not below attn_layer_period 2")
    #expect(
      failure("{\(jamba), \"num_attention_heads\": 4, \"num_key_value_heads\": 4, \"num_experts\": 2, \"num_experts_per_tok\": 3}")
        == "config.json: num_experts_per_tok 3 is more than the 2 experts of num_experts")
    let falcon = "\"model_type\": \"falcon_h1\", \"hidden_size\": 8, \"num_hidden_layers\": 2, \"vocab_size\": 9, \"intermediate_size\": 8, \"num_attention_heads\": 2"
    #expect(
      failure("{\(falcon), \"num_key_value_heads\": 2, \"mamba_d_ssm\": 10, \"mamba_n_heads\": 3}")
        == "config.json: 10 channels of the state space do not divide into mamba_n_heads 3")
    #expect(
      failure("{\(falcon), \"num_key_value_heads\": 2, \"mamba_d_ssm\": 12, \"mamba_n_heads\": 3, \"mamba_d_head\": 5}")
        == "config.json: mamba_n_heads 3 of mamba_d_head 5 make 15 channels, not 12")
    #expect(
      failure("{\(falcon), \"num_key_value_heads\": 2, \"mamba_d_ssm\": 12, \"mamba_n_heads\": 3, \"ssm_multipliers\": [1, 2]}")
        == "config.json: ssm_multipliers must be 5 numbers, but it is an array")
    #expect(failure("{\(falcon), \"num_key_value_heads\": 4}") == "config.json: num_attention_heads 2 is not a multiple of num_key_value_heads 4")
  }
}

@Suite struct S4DTests {
  private func mixer(_ start: S4D.Start, _ method: LongConvolution.Method) -> (S4D, Tensor) {
    let block = S4D(6, states: 5, start: start, method: method)
    var g = SeededGenerator(seed: 8)
    for (_, parameter) in block.allParameters { parameter.initialise(using: &g) }
    return (block, .normal([2, 33, 6], deviation: 1, using: &g))
  }

  private func run(_ block: S4D, _ x: Tensor, pieces: [Int], form: RecurrentForm = .recurrent) -> [Float] {
    let run = Run()
    run.form = form
    var rows: [Tensor] = [], from = 0
    while from < x.shape[1] {
      let size = min(pieces[rows.count % pieces.count], x.shape[1] - from)
      rows.append(block(x.slice(from..<(from + size), axis: 1).tracked(by: run.trace), run).untracked)
      from += size
    }
    return concatenate(rows, axis: 1).values
  }

  /// Recurrence = convolution, by transforms and directly, whole and in pieces (float32, outputs of size 1: 2e-5).
  @Test(arguments: S4D.Start.allCases) func recurrenceIsConvolution(_ start: S4D.Start) {
    let (block, x) = mixer(start, .fourier)
    let recurrence = run(block, x, pieces: [1]), size = max(1, recurrence.map(abs).max()!)
    let direct = S4D(6, states: 5, start: start, method: .direct)
    for (mine, other) in zip(direct.allParameters, block.allParameters) { mine.parameter.bind(other.parameter.tensor) }
    for other in [
      run(block, x, pieces: [33]), run(direct, x, pieces: [33]), run(block, x, pieces: [7, 1, 16]), run(block, x, pieces: [33], form: .chunkwise(8)),
    ] {
      #expect(zip(recurrence, other).allSatisfy { abs($0 - $1) < 2e-5 * size })
    }
  }

  @Test func frequenciesStartAsInThePaper() {
    let linear = S4D(1, states: 4), inverse = S4D(1, states: 4, start: .inverse)
    var g = SeededGenerator(seed: 1)
    for block in [linear, inverse] { for (_, parameter) in block.allParameters { parameter.initialise(using: &g) } }
    #expect(zip(linear.frequency.tensor.values, [0, 3.1415927, 6.2831855, 9.424778]).allSatisfy { abs($0 - $1) < 1e-5 })
    // N = 8: (8/π)(8/(2n + 1) − 1)
    #expect(zip(inverse.frequency.tensor.values, [17.825354, 4.2441318, 1.5278875, 0.36378273]).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(linear.decay.tensor.values.allSatisfy { abs(exp($0) - 0.5) < 1e-6 })
    #expect(linear.stepLogarithm.tensor.values.allSatisfy { (0.001...0.1).contains(exp($0)) })
  }
}
