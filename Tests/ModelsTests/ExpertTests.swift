// Mixtures of experts: published counts, dropped tokens, sinks, noise and its load, losses of balance, two levels, routing in traces.

import Blocks
import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

let expertsPublished: [Published] = [
  Published(name: "Qwen3-235B-A22B", parameters: 235_093_634_560, active: 22_190_763_520, perToken: 192_512),
  Published(name: "gpt-oss-20b", parameters: 20_914_757_184, active: 4_187_440_704, perToken: 24_576, bounded: 12 * 128 * 2048),
  Published(name: "gpt-oss-120b", parameters: 116_829_156_672, active: 5_711_982_912, perToken: 36_864, bounded: 18 * 128 * 2048),
  Published(name: "switch-base-8", parameters: 619_339_008, active: 222_977_280, perToken: 36_864),
  Published(name: "switch-base-64", parameters: 3_790_748_928, active: 223_493_376, perToken: 36_864),
  Published(name: "switch-base-128", parameters: 7_415_217_408, active: 224_083_200, perToken: 36_864),
  Published(name: "switch-c-2048", parameters: 1_571_308_972_448, active: 1_728_326_048, perToken: 122_880),
  // Two LSTM layers of 512 keep a state and a cell each. An expert is 512 → 1024 → 512.
  Published(name: "sparsely-gated-moe-256", parameters: around + 2 * 512 * 256 + 256 * expert, active: around + 2 * 512 * 256 + 4 * expert, bounded: 8192),
  Published(
    name: "sparsely-gated-moe-4096-h", parameters: around + 2 * 512 * 16 + 16 * (2 * 512 * 256 + 256 * expert),
    active: around + 2 * 512 * 16 + 2 * (2 * 512 * 256 + 2 * expert), bounded: 8192),
]
private let expert = 2 * 512 * 1024
private let around = 2 * 793_471 * 512 + 793_471 + 2 * (2 * 4 * 512 * 512 + 4 * 512)

private func model(_ name: String) throws -> Model { try Model(path: fixtures.appendingPathComponent(name).path) }

private func built(_ text: String) throws -> Architecture {
  let file = "config.json"
  let c = Configuration(try JSON.parse(Array("{\"model_type\": \"orrery\", \"recipe\": \(text)}".utf8), name: file), file: file)
  let made = try Family.of(c).recipe(c, .unknown)
  try made.initialise(seed: 1)
  return made
}

@Suite struct ExpertTests {
  /// Logits around 5: 1e-4 is the rounding of another order of sums.
  @Test(arguments: ["gpt-oss", "gpt-oss-wide"]) func sinksSpelledOutAreSinksFused(_ name: String) throws {
    let m = try model(name).architecture, ids = Architecture.Input([[5, 9, 3, 31, 7, 12, 40]])
    let run = Run(keepsMemory: false, watch: .matching(["*attention.pattern"]))
    let plain = try m(ids, Run(keepsMemory: false)), spelled = try m(ids, run)
    #expect(plain.largestDifference(from: spelled) < 1e-4)
    let pattern = try #require(run["layers.0.attention.pattern"]), width = pattern.shape[3]
    // What a row lacks of 1 is the sink's.
    let sums = stride(from: 0, to: pattern.count, by: width).map { pattern.values[$0..<($0 + width)].reduce(0, +) }
    #expect(sums.allSatisfy { $0 > 0 && $0 < 1 } && sums.contains { $0 < 0.9 })
  }

  @Test func laterTokensAreDropped() throws {
    let m = try model("switch-dropping").architecture, run = Run(watch: .matching(["*router.*"]))
    let ids = Array(2..<22)
    m.encode(Architecture.Input([ids]), run)
    for layer in 0..<2 {
      let chosen = try #require(run["encoder.layers.\(layer).feedForward.router.chosen"]).values.map { Int($0) }
      let dropped = try #require(run["encoder.layers.\(layer).feedForward.router.dropped"]).values
      var taken = [0, 0, 0]
      for (token, place) in chosen.enumerated() {
        taken[place] += 1
        #expect(dropped[token] == (taken[place] > 2 ? 1 : 0))
      }
    }
  }

