import Blocks
import Files
import Models
import Tensors
import Testing

@testable import Training

/// The architecture of a recipe written as JSON.
func architecture(_ json: String) throws -> Architecture { try Recipe(JSON.parse(Array(json.utf8), name: "recipe")).architecture() }

let miniDecoder = """
  {"decoder": {"layers": 2, "width": 64, "vocabulary": 43, "context": 32, "attention": {"multiHead": {"heads": 4, "bias": true}},
   "position": {"learned": {}}, "feedForward": {"feedForward": {"hidden": 256}}}}
  """

@Suite struct InitialisationTests {
  /// The numbers of a parameter have this deviation, within three standard errors of it, and a mean within three of 0.
  private func expect(_ model: Architecture, _ path: String, _ deviation: Double, line: Int = #line) throws {
    let parameter = try #require(model.allParameters.first { $0.path == path }?.parameter, "\(path)")
    let x = parameter.tensor.values.map(Double.init), n = Double(x.count)
    let mean = x.reduce(0, +) / n
    let found = (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
    #expect(abs(found - deviation) < 3 * deviation / (2 * n).squareRoot(), "\(path): \(found), not \(deviation)")
    #expect(abs(mean) < 3 * deviation / n.squareRoot(), "\(path): mean \(mean)")
  }

  private func made(_ json: String, _ rule: Initialisation) throws -> Architecture {
    let model = try architecture(json)
    try model.initialise(seed: 11, rule: rule)
    return model
  }

  /// The model of the reference page, 13.1.
  @Test func miniHasTheCardsParameters() throws { #expect(try architecture(miniDecoder).parameterCount == 104_896) }

  /// What tells the time is added to the words: it begins at 0, so that it hides none of them.
  @Test func timeBeginsAtNothing() throws {
    let denoiser = try made("{\"denoiser\": {\"model\": \(miniDecoder), \"noise\": {\"gaussian\": {\"steps\": 50}}, \"vectors\": 16, \"time\": 64}}", .mini)
    let simplex = try made("{\"denoiser\": {\"model\": \(miniDecoder), \"noise\": {\"simplex\": {\"block\": 8, \"steps\": 50}}}}", .mini)
    func silent(_ model: Architecture, _ ending: String) throws {
      let found = try #require(model.allParameters.first { $0.path.hasSuffix(ending) })
      #expect(found.parameter.tensor.values.allSatisfy { $0 == 0 }, "\(found.path)")
    }
    try silent(denoiser, "time.second.weight")
    try silent(simplex, "step.weight")
    let first = try #require(denoiser.allParameters.first { $0.path.hasSuffix("time.first.weight") }).parameter
    try expect(denoiser, denoiser.allParameters.first { $0.parameter === first }!.path, 0.125)
  }

  @Test func mini() throws {
    let model = try made(miniDecoder, .mini)
    try expect(model, "embedding.tokens", 0.125)
    try expect(model, "embedding.positions", 0.125)
    try expect(model, "layers.1.attention.query.weight", 0.125)
    try expect(model, "layers.0.attention.output.weight", 0.125 / 2)
    try expect(model, "layers.0.feedForward.up.weight", 0.125)
    try expect(model, "layers.1.feedForward.down.weight", 1 / 16 / 2)
    #expect(model.allParameters.first { $0.path == "layers.0.feedForward.norm.weight" }?.parameter.tensor.values == Array(repeating: 1, count: 64))
    #expect(model.allParameters.first { $0.path == "layers.0.feedForward.up.bias" }?.parameter.tensor.values.allSatisfy { $0 == 0 } == true)
  }

  @Test func gpt2DividesWhatIsAddedToTheStream() throws {
    let model = try made(miniDecoder, .gpt2)
    try expect(model, "embedding.tokens", 0.02)
    try expect(model, "layers.0.attention.value.weight", 0.02)
    try expect(model, "layers.0.attention.output.weight", 0.01)
    try expect(model, "layers.1.feedForward.down.weight", 0.01)
    let plain = try made(miniDecoder, .llama)
    try expect(plain, "layers.1.feedForward.down.weight", 0.02)
  }

  @Test func t5() throws {
    let recipe = """
      {"encoderDecoder": {"layers": 2, "width": 64, "vocabulary": 300, "attention": {"multiHead": {"heads": 4, "headWidth": 8, "scale": 1}},
       "position": {"relative": {}}, "norm": {"rmsNorm": {}}, "feedForward": {"feedForward": {"hidden": 128, "bias": false}}, "headScale": 0.125}}
      """
    let model = try made(recipe, .t5)
    try expect(model, "embedding.tokens", 1)
    try expect(model, "encoder.layers.0.attention.query.weight", 1 / (64.0 * 8).squareRoot())
    try expect(model, "encoder.layers.0.attention.key.weight", 0.125)
    try expect(model, "decoder.layers.1.crossAttention.output.weight", 1 / (4.0 * 8).squareRoot())
    try expect(model, "decoder.layers.1.feedForward.down.weight", 1 / 128.0.squareRoot())
    try expect(model, "encoder.layers.0.attention.relativeBias", 0.125)
    #expect(Initialisation.t5.objection(to: model) == nil)
    let unscaled = try architecture(recipe.replacing(", \"headScale\": 0.125", ""))
    #expect(Initialisation.t5.objection(to: unscaled) == "with the rule t5 a tied head must multiply by 1/√width: give the model headScale 0.125")
  }

  /// A = −1 … −N in every channel, D = 1; softplus of the step's bias lies in [10⁻³, 10⁻¹], as evenly in logarithm as 128 numbers can show.
  @Test func mamba() throws {
    let recipe = """
      {"decoder": {"layers": 4, "width": 64, "vocabulary": 300, "attention": {"mamba": {}}, "feedForward": {"none": {}}, "norm": {"rmsNorm": {}}}}
      """
    let model = try made(recipe, .mamba)
    let parameters = Dictionary(uniqueKeysWithValues: model.allParameters.map { ($0.path, $0.parameter) })
    let decay = try #require(parameters["layers.0.mixer.decayLogarithm"])
    for (i, x) in decay.tensor.values.enumerated() { #expect(abs(x - Float(log(Double(i % 16 + 1)))) < 1e-6) }
    let bias = try #require(parameters["layers.3.mixer.step.bias"]).tensor.values.map(Double.init)
    let steps = bias.map { log1p(exp($0)) }
    #expect(steps.allSatisfy { $0 > 0.999e-3 && $0 < 0.1001 })
    let mean = steps.reduce(0) { $0 + log($1) } / Double(steps.count)
    #expect(abs(mean - log(0.01)) < 3 * log(100) / 12.0.squareRoot() / Double(steps.count).squareRoot())
    // Uniform within b has the deviation b/√3.
    try expect(model, "layers.0.mixer.step.weight", 0.5 / 3.0.squareRoot())
    try expect(model, "layers.0.mixer.input.weight", 0.125 / 3.0.squareRoot())
    try expect(model, "layers.0.mixer.output.weight", 1 / 128.0.squareRoot() / 3.0.squareRoot() / 2)
    try expect(model, "embedding.tokens", 0.02)
  }

  /// Inverse softplus, reference page 10.3.
  @Test func stepBiasGoldenValues() throws {
    for (step, bias) in [(0.001, -6.907255), (0.01, -4.600166), (0.1, -2.252168)] as [(Float, Float)] {
      let parameter = Parameter(1, initial: .stepBias(step, step))
      var generator = SeededGenerator(seed: 0)
      try parameter.initialise(using: &generator)
      #expect(abs(parameter.tensor.item - bias) < 2e-6)
    }
  }

  @Test func orthogonalRowsAndColumns() {
    var generator = SeededGenerator(seed: 5)
    for shape in [[6, 10], [10, 6]] {
      let x = Tensor.orthogonal(shape, gain: 2, using: &generator)
      let product = shape[0] < shape[1] ? contract("ik,jk->ij", x, x) : contract("ki,kj->ij", x, x)
      for i in 0..<6 { for j in 0..<6 { #expect(abs(product.values[i * 6 + j] - (i == j ? 4 : 0)) < 1e-5) } }
    }
  }

  @Test func truncatedStaysWithinThreeDeviations() throws {
    let model = try made(miniDecoder, .olmo)
    let up = try #require(model.allParameters.first { $0.path == "layers.0.feedForward.up.weight" }?.parameter)
    #expect(up.tensor.values.allSatisfy { abs($0) <= 0.375 })
    // Cut at three deviations, a normal number has 0.98658 of its deviation left.
    try expect(model, "layers.0.feedForward.up.weight", 0.125 * 0.98658)
    try expect(model, "layers.1.attention.output.weight", 0.125 * 0.98658 / 2)
  }

  /// The logits' deviation at the start, and the loss: ln V and about half the logits' variance (reference page 10.3).
  @Test func initialLoss() throws {
    let model = try made(miniDecoder, .mini)
    var generator = SeededGenerator(seed: 2)
    let ids = (0..<8).map { _ in (0..<32).map { _ in Int(generator.next() % 43) } }
    let logits = try model(Architecture.Input(ids), Run(keepsMemory: false))
    let targets = (0..<256).map { _ in Int32(generator.next() % 43) }
    let loss = crossEntropy(logits, targets: targets).values.reduce(0, +) / 256
    let x = logits.values.map(Double.init)
    let variance = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    #expect(variance > 0.5 && variance < 2)
    #expect(abs(Double(loss) - (log(43) + variance / 2)) < 0.25)
  }

  @Test func sameSeedSameNumbers() throws {
    for rule in Initialisation.allCases where rule != .t5 {
      let (a, b) = (try made(miniDecoder, rule), try made(miniDecoder, rule))
      #expect(zip(a.allParameters, b.allParameters).allSatisfy { $0.parameter.tensor.values == $1.parameter.tensor.values }, "\(rule)")
    }
  }
}

extension String {
  /// The text with the first occurrence of a part exchanged.
  func replacing(_ part: String, _ other: String) -> String {
    firstRange(of: part).map { String(self[..<$0.lowerBound]) + other + String(self[$0.upperBound...]) } ?? self
  }
}

#if canImport(Glibc)
import Glibc
#endif
