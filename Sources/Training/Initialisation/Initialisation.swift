// How the numbers of a family start: named rules that a plan chooses. A rule speaks of weights that the block left at its default; what a block's own
// paper sets (a decay, the bias of a step, a gain) stays as the block has it, unless the rule names it.

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// A rule for the start of a model's numbers.
public enum Initialisation: String, Sendable, CaseIterable {
  /// What every block says itself.
  case own
  /// Orrery's minis: N(0, 1/√inputs), embeddings 1/√width, what is added to the stream divided by √(2·layers); what tells a denoiser the time begins at 0.
  case mini
  /// N(0, 0.02): BERT and LLaMA.
  case bert, llama
  /// N(0, 0.02), what is added to the stream divided by √(2·layers) (Radford et al. 2019, 2.3).
  case gpt2
  /// Mesh TensorFlow's: embedding N(0, 1), 1/√inputs elsewhere, queries divided by √(width of a head) because attention is not (Raffel et al. 2020).
  case t5
  /// Embedding N(0, 1), since no norm follows it and the head divides by √width; 1/√inputs elsewhere (Chowdhery et al. 2022, section 5).
  case palm
  /// Truncated normal of 1/√width; what is added to the stream divided by √(2·(layer + 1)) (OLMo, LLaDA).
  case olmo
  /// Uniform within 1/√inputs, the step's matrix within 1/√rank, outputs divided by √layers (Gu & Dao 2023 and 2024).
  case mamba, mamba2
  /// Uniform within 1/√inputs around S4D's own decays (Gu et al. 2022).
  case s4d
  /// Embedding within 10⁻⁴; keys, receptances and outputs 0; values orthogonal (Peng et al. 2023, appendix E).
  case rwkv
  /// Xavier's bound with gain 2^−2.5 on queries, keys, values and gates, 2^−1 on outputs (Sun et al. 2023).
  case retnet
}

/// Where a parameter stands, as a rule sees it.
struct InitialisedPlace {
  let path: String
  let parameter: Parameter
  /// The part that holds it, and the one around that.
  let owner: any Part, around: (any Part)?
  /// The stack's layers, and the number of the parameter's own; 0 outside of the stack.
  let layers: Int, layer: Int
  let width: Int

  /// The parameter's own name and the name of its part: `weight` of `query`.
  var steps: [Substring] { path.split(separator: ".") }
  var name: String { steps.last.map(String.init) ?? "" }
  var part: String { steps.dropLast().last.map(String.init) ?? "" }
  /// Numbers that one output adds up.
  var inputs: Float { Float(max(1, parameter.shape.last ?? 1)) }
  var isTable: Bool { owner is Embedding || owner is PositionTable }
  /// What is added to the words to tell a denoiser how noisy they are.
  var isTime: Bool { around is TimeEmbedding && part == "second" || around is Denoiser && part == "step" }
  var isMatrix: Bool { parameter.shape.count >= 2 }
  /// The last projection of a sub-layer: what is added to the stream.
  var isResidualOutput: Bool { steps.contains("layers") && isMatrix && (part == "output" || part == "down") }
  /// The block said nothing of its own.
  var isDefault: Bool { if case .normal(let deviation) = parameter.initial { deviation == 0.02 } else { false } }
}

