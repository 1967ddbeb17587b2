// A whole run gone over again: every operation, computed anew from what was computed anew before it, arrives at the bits of the run; and the cursor
// shows the same steps on its way back as on its way there.

import Foundation
import Tensors
import Testing

@testable import Notebook

private let checkpoints = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures/checkpoints")

@Suite struct ReplayTests {
  static let models = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path))?.sorted() ?? []

  @Test func thereAreModels() { #expect(Self.models.count > 50) }

  @Test(arguments: models) func aReplayArrivesAtTheSameBits(_ name: String) throws {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    _ = session.run(cell: "let r = model(\"\(checkpoints.appendingPathComponent(name).path)\").run([5, 6, 7])")
    guard case .object(let object) = try session.evaluate("r").value, let run = object as? RunObject else {
      Issue.record("no run of \(name)")
      return
    }
    let nodes = run.recording.nodes
    var outputs: [[Tensor]] = []
    for (index, node) in nodes.enumerated() {
      let inputs = node.inputs.map { $0.node >= 0 && Int($0.node) < index ? outputs[Int($0.node)][Int($0.output)] : $0 }
      let again = run.recording.evaluate(index, on: inputs)
      #expect(again.map { $0.values.map(\.bitPattern) } == node.outputs.map { $0.values.map(\.bitPattern) }, "step \(index), \(node.primitive.name)")
      outputs.append(again)
    }
    #expect(nodes.count > 5)

    let there = try (0..<nodes.count).map { i in try session.evaluate(i == 0 ? "r.why" : "r.step()").value.description }
    let back = try (0..<nodes.count).map { i in try session.evaluate(i == 0 ? "r.why" : "r.back()").value.description }
    #expect(there == back.reversed())
    #expect(!there.contains { $0.contains("changed by an edit") })
  }

  @Test func aStepIsSaidInSentencesWherePlain() throws {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    _ = session.run(cell: "let r = model(\"\(checkpoints.appendingPathComponent("gpt2").path)\").run([5, 6, 7])")
    session.isPlain = true
    let said = session.run(cell: "r.to(\"layers.0.attention.pattern\")").text
    #expect(said.contains("\n  output: layers.0.attention.pattern "))
    #expect(said.split(separator: "\n").last?.contains(" numbers from 0 to 1, mean 0.333; the largest stands at [0, 0, 0].") ?? false, "\(said)")
  }
}
