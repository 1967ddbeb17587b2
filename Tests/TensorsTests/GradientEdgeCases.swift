// Cases of the gradient harness at the edges of shapes: axes without entries and of one entry, rows that see nothing, one token, lengths that are no
// multiple of a chunk or a vector.

@testable import Tensors

private let open: [Float] = [0.3, -.infinity, 0.7, -.infinity, -.infinity, -.infinity, 0.2, 0.5, 0.1]

let gradientEdgeCases: [GradientCase] = [
  GradientCase(Unary(.tanh), [0]), GradientCase(Unary(.gelu), [2, 0, 3]), GradientCase(Unary(.exp), [1, 1, 1]), GradientCase(Unary(.silu), [67]),
  GradientCase(Gated(.silu), [0, 4], [0, 4]), GradientCase(Gated(.gelu), [1, 1], [1, 1]),
  GradientCase(Binary(.multiply), [0, 3], [3]), GradientCase(Binary(.add), [0, 1], [1, 3]), GradientCase(Binary(.divide), [3, 0], [1], draws: [.plain, .between(0.5, 2)]),
  GradientCase(Binary(.multiply), [1, 1, 1], [2, 3, 4]), GradientCase(Binary(.subtract), [1, 3, 1, 2], [2, 1, 4, 1]), GradientCase(Binary(.multiply), [5, 1, 7], [1, 6, 7]),
  GradientCase(Softmax(), [3, 3], draws: [.given(open)], note: "a row all closed"),
  GradientCase(Softmax(), [0, 4]), GradientCase(Softmax(logarithm: true), [2, 0, 4]), GradientCase(Softmax(), [2, 67]), GradientCase(Softmax(logarithm: true), [1, 133]),
  GradientCase(RMSNormalise(epsilon: 1e-3), [0, 4], [4]), GradientCase(LayerNormalise(epsilon: 1e-2), [0, 4], [4], [4]), GradientCase(LayerNormalise(epsilon: 1e-2), [2, 67], [67], [67]),
  GradientCase(RMSNormalise(epsilon: 1e-3), [3, 1], [1]), GradientCase(LayerNormalise(epsilon: 1e-1), [3, 1], [1], [1], note: "rows of one number"),
  GradientCase(SumTo([1, 1, 1]), [2, 3, 4]), GradientCase(SumTo([3, 1, 1]), [3, 1, 5]), GradientCase(SumTo([0, 1]), [0, 4]),
  GradientCase(Reshape([0, 2]), [2, 0, 3]), GradientCase(Permute([1, 0, 2]), [0, 2, 3]), GradientCase(Expand([0, 3]), [1, 3]), GradientCase(Expand([4, 0]), [0]),
  GradientCase(Concatenate(axis: 0), [0, 3], [2, 3]), GradientCase(Concatenate(axis: 1), [2, 1], [2, 0], [2, 3]), GradientCase(Append(), [1, 0, 2], [1, 2, 2]),
  GradientCase(Slice(axis: 1, 0, 1, step: 4), [3, 1, 2]), GradientCase(Slice(axis: 0, 0, 7, step: 6), [7, 2]), GradientCase(Reverse(axis: 1), [2, 1, 3]), GradientCase(Reverse(axis: 0), [0, 2]),
  GradientCase(Linear(), [0, 4], [3, 4], [3]), GradientCase(Linear(), [2, 1, 1], [1, 1], [1]), GradientCase(Linear(), [13, 67], [33, 67], [33]), GradientCase(Linear(), [3, 4], [0, 4]),
  GradientCase(Linears(biases: [true, false, true]), [1, 1, 3], [1, 3], [1], [7, 3], [33, 3], [33]),
  GradientCase(Contract("btgrd,bsgd->bgrts"), [1, 1, 1, 1, 1], [1, 1, 1, 1]), GradientCase(Contract("btgrd,bsgd->bgrts"), [2, 1, 1, 3, 4], [2, 7, 1, 4]),
  GradientCase(Contract("btgrd,bsgd->bgrts"), [1, 3, 2, 2, 5], [1, 0, 2, 5], note: "no keys"), GradientCase(Contract("bgrts,bsge->btgre"), [1, 2, 2, 3, 0], [1, 0, 2, 5], note: "no keys"),
  GradientCase(Contract("ab,bc->ac"), [0, 4], [4, 2]), GradientCase(Contract("ab,bc->ac"), [3, 0], [0, 2]), GradientCase(Contract("abc,cb->a"), [3, 4, 5], [5, 4]), GradientCase(Contract("ab,c->abc"), [2, 3], [4]),
  GradientCase(Contract("ab,ac->abc"), [3, 1], [3, 4]), GradientCase(Contract("bhid,bhjd->bhij"), [1, 3, 13, 17], [1, 3, 35, 17]),
  GradientCase(FusedAttention(scale: 1), [1, 1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], note: "one of each"),
  GradientCase(FusedAttention(scale: 0.5, first: [0, 1], last: [0, 1]), [1, 2, 1, 2, 3], [1, 1, 1, 3], [1, 1, 1, 2], note: "nobody sees anything of one key"),
  GradientCase(FusedAttention(scale: 0.3), [1, 5, 1, 3, 17], [1, 19, 1, 17], [1, 19, 1, 9], note: "lengths that are no multiples"),
  GradientCase(Gather([], shape: [0]), [5, 4]), GradientCase(Gather([1, 1, 1, 1], shape: [2, 2]), [2, 1]), GradientCase(AddRows([], count: 3), [0, 4], note: "none"),
  GradientCase(AddRows([2, 2, 2], count: 4), [3, 1]), GradientCase(TopK(1), [3, 1], draws: [.apart], isFlat: true), GradientCase(TopK(5), [2, 5], draws: [.apart], isFlat: true, note: "all"),
  GradientCase(Pick(), [3, 5], [3, 3], draws: [.plain, .given([2, 2, 2, 0, 0, 4, 1, 3, 1])], constant: [1], note: "the same place twice"),
  GradientCase(PickRows(), [1, 1, 3], [1, 1, 1], draws: [.plain, .places(1)], constant: [1]),
  GradientCase(LinearRecurrence(decays: true, corrects: true), [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], draws: [.plain, .plain, .plain, .plain, .between(0.1, 0.9), .between(-0.5, 0.5)]),
  GradientCase(LinearRecurrence(decays: true, corrects: false), [1, 3, 2, 5], [1, 7, 3, 2], [1, 7, 3, 2], [1, 7, 3, 5], [1, 7, 3, 1], draws: [.plain, .plain, .plain, .plain, .between(0.1, 0.9)]),
  GradientCase(SelectiveScan(), [1, 1, 1], [1, 1, 1], [1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1], draws: [.plain, .between(0.1, 0.9), .between(-1.5, -0.3), .plain]),
  GradientCase(SelectiveScan(), [1, 9, 2], [1, 9, 2], [2, 3], [1, 9, 3], [1, 9, 3], [1, 2, 3], draws: [.plain, .between(0.1, 0.9), .between(-1.5, -0.3), .plain]),
  GradientCase(
    WKV(), [1, 3, 1], [1, 1, 1], [1, 1, 1], [1], [1], draws: [.given([0.3, 1.2, 0.1]), .plain, .plain, .between(-1, -0.2), .plain], note: "one token of one channel"),
  GradientCase(DecayProducts(), [9, 2], draws: [.between(0.3, 0.9)]), GradientCase(UnitSolve(), [3, 1, 1], [3, 1, 1]), GradientCase(UnitSolve(), [1, 9, 9], [1, 9, 2], draws: [.between(-0.4, 0.4), .plain]),
  GradientCase(DepthwiseConvolution(), [1, 3, 2], [2, 3], [2], note: "as many taps as tokens"), GradientCase(DepthwiseConvolution(), [2, 3, 1], [1, 1]),
  GradientCase(CrossEntropy(targets: [-100, -100]), [2, 5], note: "none counted"), GradientCase(CrossEntropy(targets: [0, 0, 0]), [3, 1], note: "one class"),
  GradientCase(CrossEntropy(targets: [2, 0]), [2, 3], draws: [.given([0.3, -.infinity, 0.7, 0.2, 0.5, -.infinity])], note: "with closed classes"), GradientCase(CrossEntropy(targets: [66, 0, 40]), [3, 67]),
  GradientCase(CrossEntropy(targets: []), [0, 4]),
] + LongConvolution.Method.allCases.flatMap { [GradientCase(LongConvolution($0), [1, 1, 1], [1, 1]), GradientCase(LongConvolution($0), [2, 17, 2], [2, 17])] }
