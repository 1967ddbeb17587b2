// The cases of the gradient harness: every primitive at shapes that differ in kind (broadcasts, groups, windows, steps), with numbers drawn away
// from its kinks.

@testable import Tensors

let gradientCases: [GradientCase] = [elementwiseCases, rowCases, viewCases, productCases, attentionCases, choosingCases, recurrentCases, lossCases, gradientEdgeCases].flatMap { $0 }

private let step: Draw = .between(0.1, 0.9)

/// Where a function of one number is smooth.
private func domain(_ function: Unary.Function) -> Draw {
  switch function {
  case .log, .sqrt, .rsqrt, .reciprocal: .between(0.5, 2)
  case .log1p: .between(-0.4, 2)
  case .relu, .abs, .sign, .reluSquared, .elu: .awayFromZero
  case .floor: .awayFromWhole
  default: .between(-1.5, 1.5)
  }
}

private func unary(_ function: Unary.Function) -> [GradientCase] {
  let shapes: [Shape] = [[3, 4], [], [2, 1, 5]]
  var cases = shapes.map { GradientCase(Unary(function), $0, draws: [domain(function)], isFlat: function == .sign || function == .floor) }
  cases.append(GradientCase(Gated(function), [2, 3, 4], [2, 3, 4], draws: [domain(function), .plain]))
  return cases
}

private func binary(_ function: Binary.Function) -> [GradientCase] {
  let draws: [Draw], isFlat: Bool
  switch function {
  case .divide: (draws, isFlat) = ([.plain, .between(0.5, 2)], false)
  case .power: (draws, isFlat) = ([.between(0.5, 2), .between(-1.5, 1.5)], false)
  // The one is never near the other.
  case .maximum, .minimum: (draws, isFlat) = ([.awayFromZero, .between(-0.2, 0.2)], false)
  case .less, .lessEqual, .equal: (draws, isFlat) = ([.awayFromZero, .between(-0.2, 0.2)], true)
  default: (draws, isFlat) = ([.plain], false)
  }
  let shapes: [(Shape, Shape)] = [([3, 4], [3, 4]), ([3, 4], [4]), ([3, 1], [1, 4]), ([2, 3, 4], []), ([], [3]), ([4], [2, 3, 4]), ([2, 1, 4], [3, 1]), ([1], [5])]
  return shapes.map { GradientCase(Binary(function), $0.0, $0.1, draws: draws, isFlat: isFlat) }
}

private let elementwiseCases: [GradientCase] = Unary.Function.allCases.flatMap(unary) + Binary.Function.allCases.flatMap(binary)

private let closed: [Float] = [0.3, -.infinity, 0.7, -0.2, 0.1, 0.5, -.infinity, -.infinity, 1, -.infinity, -.infinity, -.infinity]

private func rows(_ shape: Shape) -> [GradientCase] {
  let width = shape.last!
  var cases = [GradientCase(Softmax(), shape), GradientCase(Softmax(logarithm: true), shape)]
  cases += [GradientCase(RMSNormalise(epsilon: 1e-3), shape), GradientCase(RMSNormalise(epsilon: 1e-5), shape, [width])]
  let norm = LayerNormalise(epsilon: 1e-2)
  cases += [GradientCase(norm, shape), GradientCase(norm, shape, [width]), GradientCase(norm, shape, [width], [width])]
  for function in Reduce.Function.allCases { cases.append(GradientCase(Reduce(function), shape, draws: [.apart], isFlat: function == .argmax)) }
  return cases
}

private let rowCases: [GradientCase] = rows([3, 5]) + rows([7]) + rows([2, 2, 3]) + rows([2, 1]) + sumCases

private let sumCases: [GradientCase] = [
  GradientCase(Softmax(), [3, 4], draws: [.given(closed)], note: "with closed cells"),
  GradientCase(SumTo([4]), [2, 3, 4]), GradientCase(SumTo([3, 1]), [2, 3, 4]), GradientCase(SumTo([1, 1, 4]), [2, 3, 4]), GradientCase(SumTo([]), [2, 3]),
  GradientCase(SumTo([2, 1, 4]), [2, 3, 4]), GradientCase(SumTo([1]), [5]),
]

