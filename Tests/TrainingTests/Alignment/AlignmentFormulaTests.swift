import Blocks
import Tensors
import Testing

@testable import Training

/// The formulas of alignment against worked numbers, to six digits.
@Suite struct AlignmentFormulaTests {
  private func close(_ a: [Float], _ b: [Float], _ tolerance: Float = 2e-6) -> Bool { a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance } }

  // MARK: Bradley–Terry

  @Test func allPairsOfFourAnswers() {
    let r: [Float] = [2, 1, 0.5, -1]
    #expect(abs(BradleyTerry.loss(Tensor(r, [1, 4])).item - 0.227613) < 1e-6)
    let pairs: [(Int, Int, Float)] = [(0, 1, 0.3133), (0, 2, 0.2014), (0, 3, 0.0486), (1, 2, 0.4741), (1, 3, 0.2014), (2, 3, 0.2014)]
    for (i, j, loss) in pairs where (i, j) != (1, 3) { #expect(abs(BradleyTerry.loss(Tensor([r[i], r[j]], [1, 2])).item - loss) < 6e-5, "\(i) \(j)") }
    #expect(abs(BradleyTerry.loss(Tensor([1, -1], [1, 2])).item - 0.1269) < 6e-5)
  }

  @Test func onlyDifferencesMatter() {
    let a = BradleyTerry.loss(Tensor([2, 1, 0.5, -1], [1, 4])).item, b = BradleyTerry.loss(Tensor([102, 101, 100.5, 99], [1, 4])).item
    #expect(abs(a - b) < 1e-5)
  }

  @Test func ranksOrderThePairsAndTiesAreNone() {
    // The same answers in another order, with their ranks.
    #expect(abs(BradleyTerry.loss(Tensor([-1, 2, 0.5, 1], [1, 4]), ranks: [[3, 0, 2, 1]]).item - 0.227613) < 1e-6)
    // Of three answers of which two are tied only two pairs are left.
    let tied = BradleyTerry.loss(Tensor([2, 1, 0.5], [1, 3]), ranks: [[0, 1, 1]]).item
    #expect(abs(tied - (0.3132617 + 0.2014133) / 2) < 1e-6)
  }

  /// ∂/∂r_w = −σ(r_l − r_w), which is also what the losing answer gets, with the other sign.
  @Test func gradientOfAPair() throws {
    let scores = Parameter(1, 2)
    scores.bind(Tensor([0.3, 0.8], [1, 2]))
    let result = try GradientStep([scores]) { _ in BradleyTerry.loss(scores.tensor) }
    #expect(close(result.gradients[0].values, [-0.6224593, 0.6224593]))
  }

  // MARK: DPO

  @Test func directPreference() throws {
    let chosen = Parameter(1), rejected = Parameter(1)
    chosen.bind(Tensor([-3.0], [1]))
    rejected.bind(Tensor([-2.5], [1]))
    let result = try GradientStep([chosen, rejected]) { _ in
      DirectPreference.losses(
        chosen: chosen.tensor, rejected: rejected.tensor, referenceChosen: Tensor([-3.2], [1]), referenceRejected: Tensor([-2.2], [1]), beta: 0.1
      ).total
    }
    #expect(abs(result.loss - 0.668460) < 1e-6)
    #expect(abs(result.gradients[0].item + 0.0487503) < 1e-6)
    #expect(abs(result.gradients[1].item - 0.0487503) < 1e-6)
  }

  @Test func leastDivergence() {
    let p0 = 0.3556
    for (p, least) in [(0.492, 0.039), (0.708, 0.256), (0.926, 0.726), (0.932, 0.745), (0.992, 0.981)] { #expect(abs(KLBudget.least(mass: p, reference: p0) - least) < 2e-3, "\(p)") }
    #expect(abs(KLBudget.least(mass: 1, reference: p0) - 1.034) < 1e-3)
    #expect(KLBudget.least(mass: p0, reference: p0) == 0)
    #expect(abs(KLBudget.excess(1.19, mass: 0.926, reference: p0) - 0.46) < 6e-3)
  }

  // MARK: PPO

  @Test func rewardsOfTheTokens() {
    let rewards = PolicyGradient.rewards([0.2, 0.1, 0], [0, 0, 0], score: 1, beta: 0.1)
    #expect(close(rewards, [-0.02, -0.01, 1]))
    let found = PolicyGradient.advantages(rewards, [0.2, 0.3, 0.5], lambda: 0.95)
    #expect(close(found.advantages, [0.71175, 0.665, 0.5]))
    #expect(close(found.returns, [0.91175, 0.965, 1.0]))
    // Without the penalty only the score is left.
    #expect(PolicyGradient.rewards([0.2, 0.1, 0], [0, 0, 0], score: 1, beta: 0) == [0, 0, 1])
  }

  @Test func advantagesAtTheEnds() {
    let r: [Float] = [-0.02, -0.01, 1], v: [Float] = [0.2, 0.3, 0.5]
    #expect(close(PolicyGradient.advantages(r, v, lambda: 0).advantages, [0.08, 0.19, 0.5]))
    // λ = 1: the return minus V.
    #expect(close(PolicyGradient.advantages(r, v, lambda: 1).advantages, [0.97 - 0.2, 0.99 - 0.3, 0.5]))
  }

  @Test func clip() throws {
    let ratio = Parameter(5)
    ratio.bind(Tensor([1.3, 1.3, 0.7, 0.7, 1.1], [5]))
    let gain = Tensor([1, -1, 1, -1, 2], [5])
    #expect(close(PolicyGradient.clipped(ratio.tensor, gain, epsilon: 0.2).values, [1.2, -1.3, 0.7, -0.8, 2.2]))
    let result = try GradientStep([ratio]) { _ in PolicyGradient.clipped(ratio.tensor, gain, epsilon: 0.2).total }
    #expect(close(result.gradients[0].values, [0, -1, 1, 0, 2]))
  }

  // MARK: prefixes

  /// Attn(q, [P; C]) = (1 − λ)·Attn(q, C) + λ·Attn(q, P).
  @Test func aPrefixMixes() {
    func attend(_ scores: [Float], _ values: [Float]) -> Float { zip(softmax(Tensor(scores, [scores.count])).values, values).reduce(0) { $0 + $1.0 * $1.1 } }
    let text = attend([1, 0], [2, 4]), both = softmax(Tensor([0.5, 1, 0], [3])).values, share = both[0]
    #expect(abs(text - 2.537883) < 1e-6 && abs(share - 0.307196) < 1e-6)
    #expect(abs(attend([0.5, 1, 0], [-1, 2, 4]) - 1.451060) < 1e-6)
    #expect(abs((1 - share) * text + share * -1 - 1.451060) < 1e-6)
  }
}
