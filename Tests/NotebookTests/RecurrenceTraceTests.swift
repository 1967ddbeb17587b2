// What a trace says of recurrent states: sizes, changes, half-lives, and what is left of each token's write.

import Foundation
import Generation
import Testing

@testable import Notebook

private let checkpoints: URL = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures/checkpoints")

private struct Unexpected: Error {}

@Suite struct RecurrenceTraceTests {
  @Test(arguments: [("qwen3-next", ["layers.0.mixer", "layers.1.mixer", "layers.2.mixer"]), ("rwkv", ["layers.0.mixer", "layers.1.mixer"])])
  func statesDecayAndChange(_ name: String, _ layers: [String]) throws {
    let open = try OpenModel(checkpoints.appendingPathComponent(name).path)
    let report = try TraceReport(open, prompt: [5, 6, 7], steps: 3)
    #expect(report.steps.count == 3)
    for (index, step) in report.steps.enumerated() {
      let detail = try #require(step.details.first { $0.title == "recurrent states" })
      guard case .matrix(let m) = detail.content else { throw Unexpected() }
      #expect(m.rows == layers.map { .text($0) })
      #expect(m.columns == ["size", "change", "half-life: shortest", "middle", "longest"])
      for row in m.values {
        // Before the first step the state was nothing: all of it is change.
        #expect(row[0] > 0 && (index == 0 ? row[1] == row[0] : row[1] > 0))
        #expect(row[2] > 0 && row[2] <= row[3] && row[3] <= row[4] && row[4] < 1e6)
      }
    }
    #expect(report.text.contains("recurrent states (size and change are lengths of the state as a vector"))
  }

  @Test func whatATokenWroteFades() throws {
    let open = try OpenModel(checkpoints.appendingPathComponent("qwen3-next").path)
    let report = try TraceReport(open, prompt: [5, 6, 7, 9], steps: 2)
    let title = "what is left of what each token wrote"
    guard case .matrix(let m) = try #require(report.steps[0].details.first { $0.title == title }).content else { throw Unexpected() }
    #expect(m.rows == [5, 6, 7, 9].map { .token($0) } && m.columns == ["wrote", "is left", "share left"])
    #expect(m.values.dropLast().allSatisfy { $0[2] < 0.999 } && m.values.last![2] == 1)
    #expect(m.values.joined().allSatisfy { $0 >= 0 && $0 <= 1 })
    // A step of one token: the writes of the prompt are still there, and have faded further.
    guard case .matrix(let next) = try #require(report.steps[1].details.first { $0.title == title }).content else { throw Unexpected() }
    #expect(next.rows.count == 5 && next.rows.prefix(4) == m.rows[...] && next.values.last![2] == 1)
    for (now, before) in zip(next.values, m.values) { #expect(now[2] < before[2]) }
  }

  /// Every family with a state says what each token wrote; where decays are the only forgetting, the last write is whole and earlier ones are not larger
  /// than when they were written.
  @Test(arguments: ["mamba", "falcon-mamba", "mamba2-groups", "rwkv", "jamba", "falcon-h1"])
  func checkpointsSayWhatTheyWrite(_ name: String) throws {
    try check(TraceReport(try OpenModel(checkpoints.appendingPathComponent(name).path), prompt: [5, 6, 7, 9], steps: 2), name, forgets: true)
  }

  @Test(arguments: [
    ("s4d()", true, false), ("lstm(hidden: 20)", true, false), ("rwkv7(headWidth: 8)", true, false), ("gatedDeltaNet(heads: 3, taps: 3)", true, false),
    ("retention(heads: 3)", true, false), ("linearAttention(heads: 3)", false, true),
    // Nothing decays, and yet later tokens take from earlier ones: that is the delta rule.
    ("deltaNet(heads: 3)", false, false),
  ])
  func recipesSayWhatTheyWrite(_ mixer: String, _ forgets: Bool, _ keepsAll: Bool) throws {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let stack = mixer.hasPrefix("lstm") ? "recurrentNetwork(layers: 2, width: 24, cell: \(mixer), vocabulary: 48)" : "decoder(layers: 2, width: 24, attention: \(mixer), vocabulary: 48)"
    let result = Session(stop: stop).run(cell: "\(stack).initialised(seed: 5).trace([5, 6, 7, 9], steps: 2)"), text = result.failure?.message ?? result.text
    #expect(text.contains("half-life: shortest") == forgets, "\(mixer): \(text)")
    let first = text.components(separatedBy: "\nstep 1\n")[0], shares = first.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count == 4 && ["5", "6", "7", "9"].contains($0[0]) }.map { $0[3] }
    #expect(shares.count == 4 && shares.last == "1.00", "\(mixer): \(text)")
    #expect(shares.dropLast().allSatisfy { $0 == "1.00" } == keepsAll, "\(mixer): \(shares)")
  }

  private func check(_ report: TraceReport, _ name: String, forgets: Bool) throws {
    let details = report.steps[0].details
    guard case .matrix(let m) = try #require(details.first { $0.title == "recurrent states" }).content else { throw Unexpected() }
    #expect(m.columns.count == (forgets ? 5 : 2), "\(name)")
    for row in m.values where forgets { #expect(row[2] > 0 && row[2] <= row[3] && row[3] <= row[4], "\(name): \(row)") }
    guard case .matrix(let left) = try #require(details.first { $0.title == "what is left of what each token wrote" }, "\(name)").content else { throw Unexpected() }
    #expect(left.values.count == 4 && left.values.joined().allSatisfy { $0 >= 0 && $0 <= 1.0001 } && left.values.allSatisfy { $0[0] > 0 }, "\(name): \(left.values)")
    #expect(left.values.last![2] == 1, "\(name): \(left.values)")
    #expect(left.values.dropLast().allSatisfy { $0[2] < 1 } == forgets, "\(name): \(left.values)")
  }

  @Test func aTransformerHasNone() throws {
    let open = try OpenModel(checkpoints.appendingPathComponent("llama-gqa").path)
    #expect(try TraceReport(open, prompt: [5, 6, 7], steps: 2).steps.allSatisfy { $0.details.isEmpty })
  }
}
