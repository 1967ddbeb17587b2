// Layers that are called the same and are not the same: the ribbon says so.

import Blocks
import Testing

@testable import Diagrams

@Suite struct RibbonFormTests {
  @Test func equalNamesAreNotEqualLayers() {
    let same = Ribbon.Layer(.attention, "attention", .feedForward, "SwiGLU"), other = Ribbon.Layer(.attention, "attention", .feedForward, "SwiGLU", form: 1)
    #expect(Ribbon([same, same]).caption == "2 layers, all identical: attention + SwiGLU")
    #expect(Ribbon([same, same, other]).caption == "3 layers: 2 × attention + SwiGLU, then 1 × attention + SwiGLU of another form")
  }

  /// A layer of another width among equal ones, as whoever varies an architecture makes it.
  @Test func aLayerOfOtherSizesIsNamed() {
    func layer(_ hidden: Int) -> Chain {
      Chain([Child("", Residual("feedForward", norm: RMSNorm(16), FeedForward(16, hidden: hidden, activation: .gelu)))])
    }
    let model = Architecture(
      name: "Odd", modelType: "orrery", family: .decoder, context: 8, embedding: Embedding(vocabulary: 9, width: 16),
      body: Chain([Child("", Repeat("layers", 3) { layer($0 == 1 ? 20 : 32) })]), head: Head(16, vocabulary: 9, tied: nil))
    #expect(Figure(model: model).ribbon?.caption.hasPrefix("3 layers: 1 × no mixer + GELU feed-forward, then 1 × no mixer + GELU feed-forward with ") == true)
  }
}
