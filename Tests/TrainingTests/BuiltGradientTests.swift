// Gradients of the systems that no checkpoint of the reference stands for, against central differences of their own loss: parameter by
// parameter, so that one whose gradient never arrives is found. And one recurrence, three forms: the gradients of all are the same.

import Blocks
import Files
import Foundation
import Models
import Tensors
import Testing

@testable import Training

/// A small model of a system, and how it is run.
struct BuiltModel: CustomStringConvertible, Sendable {
  let description: String
  let recipe: String
  /// Numbers of a noisy vector; 0: the model reads tokens.
  var vectors = 0
  /// A time for each sequence (1) or each of its tokens (2); 0: no time.
  var times = 0
  /// Its recurrence runs as products of matrices as well.
  var hasForms = false
  /// Of the numbers; another where one of these lands beside a pole: a key of length nearly 0.
  var seed: UInt64 = 11

  static let tokens = 6, vocabulary = 19
  static let ids = [[5, 9, 2, 7, 11, 3], [4, 4, 8, 1, 6, 10]]

  /// The model with loud numbers: zeros and ones hide mistakes.
  func made() throws -> Architecture {
    let model = try Recipe(JSON.parse(Array(recipe.utf8), name: description)).architecture().proved()
    try model.initialise(seed: seed)
    var generator = SeededGenerator(seed: seed)
    for (_, parameter) in model.allParameters {
      let deviation: Float = parameter.shape.count > 1 ? 0.8 / Float(parameter.shape.last!).squareRoot() : 0.3
      parameter.bind((parameter.tensor + Tensor.normal(parameter.shape, deviation: deviation, using: &generator)).materialised)
    }
    return model
  }

  /// −ln of the probability of a target at every position.
  func losses(_ model: Architecture, _ run: Run) throws -> Tensor {
    run.noise = SeededGenerator(seed: 5)
    if model.encoder != nil { model.encode(Architecture.Input([[3, 8, 1], [12, 2, 7]]), run) }
    var input = Architecture.Input(vectors > 0 ? [[], []] : BuiltModel.ids)
    if vectors > 0 {
      var generator = SeededGenerator(seed: 2)
      input.vectors = .normal([2, BuiltModel.tokens, vectors], deviation: 1, using: &generator)
    }
    if times > 0 { input.times = (0..<(times == 1 ? 2 : 2 * BuiltModel.tokens)).map { Float(3 + 2 * $0) } }
    // ELMo has no head: its vectors serve as logits.
    let logits = model.head == nil ? try model.hidden(input, run).checked() : try model(input, run)
    return crossEntropy(logits, targets: (0..<(logits.count / logits.shape.last!)).map { Int32((5 * $0 + 3) % logits.shape.last!) })
  }

  static func weight(_ i: Int) -> Float { Float(1 + i % 3) * 0.1 }

  func loss(_ model: Architecture, _ run: Run) throws -> Tensor {
    let losses = try losses(model, run)
    return (losses * Tensor((0..<losses.count).map(BuiltModel.weight), losses.shape)).total
  }

  /// The same, added up in double precision.
  func number(_ model: Architecture) throws -> Double {
    try losses(model, Run(keepsMemory: false)).values.enumerated().reduce(0) { $0 + Double(BuiltModel.weight($1.offset)) * Double($1.element) }
  }
}

private func decoder(_ attention: String, layers: Int = 2, width: Int = 12, _ more: String = "") -> String {
  #"{"decoder": {"layers": \#(layers), "width": \#(width), "attention": \#(attention), "vocabulary": 19, "context": 24\#(more.isEmpty ? "" : ", " + more)}}"#
}