private let viewCases: [GradientCase] = [
  GradientCase(Reshape([6, 4]), [2, 3, 4]), GradientCase(Reshape([-1]), [2, 3]), GradientCase(Reshape([1, 1]), []), GradientCase(Reshape([]), [1]),
  GradientCase(Reshape([2, 3, 2, 2]), [2, 3, 4]),
  GradientCase(Permute([1, 0]), [3, 4]), GradientCase(Permute([2, 0, 1]), [2, 3, 4]), GradientCase(Permute([0, 2, 1, 3]), [2, 3, 2, 4]),
  GradientCase(Slice(axis: 0, 1, 3), [4, 3]), GradientCase(Slice(axis: 1, 0, 5, step: 2), [2, 5, 3]), GradientCase(Slice(axis: 1, 1, 5, step: 3), [2, 6]),
  GradientCase(Slice(axis: 2, 3, 4), [2, 2, 4]), GradientCase(Slice(axis: 0, 2, 2), [4, 3], note: "of nothing"),
  GradientCase(Expand([2, 3, 4]), [3, 1]), GradientCase(Expand([2, 3, 4]), [1, 3, 1]), GradientCase(Expand([3]), []), GradientCase(Expand([2, 3]), [2, 3]),
  GradientCase(Concatenate(axis: 0), [2, 3], [1, 3]), GradientCase(Concatenate(axis: 1), [2, 3, 2], [2, 1, 2], [2, 2, 2]),
  GradientCase(Concatenate(axis: 2), [2, 2, 1], [2, 2, 3]), GradientCase(Concatenate(axis: 0), [3]), GradientCase(Append(), [2, 3, 2], [2, 1, 2]),
  GradientCase(Reverse(axis: 1), [2, 4, 3]), GradientCase(Reverse(axis: 0), [5]),
]

private let productCases: [GradientCase] = [
  GradientCase(Linear(), [2, 3, 4], [5, 4]), GradientCase(Linear(), [2, 3, 4], [5, 4], [5]), GradientCase(Linear(), [1, 7], [3, 7], [3]), GradientCase(Linear(), [4], [1, 4]),
  GradientCase(Linear(), [2, 17, 33], [35, 33], [35], note: "wider than a tile"),
  GradientCase(Linears(biases: [false, true, false]), [2, 3, 4], [5, 4], [2, 4], [2], [1, 4]), GradientCase(Linears(biases: [true]), [3, 4], [6, 4], [6]),
  GradientCase(Linears(biases: [false, false]), [1, 1, 8], [8, 8], [4, 8]),
] + contractions

private let contractions: [GradientCase] = {
  let patterns: [(String, Shape, Shape)] = [
  ("ab,bc->ac", [3, 4], [4, 2]), ("ab,cb->ac", [3, 4], [2, 4]), ("ba,bc->ac", [4, 3], [4, 2]), ("ab,bc->ca", [3, 4], [4, 2]), ("a,b->ab", [3], [4]), ("ab,ab->a", [3, 4], [3, 4]),
  ("a,a->", [5], [5]), ("ij,bhjd->bhid", [3, 3], [2, 2, 3, 2]), ("btgrd,bsgd->bgrts", [2, 3, 2, 2, 4], [2, 5, 2, 4]), ("bgrts,bsge->btgre", [2, 2, 2, 3, 5], [2, 5, 2, 3]),
  ("bhcd,bhde->bhce", [2, 2, 3, 4], [2, 2, 4, 2]), ("bhid,bhjd->bhij", [2, 2, 3, 4], [2, 2, 5, 4]), ("bsc,cs->bc", [2, 3, 4], [4, 3]), ("btv,vw->btw", [2, 3, 4], [4, 5]),
  ("bgnd,bgns->bsgd", [2, 2, 3, 4], [2, 2, 3, 5]),
  ]
  return patterns.map { GradientCase(Contract($0.0), $0.1, $0.2) }
}()