extension Initialisation {
  /// The distribution of a parameter; nil: the block's own.
  func initial(_ p: InitialisedPlace) -> Parameter.Initial? {
    let depth = Float(max(1, p.layers))
    switch self {
    case .own: return nil
    case .bert, .llama: return p.isDefault ? .normal(deviation: 0.02) : nil
    case .mini:
      guard p.isDefault, p.isMatrix || p.isTable else { return nil }
      // Random times are several times as long as a word's vector and hide which word it is: a small model then learns positions only.
      if p.isTime { return .constant(0) }
      let deviation = 1 / p.inputs.squareRoot()
      return .normal(deviation: p.isResidualOutput ? deviation / (2 * depth).squareRoot() : deviation)
    case .gpt2:
      guard p.isDefault else { return nil }
      return .normal(deviation: p.isResidualOutput ? 0.02 / (2 * depth).squareRoot() : 0.02)
    case .t5:
      guard p.isDefault else { return nil }
      if p.isTable { return .normal(deviation: 1) }
      if p.owner is Attention || p.name == "relativeBias" { return .normal(deviation: 1 / Float(p.width).squareRoot()) }
      if p.part == "query", let attention = p.around as? Attention { return .normal(deviation: 1 / (p.inputs * Float(attention.headWidth)).squareRoot()) }
      return .normal(deviation: 1 / p.inputs.squareRoot())
    case .palm:
      guard p.isDefault, p.isMatrix || p.isTable else { return nil }
      return .normal(deviation: p.isTable ? 1 : 1 / p.inputs.squareRoot())
    case .olmo:
      guard p.isDefault else { return nil }
      let deviation = 1 / Float(p.width).squareRoot()
      return .truncated(deviation: p.isResidualOutput ? deviation / Float(2 * (p.layer + 1)).squareRoot() : deviation)
    case .mamba, .mamba2:
      if p.isTable { return .normal(deviation: 0.02) }
      if p.part == "step", p.around is Mamba, p.isMatrix { return .uniform(bound: 1 / p.inputs.squareRoot()) }
      if p.part == "convolution", let taps = (p.owner as? ShortConvolution)?.taps { return .uniform(bound: 1 / Float(max(1, taps)).squareRoot()) }
      guard p.isDefault, p.isMatrix else { return nil }
      let bound = 1 / p.inputs.squareRoot()
      return .uniform(bound: p.isResidualOutput ? bound / depth.squareRoot() : bound)
    case .s4d:
      guard p.isDefault, p.isMatrix else { return nil }
      return p.isTable ? .normal(deviation: 1 / p.inputs.squareRoot()) : .uniform(bound: 1 / p.inputs.squareRoot())
    case .rwkv:
      if p.isTable { return .uniform(bound: 1e-4) }
      guard p.isDefault, p.isMatrix, !(p.owner is Head) else { return p.owner is Head ? .uniform(bound: 1 / p.inputs.squareRoot()) : nil }
      if p.isResidualOutput || ["key", "receptance"].contains(p.part) { return .constant(0) }
      // As long as the reference's: a matrix with more outputs than inputs is widened.
      let gain = max(1, Float(p.parameter.shape[0]) / p.inputs).squareRoot()
      return .orthogonal(gain: gain)
    case .retnet:
      guard p.isDefault, p.isMatrix else { return nil }
      if p.isTable { return .normal(deviation: 1 / p.inputs.squareRoot()) }
      let bound = (6 / (p.inputs + Float(p.parameter.shape[0]))).squareRoot()
      if p.around is Retention { return .uniform(bound: bound * (p.part == "output" ? 0.5 : powf(2, -2.5))) }
      return .uniform(bound: bound)
    }
  }

  /// Why the rule does not go with an architecture; nil if it does.
  public func objection(to model: Architecture) -> String? {
    guard self == .t5, let head = model.head, head.isTied, head.scale == 1 else { return nil }
    let factor = 1 / Float(model.width).squareRoot()
    return "with the rule t5 a tied head must multiply by 1/√width: give the model headScale \(factor)"
  }
}

extension Architecture {
  /// Gives every parameter fresh numbers by a rule. The same seed gives the same numbers.
  /// - Parameter stop: a flag that ends the work.
  /// - Throws: the fault of a model that there is no memory for, before any is taken; `.interrupted`.
  public func initialise(seed: UInt64, rule: Initialisation, stop: UnsafeMutablePointer<Int32>? = nil) throws(Fault) {
    try affordable(sets: 1)
    var generator = SeededGenerator(seed: seed)
    for place in initialisedPlaces { try place.parameter.initialise(as: rule.initial(place), using: &generator, stop: stop) }
  }

  /// Every parameter once, under the first path that leads to it, in the order of `allParameters`.
  var initialisedPlaces: [InitialisedPlace] {
    var owners: [ObjectIdentifier: (owner: any Part, around: (any Part)?)] = [:]
    func visit(_ part: any Part, _ around: (any Part)?) {
      for (_, parameter) in part.parameters where owners[ObjectIdentifier(parameter)] == nil { owners[ObjectIdentifier(parameter)] = (part, around) }
      for child in part.parts { visit(child.part, part) }
    }
    visit(self, nil)
    let depths = Dictionary(stacks.map { ($0.name, $0.layers.layers.count) }, uniquingKeysWith: { first, _ in first })
    return allParameters.map { path, parameter in
      let steps = path.split(separator: ".").map(String.init), at = steps.firstIndex(of: "layers")
      let stack = at.map { steps[..<$0].joined(separator: ".") } ?? ""
      let place = owners[ObjectIdentifier(parameter)]
      return InitialisedPlace(
        path: path, parameter: parameter, owner: place?.owner ?? self, around: place?.around, layers: at == nil ? 0 : depths[stack] ?? 0,
        layer: at.flatMap { Int(steps[$0 + 1]) } ?? 0, width: width)
    }
  }
}