private func denoiser(_ noise: String, _ more: String, model: String = "encoder") -> String {
  #"""
  {"denoiser": {"model": {"\#(model)": {"layers": 2, "width": 12, "attention": {"multiHead": {"heads": 2, "bias": true}}, "feedForward": {"feedForward": {"hidden": 16,
    "activation": "gelu"}}, "position": "learned", "vocabulary": 19, "context": 24}}, "noise": \#(noise), \#(more)}}
  """#
}

let builtModels: [BuiltModel] = [
  .init(description: "RNN", recipe: #"{"recurrentNetwork": {"layers": 2, "width": 8, "cell": {"rnn": {"hidden": 10}}, "vocabulary": 19}}"#),
  .init(description: "LSTM", recipe: #"{"recurrentNetwork": {"layers": 2, "width": 8, "cell": {"lstm": {"hidden": 10}}, "vocabulary": 19}}"#),
  .init(description: "LSTM with projection", recipe: decoder(#"{"lstm": {"hidden": 14, "projected": 12, "clip": 1.5}}"#)),
  .init(
    description: "ELMo",
    recipe: #"{"elmo": {"layers": 2, "width": 5, "hidden": 9, "characters": 3, "characterWidth": 4, "vocabulary": 19, "lengths": [1, 2], "counts": [5, 6], "highways": 1}}"#),
  .init(description: "linear attention", recipe: decoder(#"{"linearAttention": {"heads": 3, "bias": true}}"#), hasForms: true),
  .init(
    description: "RetNet", recipe: decoder(#"{"retention": {"heads": 3, "valueWidth": 5}}"#, #""norm": "rmsNorm", "feedForward": {"swiglu": {"hidden": 14}}"#), hasForms: true),
  .init(description: "DeltaNet", recipe: decoder(#"{"deltaNet": {"heads": 3, "valueWidth": 5, "largestRate": 2}}"#, #""norm": "rmsNorm""#), hasForms: true),
  .init(description: "Gated DeltaNet", recipe: decoder(#"{"gatedDeltaNet": {"heads": 3, "taps": 3, "valueWidth": 5}}"#, #""norm": "rmsNorm""#), hasForms: true, seed: 12),
  .init(description: "RWKV-4", recipe: decoder(#""rwkv4""#, #""feedForward": {"channelMix": {"hidden": 20}}, "embeddingNorm": true"#)),
  .init(
    description: "RWKV-7",
    recipe: decoder(
      #"{"rwkv7": {"headWidth": 4, "decayRank": 3, "rateRank": 2, "valueRank": 3, "gateRank": 4}}"#, layers: 3,
      #""feedForward": {"channelMix": {"hidden": 20, "gate": "none"}}, "embeddingNorm": true"#), hasForms: true),
  .init(description: "Hyena", recipe: decoder(#"{"hyena": {"length": 20, "hidden": 6, "bands": 3, "frequency": 2}}"#)),
  .init(description: "Hyena of order 3", recipe: decoder(#"{"hyena": {"order": 3, "length": 20, "hidden": 6, "bands": 3, "frequency": 2}}"#)),
  .init(description: "S4D", recipe: decoder(#"{"s4d": {"states": 4, "start": "linear"}}"#, #""feedForward": "none", "head": "untied""#)),
  .init(description: "Mamba", recipe: decoder(#"{"mamba": {"states": 4}}"#, #""feedForward": "none""#), hasForms: true),
  .init(description: "Mamba-2", recipe: decoder(#"{"mamba2": {"states": 5, "heads": 4}}"#, #""feedForward": "none""#), hasForms: true),
  .init(
    description: "sparsely-gated MoE",
    recipe: #"""
      {"sparselyGated": {"width": 8, "experts": {"experts": {"count": 5, "active": 2, "of": {"feedForward": {"hidden": 10, "activation": "gelu", "bias": false}},
        "scoring": "softmaxOfChosen", "noisy": true}}, "vocabulary": 19}}
      """#),
  .init(description: "the Transformer of 2017", recipe: #"""
    {"encoderDecoder": {"layers": 2, "width": 12, "attention": {"multiHead": {"heads": 3}}, "feedForward": {"feedForward": {"hidden": 16, "activation": "gelu"}},
      "position": {"sinusoidal": {}}, "arrangement": "post", "vocabulary": 19, "embeddingScale": 3.4}}
    """#),
  .init(description: "ALiBi", recipe: decoder(#"{"multiHead": {"heads": 3}}"#, #""position": {"alibi": {}}"#)),
  .init(description: "relative buckets", recipe: decoder(#"{"multiHead": {"heads": 3}}"#, #""position": {"relative": {}}"#)),
  .init(
    description: "ChatGLM-6B",
    recipe: decoder(#"{"multiHead": {"heads": 3, "bias": true}}"#, #""position": {"rope": {"planar": true}}, "arrangement": "deepNorm", "mask": {"prefix": {"count": 3}}"#)),
  .init(
    description: "prefix tuning",
    recipe: #"{"prefixTuned": {"architecture": {"decoder": {"layers": 2, "width": 12, "attention": {"multiHead": {"heads": 3}}, "position": "learned", "vocabulary": 19, "context": 24}}, "length": 3, "hidden": 7}}"#),
  .init(description: "masked diffusion in blocks", recipe: denoiser(#"{"blocks": {"size": 3, "mask": 18}}"#, #""time": 8, "timeHidden": 7, "modulation": 7, "headBias": true"#), times: 1),
  .init(description: "D3PM", recipe: denoiser(#"{"categorical": {"kind": "absorbing", "steps": 20, "schedule": "even"}}"#, #""time": 8"#), times: 1),
  .init(
    description: "Diffusion-LM", recipe: denoiser(#"{"gaussian": {"steps": 20, "schedule": "sqrt"}}"#, #""vectors": 5, "time": 8, "norm": true, "headBias": true"#),
    vectors: 5, times: 1),
  .init(description: "rectified flow", recipe: denoiser(#""flow""#, #""vectors": 5, "time": 8, "norm": true, "headBias": true"#), vectors: 5, times: 1),
  .init(
    description: "AR-Diffusion",
    recipe: denoiser(#"{"gaussian": {"steps": 20, "schedule": "sqrt", "perPosition": true}}"#, #""vectors": 5, "time": 8, "headBias": true"#, model: "encoderDecoder"),
    vectors: 5, times: 2),
  .init(description: "SSD-LM", recipe: #"""
    {"denoiser": {"model": {"configuration": {"model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 19, "hidden_size": 12, "num_hidden_layers": 2,
      "num_attention_heads": 2, "intermediate_size": 16, "hidden_act": "gelu", "max_position_embeddings": 24, "type_vocab_size": 1}}, "noise": {"simplex": {"block": 3, "steps": 20}}}}
    """#, vectors: 19, times: 1),
]

@Suite struct BuiltGradientTests {
  /// Bound of |difference − slope| relative to the norm of a parameter's gradient, which counts as at least a hundredth of the whole gradient's:
  /// below that single precision does not see the loss move.
  static let bound = 3e-3, floor = 1e-2

  /// Along each parameter's own gradient the loss must rise by the gradient's norm; where no gradient arrives, it must stay along a random direction.
  @Test(arguments: builtModels) func everyParameterFollowsItsDifference(_ built: BuiltModel) throws {
    let model = try built.made(), step = try GradientStep(model)
    let (_, gradients) = try step { try built.loss(model, $0) }
    let norms = gradients.map { $0.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
    let whole = norms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(whole.isFinite && whole > 0.01)
    var generator = SeededGenerator(seed: 3), worst = (error: 0.0, path: "")
    for (i, parameter) in step.parameters.enumerated() {
      let path = model.allParameters.first { $0.parameter === parameter }!.path
      let isFlat = norms[i] < 1e-6 * whole
      var direction = isFlat ? Tensor.normal(parameter.shape, deviation: 1, using: &generator).values : gradients[i].values
      let length = Float(direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
      direction = direction.map { $0 / length }
      let before = parameter.tensor.values, slope = isFlat ? 0 : norms[i]
      func moved(_ h: Double) throws -> Double {
        for j in before.indices { parameter.tensor.pointer[j] = before[j] + Float(h) * direction[j] }
        defer { for j in before.indices { parameter.tensor.pointer[j] = before[j] } }
        return try built.number(model)
      }
      func difference(_ h: Double) throws -> Double { (try moved(h) - moved(-h)) / (2 * h) }
      // A step that is large against rounding and small against the curvature; Richardson takes the h² away. The best of four: a choice of
      // experts or a maximum may change on the way.
      var error = Double.infinity
      for change in [0.02, 0.006, 0.06, 0.002] where error > 1e-3 {
        let h = min(change / max(slope, 1e-9), 2 * change)
        let refined = (4 * (try difference(h / 2)) - (try difference(h))) / 3
        error = min(error, abs(refined - slope) / max(norms[i], BuiltGradientTests.floor * whole))
      }
      #expect(error < BuiltGradientTests.bound, "\(built): \(path): gradient of norm \(norms[i]) (of \(whole) in all), wrong by \(error)")
      if !(error <= worst.error) { worst = (error, path) }
    }
    if ProcessInfo.processInfo.environment["ORRERY_SHOW_ERRORS"] != nil { print("worst \(built) \(worst)") }
  }

  /// Token by token, in chunks, at once: relative to the norm of each parameter's gradient, which counts as at least a thousandth of the whole's.
  @Test(arguments: builtModels.filter(\.hasForms)) func formsGiveTheSameGradient(_ built: BuiltModel) throws {
    let model = try built.made(), step = try GradientStep(model)
    let (_, recurrent) = try step { try built.loss(model, $0) }
    let norms = recurrent.map { $0.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
    let whole = norms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for form in [RecurrentForm.parallel, .chunkwise(4), .chunkwise(1)] {
      let (_, other) = try step { run in
        run.form = form
        return try built.loss(model, run)
      }
      for (i, pair) in zip(recurrent, other).enumerated() {
        let apart = zip(pair.0.values, pair.1.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
        #expect(apart < 2e-4 * max(norms[i], 1e-3 * whole), "\(built), \(form): \(step.parameters[i].shape) apart by \(apart) of \(norms[i])")
      }
    }
  }
}