/// cos and sin of some positions.
private func rotation(half: Bool, perBatch: Bool, pairs: Int = 2) -> Rotate {
  let angles = (0..<(5 * pairs)).map { Float($0 / pairs) * (0.7 + 0.5 * Float($0 % pairs)) }
  return Rotate(
    cosines: Unary(.cos).apply([Tensor(angles, [5, pairs])]), sines: Unary(.sin).apply([Tensor(angles, [5, pairs])]), index: perBatch ? [0, 1, 2, 4, 3, 1] : [1, 3, 4],
    indexPerBatch: perBatch, half: half)
}

private let attentionCases: [GradientCase] = [
  GradientCase(rotation(half: true, perBatch: false), [2, 3, 2, 4]), GradientCase(rotation(half: false, perBatch: false), [2, 3, 2, 4]),
  GradientCase(rotation(half: true, perBatch: true), [2, 3, 2, 6], note: "a part of each head"), GradientCase(rotation(half: false, perBatch: true), [2, 3, 2, 2, 5], note: "a part of each head, in groups"),
  GradientCase(FusedAttention(scale: 0.5), [2, 3, 2, 2, 4], [2, 5, 2, 4], [2, 5, 2, 3]),
  GradientCase(FusedAttention(scale: 0.7, first: [0, 0, 0, 0], last: [1, 2, 3, 4]), [1, 4, 1, 3, 2], [1, 4, 1, 2], [1, 4, 1, 2], note: "causal"),
  GradientCase(FusedAttention(scale: 0.7, first: [0, 0, 1, 2], last: [1, 2, 3, 4]), [2, 4, 2, 1, 2], [2, 4, 2, 2], [2, 4, 2, 3], note: "in a window"),
  GradientCase(FusedAttention(scale: 0.7, first: [0, 2, 1], last: [0, 2, 4]), [1, 3, 1, 2, 2], [1, 4, 1, 2], [1, 4, 1, 2], note: "some see nothing"),
  GradientCase(FusedAttention(scale: 0.5), [2, 3, 2, 2, 4], [2, 5, 2, 4], [2, 5, 2, 3], [3, 5], note: "a bias for all heads"),
  GradientCase(FusedAttention(scale: 0.5), [2, 3, 2, 2, 4], [2, 5, 2, 4], [2, 5, 2, 3], [4, 3, 5], note: "a bias for each head"),
  GradientCase(FusedAttention(scale: 0.5), [2, 3, 2, 2, 4], [2, 5, 2, 4], [2, 5, 2, 3], [2, 1, 3, 5], note: "a bias for each text"),
  GradientCase(FusedAttention(scale: 0.5), [2, 3, 2, 2, 4], [2, 5, 2, 4], [2, 5, 2, 3], [4, 1, 5], note: "a bias for each key"),
  GradientCase(FusedAttention(scale: 0.5), [2, 3, 2, 2, 4], [2, 5, 2, 4], [2, 5, 2, 3], [4, 3, 1], note: "a bias for each query"),
  GradientCase(FusedAttention(scale: 0.5, hasSinks: true), [2, 3, 2, 2, 4], [2, 5, 2, 4], [2, 5, 2, 3], [4], note: "sinks"),
  GradientCase(
    FusedAttention(scale: 0.5, first: [0, 0, 1], last: [1, 2, 3], hasSinks: true), [2, 3, 2, 2, 4], [2, 3, 2, 4], [2, 3, 2, 3], [4, 3, 3], [4], note: "sinks, bias and window"),
]

private let choosingCases: [GradientCase] = [
  GradientCase(Gather([2, 0, 2, 4, 1, 2], shape: [2, 3]), [5, 4], note: "one row thrice, one never"), GradientCase(Gather([3], shape: []), [4, 2]),
  GradientCase(AddRows([1, 1, 3, 0], count: 5), [4, 3], note: "two to one place"), GradientCase(AddRows([0], count: 1), [1, 4]),
  GradientCase(TopK(2), [3, 5], draws: [.apart], isFlat: true), GradientCase(KeepPlaces(width: 5), [2, 3, 2], draws: [.places(5)], isFlat: true),
  GradientCase(Pick(), [3, 5], [3, 2], draws: [.plain, .given([0, 3, 2, 4, 1, 1])], constant: [1]), GradientCase(Pick(), [2, 2, 4], [2, 2, 1], draws: [.plain, .places(4)], constant: [1]),
  GradientCase(PickRows(), [2, 5, 3], [2, 2, 4], draws: [.plain, .places(5)], constant: [1]),
]