  @Test func expertsMayBeMixtures() throws {
    let m = try built("""
      {"sparselyGated": {"width": 12, "vocabulary": 20, "experts": {"experts": {"count": 3, "active": 2, "scoring": "softmaxOfChosen", "noisy": true, "of":
        {"experts": {"count": 4, "active": 2, "scoring": "softmaxOfChosen", "of": {"feedForward": {"hidden": 8, "activation": "relu", "bias": false}}}}}}}}
      """)
    let ids = [3, 1, 4, 1, 5, 9, 2, 6]
    let run = Run(), whole = try m(Architecture.Input([ids]), Run(keepsMemory: false))
    var last = Tensor(0)
    for id in ids { last = try m(Architecture.Input([[id]]), run) }
    #expect(last.largestDifference(from: whole.slice(7..<8, axis: 1)) < 1e-5)

    // Σ Gᵢ·Σ Gᵢⱼ·Eᵢⱼ, product by product.
    let seen = Run(keepsMemory: false, watch: .matching(["*"]))
    _ = try m(Architecture.Input([[7]]), seen)
    let path = "layers.1.feedForward"
    func numbers(_ name: String) throws -> [Float] { try #require(seen["\(path).\(name)"], "\(name)").values }
    var sum = [Float](repeating: 0, count: 12)
    for (group, outer) in zip(try numbers("router.chosen"), try numbers("router.weights")) {
      for (place, inner) in zip(try numbers("experts.\(Int(group)).router.chosen"), try numbers("experts.\(Int(group)).router.weights")) {
        let output = try numbers("experts.\(Int(group)).experts.\(Int(place)).output")
        for i in 0..<12 { sum[i] += outer * inner * output[i] }
      }
    }
    #expect(zip(sum, try numbers("output")).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func noiseIsOfTheRun() throws {
    let m = try built("""
      {"sparselyGated": {"width": 12, "vocabulary": 20, "experts": {"experts": {"count": 6, "active": 2, "scoring": "softmaxOfChosen", "noisy": true}}}}
      """)
    let ids = Architecture.Input([[3, 1, 4, 1, 5, 9, 2, 6]])
    func forward(_ seed: UInt64?) throws -> Run {
      let run = Run(keepsMemory: false, watch: .matching(["*router.*"]))
      run.noise = seed.map { SeededGenerator(seed: $0) }
      _ = try m(ids, run)
      return run
    }
    let quiet = try forward(nil), one = try forward(1), again = try forward(1), other = try forward(2)
    let path = "layers.1.feedForward.router"
    #expect(quiet["\(path).noisy"] == nil)
    let noisy = try #require(one["\(path).noisy"])
    #expect(noisy.values == again["\(path).noisy"]?.values)
    #expect(noisy.values != other["\(path).noisy"]?.values)
    let deviation = try #require(one["\(path).deviation"])
    #expect(deviation.values.allSatisfy { abs($0 - (log(2) + 0.01)) < 1e-6 })

    // The expected load against its definition: an expert's own noise drawn again and again, the others' as they are.
    let logits = try #require(one["\(path).logits"])
    let load = Balance.load(logits: logits, noisy: noisy, deviation: deviation, active: 2).values
    var generator = SeededGenerator(seed: 5)
    let draws = 20_000
    for place in 0..<6 {
      var hits = 0
      for token in 0..<8 {
        let others = (0..<6).filter { $0 != place }.map { noisy.values[token * 6 + $0] }.sorted(by: >)
        for _ in 0..<draws where logits.values[token * 6 + place] + generator.normal() * deviation.values[token * 6 + place] > others[1] { hits += 1 }
      }
      // Eight tokens, each with a standard error below 0.0036: 0.05 is five of their sum's.
      #expect(abs(load[place] - Float(hits) / Float(draws)) < 0.05)
    }
  }

  @Test func lossesOfBalance() {
    let even = Tensor([1, 0, 0, 1], [2, 2]), chosen = Tensor([0, 1], [2, 1])
    let weights = Tensor([0.75, 0.5], [2, 1])
    #expect(Balance.gates(chosen: chosen, weights: weights, experts: 3).values == [0.75, 0, 0, 0, 0.5, 0])
    #expect(Balance.importance(Tensor([0.75, 0, 0, 0, 0.5, 0], [2, 3])).values == [0.75, 0.5, 0])
    #expect(Balance.count(chosen: Tensor([0, 2, 2, 1], [2, 2]), experts: 3).values == [1, 1, 2])
    // Mean 2, variance 2/3.
    #expect(abs(Balance.squaredVariation(Tensor([1, 2, 3], [3])).values[0] - 1 / 6) < 1e-6)
    // Uniform: the least there is.
    #expect(abs(Balance.switchLoss(logits: even, chosen: chosen).values[0] - 1) < 1e-6)
    // All to the first, which has σ(1) of the probability: 2·(1·σ(1)).
    let all = Tensor([1, 0, 1, 0], [2, 2])
    #expect(abs(Balance.switchLoss(logits: all, chosen: Tensor([0, 0], [2, 1])).values[0] - 2 / (1 + exp(-1))) < 1e-6)
    let total = log(1 + exp(Float(1)))
    #expect(abs(Balance.zLoss(even).values[0] - total * total) < 1e-5)
    #expect(Balance.zLoss(Tensor([1000, 0], [1, 2])).values[0] == 1_000_000)
    #expect(Balance.gates(chosen: chosen, weights: Tensor([1], [1, 1]), experts: 2).fault != nil)
    #expect(Balance.load(logits: even, noisy: even, deviation: even, active: 2).fault != nil)
  }

  @Test func tracesShowTheRouting() throws {
    let m = try model("switch").architecture
    let steps = try Autoregressive(m).trace([0], source: [5, 9, 3, 31, 7], steps: 2)
    // The first step has read the source as well.
    let titles = ["decoder.layers.1.feedForward.router.logits", "decoder.layers.1.feedForward.router"]
    func routing(_ step: TraceStep) -> [TraceDetail] { step.details.filter { $0.title.contains("router") } }
    #expect(routing(steps[0]).map(\.title) == titles.map { $0.replacing("decoder", with: "encoder") } + titles)
    let details = routing(steps[1])
    #expect(details.map(\.title) == titles)
    guard case .matrix(let scores) = details[0].content, case .facts(let facts) = details[1].content else {
      Issue.record("a matrix and facts")
      return
    }
    #expect(scores.values.count == 1 && scores.values[0].count == 4)
    let best = scores.values[0].indices.max { scores.values[0][$0] < scores.values[0][$1] }!
    #expect(scores.marked == [[best]])
    #expect(facts.first { $0.name == "load" }?.value == .text("expert \(best) × 1"))
    #expect(facts.first { $0.name == "capacity" }?.value == .count(64))
    #expect(facts.first { $0.name == "dropped" }?.value == .count(0))
  }

  @Test(arguments: [
    ("gpt-oss", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5", "num_experts_per_tok 5 is more than the 4 experts of num_local_experts"),
    ("gpt-oss", "\"swiglu_limit\": 7.0", "\"swiglu_limit\": 0", "swiglu_limit must be above 0"),
    ("switch", "\"expert_capacity\": 64", "\"expert_capacity\": 0", "expert_capacity"),
    ("switch", "\"num_sparse_encoder_layers\": 1", "\"num_sparse_encoder_layers\": -1", "num_sparse_encoder_layers"),
    ("switch", "\"dense_act_fn\": \"relu\"", "\"dense_act_fn\": \"rely\"", "did you mean 'relu'?"),
  ])
  func contradictionsAreOneLine(_ name: String, _ old: String, _ new: String, _ words: String) throws {
    let file = fixtures.appendingPathComponent("\(name)/config.json").path
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains(old))
    let c = Configuration(try JSON.parse(Array(text.replacing(old, with: new).utf8), name: file), file: file)
    do {
      _ = try Family.of(c).recipe(c, .unknown)
      Issue.record("no error")
    } catch {
      #expect("\(error)".contains(words) && !"\(error)".contains("\n"), "\(error)")
    }
  }
}
