import Tensors
import Testing

@testable import Training

@Suite struct CrossEntropyTests {
  /// Golden values of the reference page, 0.1.
  @Test func goldenValues() throws {
    let trace = Trace(recording: Recording())
    let z = Tensor([2, 1, 0], [1, 3]).tracked(by: trace)
    let loss = crossEntropy(z, targets: [1])
    #expect(abs(loss.item - 1.40760596) < 1e-6)
    let gradient = try #require(try trace.recording!.gradients(of: loss, by: [z])[z])
    for (found, expected) in zip(gradient.values, [0.66524096, -0.75527153, 0.09003057] as [Float]) { #expect(abs(found - expected) < 1e-6) }
  }
}