/// A recurrence over three tokens of two texts: two heads, keys of three numbers, values of two.
private func recurrence(_ decay: Int?, corrects: Bool) -> GradientCase {
  let q = [2, 3, 2, 3], v = [2, 3, 2, 2], state = [2, 2, 3, 2]
  let primitive = LinearRecurrence(decays: decay != nil, corrects: corrects)
  switch (decay, corrects) {
  case (nil, false): return GradientCase(primitive, state, q, q, v)
  case (nil, true): return GradientCase(primitive, state, q, q, v, q, q, draws: [.plain, .plain, .plain, .plain, .between(-0.5, 0.5)])
  case (let width?, false): return GradientCase(primitive, state, q, q, v, [2, 3, 2, width], draws: [.plain, .plain, .plain, .plain, step])
  case (let width?, true):
    return GradientCase(primitive, state, q, q, v, [2, 3, 2, width], q, q, draws: [.plain, .plain, .plain, .plain, step, .between(-0.5, 0.5)])
  }
}

private let recurrentCases: [GradientCase] = [
  recurrence(nil, corrects: false), recurrence(1, corrects: false), recurrence(3, corrects: false), recurrence(nil, corrects: true), recurrence(1, corrects: true),
  recurrence(3, corrects: true),
  GradientCase(DecayProducts(), [5, 1], draws: [step]), GradientCase(DecayProducts(), [2, 4, 3], draws: [step]), GradientCase(DecayProducts(), [1, 1]),
  GradientCase(UnitSolve(), [2, 4, 4], [2, 4, 3]), GradientCase(UnitSolve(), [1, 1], [1, 2]), GradientCase(UnitSolve(), [2, 2, 5, 5], [2, 2, 5, 1]),
  GradientCase(SelectiveScan(), [2, 4, 3], [2, 4, 3], [3, 2], [2, 4, 2], [2, 4, 2], [2, 3, 2], draws: [.plain, step, .between(-1.5, -0.3), .plain, .plain, .plain]),
  GradientCase(SelectiveScan(), [1, 1, 5], [1, 1, 5], [5, 9], [1, 1, 9], [1, 1, 9], [1, 5, 9], draws: [.plain, step, .between(-1.5, -0.3), .plain, .plain, .plain], note: "one token"),
  GradientCase(
    WKV(), [2, 3, 2], [2, 4, 2], [2, 4, 2], [2], [2],
    // Numerator, denominator (positive) and exponent of each channel.
    draws: [.given([0.3, -0.4, 1.2, 0.9, 0.1, -0.2, 0.5, 0.2, 0.8, 1.5, -0.3, 0.4]), .plain, .plain, .between(-1, -0.2), .plain]),
  GradientCase(DepthwiseConvolution(), [2, 6, 3], [3, 3]), GradientCase(DepthwiseConvolution(), [1, 5, 4], [4, 2], [4]), GradientCase(DepthwiseConvolution(), [2, 4, 2], [2, 1], [2]),
] + LongConvolution.Method.allCases.flatMap(longConvolution)

private func longConvolution(_ method: LongConvolution.Method) -> [GradientCase] {
  let shapes: [(Shape, Shape)] = [([2, 5, 3], [3, 5]), ([1, 8, 2], [2, 8]), ([2, 1, 2], [2, 1])]
  return shapes.map { GradientCase(LongConvolution(method), $0.0, $0.1) }
}

private let lossCases: [GradientCase] = [
  GradientCase(CrossEntropy(targets: [3, -100, 0, 4, 1, 2]), [2, 3, 5], note: "one position not counted"), GradientCase(CrossEntropy(targets: [2]), [4]),
  GradientCase(CrossEntropy(targets: [0, 1]), [2, 2]),
]
