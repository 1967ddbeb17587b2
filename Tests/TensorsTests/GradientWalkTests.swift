// The walk over a recording: what it gives, what it refuses, and that it lets go of what it has passed.

import Testing

@testable import Tensors

/// The same numbers; tells a test that the walk has come to it.
private struct Probe: SinglePrimitive {
  let index: Int
  let passed: @Sendable (Int, Tensor?) -> Void
  var name: String { "probe" }
  func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor { Tensor(inputs[0].values, shape) }
  func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    passed(index, gradients[0])
    return gradients
  }
}

/// A value without a way back.
private struct OneWay: SinglePrimitive {
  var name: String { "oneWay" }
  func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor { Tensor(inputs[0].values, shape) }
}

private struct Held {
  weak var storage: Storage?
}

/// What the probes saw; a walk is one thread's.
private final class Observations: @unchecked Sendable {
  var values: [Held] = [], gradients: [Held] = []
  var aliveValues: [Int] = [], aliveGradients: [Int] = []
  func alive(_ held: some Sequence<Held>) -> Int { held.reduce(0) { $0 + ($1.storage == nil ? 0 : 1) } }
}

@Suite struct GradientWalkTests {
  private let depth = 12

  /// A chain of layers with a probe behind each, walked; how many values and gradients live when the walk comes to each probe.
  private func walked(freeing: Bool) throws -> (seen: Observations, recording: Recording) {
    let seen = Observations(), trace = Trace(recording: Recording()), recording = trace.recording!
    func loss() -> (Tensor, [Tensor]) {
      var generator = SeededGenerator(seed: 1)
      let weights = (0..<depth).map { _ in Tensor.normal([16, 16], deviation: 0.3, using: &generator).tracked(by: trace) }
      var x = Tensor.normal([8, 16], deviation: 1, using: &generator).tracked(by: trace)
      for (i, weight) in weights.enumerated() {
        x = linear(x, weight).map(.tanh)
        seen.values.append(Held(storage: x.storage))
        x = Probe(index: i) { index, gradient in
          seen.aliveValues.append(seen.alive(seen.values.dropFirst(index + 1)))
          seen.aliveGradients.append(seen.alive(seen.gradients))
          seen.gradients.append(Held(storage: gradient?.storage))
        }.apply([x])
      }
      return (x.total, weights)
    }
    let (total, weights) = loss()
    trace.recording = nil
    let gradients = try recording.gradients(of: total, by: weights, freeing: freeing)
    for weight in weights { #expect(gradients[weight]?.shape == [16, 16]) }
    return (seen, recording)
  }

  @Test func whatIsPassedIsFreed() throws {
    let (seen, recording) = try walked(freeing: true)
    #expect(seen.aliveValues == Array(repeating: 0, count: depth))
    // The gradient that a probe handed on is gone when the next is reached, whatever the depth.
    #expect(seen.aliveGradients.max()! <= 1)
    #expect(recording.nodes.isEmpty)
    #expect(seen.alive(seen.values) == 0)
  }

  /// Without it the recording stays, for whoever steps through it; gradients that nobody asked for are freed all the same.
  @Test func aRecordingThatIsKeptIsWhole() throws {
    let (seen, recording) = try walked(freeing: false)
    #expect(seen.aliveValues == Array((0..<depth)))
    #expect(seen.aliveGradients.max()! <= 1)
    #expect(recording.nodes.count == 3 * depth + 3)
    #expect(seen.alive(seen.values) == depth)
  }

  private func traced() -> (Trace, Tensor) {
    let trace = Trace(recording: Recording())
    return (trace, Tensor([1, 2, 3, 4], [2, 2]).tracked(by: trace))
  }

  @Test func usesAddUp() throws {
    let (trace, x) = traced()
    // x² + 3·x, and x in both places of a product.
    let loss = (x * x + x * 3).total
    #expect(try trace.recording!.gradients(of: loss, by: [x])[x]?.values == [5, 7, 9, 11])
  }

  @Test func gradientsByIntermediatesAndStrangers() throws {
    let (trace, x) = traced()
    let y = x.map(.square), loss = (y * 0.5).total, stranger = Tensor([1, 2], [2]).tracked(by: trace)
    let gradients = try trace.recording!.gradients(of: loss, by: [x, y, stranger])
    #expect(gradients[y]?.values == [0.5, 0.5, 0.5, 0.5])
    #expect(gradients[x]?.values == [1, 2, 3, 4])
    #expect(gradients[stranger] == nil)
    // By the loss itself: 1. By what came after it: nothing.
    #expect(try trace.recording!.gradients(of: loss, by: [loss])[loss]?.item == 1)
  }

  /// Two leaves over one storage are two, if they look at different places.
  @Test func leavesOfOneStorage() throws {
    let trace = Trace(recording: Recording()), both = Tensor([1, 2, 3, 4], [2, 2])
    let a = both.view(axis: 0, from: 0, count: 1).tracked(by: trace), b = both.view(axis: 0, from: 1, count: 1).tracked(by: trace)
    let gradients = try trace.recording!.gradients(of: (a * b).total, by: [a, b])
    #expect(gradients[a]?.values == [3, 4] && gradients[b]?.values == [1, 2])
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "nothing"
  }

  @Test func whatCannotBeWalked() throws {
    let (trace, x) = traced()
    let recording = trace.recording!
    #expect(message { _ = try recording.gradients(of: x.map(.square), by: [x]) } == "gradient: is taken of one number, and this is a tensor [2×2]; sum it first")
    trace.part = { "layers.1" }
    let blocked = OneWay().apply([x]).total
    #expect(message { _ = try recording.gradients(of: blocked, by: [x]) } == "oneWay in layers.1: has no pullback")
    // Where nobody asks, it does not matter.
    let other = Tensor(2).tracked(by: trace)
    #expect(try recording.gradients(of: blocked * other, by: [other])[other]?.item == 10)
    trace.part = { "" }
    #expect(message { _ = try recording.gradients(of: (x + Tensor([1, 2, 3], [3])).total, by: [x]) }.contains("the shapes must be equal, or 1 where they differ"))
    let stopped = Trace()
    stopped.stop.pointee = 1
    #expect(message { _ = try recording.gradients(of: x.total, by: [x], trace: stopped) } == "interrupted")
  }
}
