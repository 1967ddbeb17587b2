// The position schemes as a learner calls them: against reference numbers, and each message in full.

import Testing

@testable import Notebook

@Suite struct PositionTests {
  @Test func rotationsOfTheReference() {
    #expect(shown("rope(tensor([[1, 2, 3, 4]]), positions: [1])") == "tensor [1×4] f32\n-1.984 1.960 2.462 4.020\n")
    #expect(shown("rope(tensor([[1, 2, 3, 4]]), positions: [1], layout: \"interleaved\")") == "tensor [1×4] f32\n-1.143 1.922 2.960 4.030\n")
    #expect(shown("rope(tensor([[1, 2, 3, 4, 5, 6, 7, 8]]), positions: [1], layout: \"interleaved\", width: 4)[0, 4...]") == "tensor [4] f32\n5 6 7 8\n")
    #expect(shown("rope(rope(ones(3, 2, 4)), positions: [0, -1, -2]) ≈ ones(3, 2, 4)") == "true\n")
  }

  @Test func bucketsOfTheReference() {
    #expect(shown("[-1000, -100, -64, -50, -9, 0, 1, 64].map { r in relativeBucket(r) }") == "[15, 15, 14, 13, 8, 0, 17, 30]\n")
    #expect(shown("[-1000, -100, -64, -50, -9, 0, 1].map { r in relativeBucket(r, bothSides: false) }") == "[31, 30, 26, 24, 9, 0, 0]\n")
  }

  @Test func sinusoidsAndSlopes() {
    #expect(shown("sinusoid(3, width: 4)") == "sinusoid [3×4] f32\n0.000  1.000 0.000 1.000\n0.841  0.540 0.010 1.000\n0.909 -0.416 0.020 1.000\n")
    #expect(shown("frequencies(4)") == "frequencies [2] f32\n1.000 0.010\n")
    #expect(shown("slopes(heads: 12)[8...] ≈ [2 ** -0.5, 2 ** -1.5, 2 ** -2.5, 2 ** -3.5]") == "true\n")
    #expect(shown("alibi(2, heads: 1) ≈ [[[0, 1 / 256], [-1 / 256, 0]]]") == "true\n")
  }

  @Test func messages() {
    #expect(shown("rope(ones(4))") == "error: rope's 'x' must have the axes [token, width] or [token, head, width], not [1.0, 1.0, 1.0, 1.0]")
    #expect(shown("rope(ones(2, 3))") == "error: rope's 'x' must have an even number of columns, for they turn in pairs, not Tensor [2×3]")
    #expect(shown("rope(ones(2, 4), positions: [1])") == "error: rope's 'positions' must hold 2 numbers, one for each token, not [1]")
    #expect(shown("rope(ones(2, 4), layout: \"meta\")") == "error: rope's 'layout' must be \"half\" or \"interleaved\", not \"meta\"")
    #expect(shown("rope(ones(2, 4), width: 3)") == "error: rope's 'width' must be even, and lie between 2 and 4, not 3")
    #expect(shown("rope(ones(2, 4), base: 1)") == "error: rope's 'base' must be larger than 1, not 1")
    #expect(shown("frequencies(5)") == "error: frequencies's 'width' must be even, and lie between 2 and 4096, not 5")
    #expect(shown("sinusoid(0, width: 4)") == "error: sinusoid's 'count' must lie between 1 and 4096, not 0")
    #expect(shown("relativeBucket(3, buckets: 3)") == "error: relativeBucket's 'buckets' must lie between 4 and 4096, not 3")
    #expect(shown("relativeBucket(3, farthest: 8)") == "error: relativeBucket's 'farthest' must be larger than 8, the distances that have a bucket each, not 8")
    #expect(shown("slopes(heads: 0)") == "error: slopes's 'heads' must lie between 1 and 256, not 0")
    #expect(shown("alibi(0, heads: 2)") == "error: alibi's 'count' must lie between 1 and 1024, not 0")
    #expect(shown("window(0)") == "error: window's 'count' must lie between 1 and 1048575, not 0")
  }

  /// The linter tells values apart by their numbers: two tensors of one shape are not the same.
  @Test func fingerprints() {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    func bytes(_ cell: String) -> [UInt8] {
      _ = session.run(cell: cell)
      return session.fingerprint(of: ["x"])
    }
    let zeros = bytes("let x = zeros(3, 3)")
    #expect(bytes("let x = ones(3, 3)") != zeros)
    #expect(bytes("let x = zeros(3, 3)") == zeros)
    #expect(bytes("let x = [zeros(2), ones(2)]") != bytes("let x = [ones(2), zeros(2)]"))
    #expect(bytes("let x = window(3)") == bytes("let x = causal & near(2)"))
    #expect(bytes("let x = window(3)") != bytes("let x = window(4)"))
  }
}
