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
    guard case .tokens(let cells) = try #require(report.steps[0].details.first { $0.title == title }).content else { throw Unexpected() }
    #expect(cells.map(\.token) == [5, 6, 7, 9].map { .token($0) })
    #expect(cells.dropLast().allSatisfy { !$0.note.hasSuffix(", 1.0 of it is left") } && cells.last!.note.hasSuffix(", 1.0 of it is left"))
    #expect(cells.allSatisfy { ($0.number ?? -1) >= 0 && $0.number! <= 1 })
    // A step of one token: it is the largest write, and nothing has decayed since.
    guard case .tokens(let one) = try #require(report.steps[1].details.first { $0.title == title }).content else { throw Unexpected() }
    #expect(one.count == 1 && abs(one[0].number! - 1) < 1e-6)
  }

  /// Every family with a state says what each token wrote; where decays are the only forgetting, the last write is whole and earlier ones are not larger
  /// than when they were written.
  @Test(arguments: ["mamba", "falcon-mamba", "mamba2-groups", "rwkv", "jamba", "falcon-h1"])
  func checkpointsSayWhatTheyWrite(_ name: String) throws {
    try check(TraceReport(try OpenModel(checkpoints.appendingPathComponent(name).path), prompt: [5, 6, 7, 9], steps: 2), name, forgets: true)
  }

  @Test(arguments: [
    ("s4d()", true), ("lstm(hidden: 20)", true), ("rwkv7(headWidth: 8)", true), ("gatedDeltaNet(heads: 3, taps: 3)", true), ("retention(heads: 3)", true),
    ("linearAttention(heads: 3)", false), ("deltaNet(heads: 3)", false),
  ])
  func recipesSayWhatTheyWrite(_ mixer: String, _ forgets: Bool) throws {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let stack = mixer.hasPrefix("lstm") ? "recurrentNetwork(layers: 2, width: 24, cell: \(mixer), vocabulary: 48)" : "decoder(layers: 2, width: 24, attention: \(mixer), vocabulary: 48)"
    let result = Session(stop: stop).run(cell: "\(stack).initialised(seed: 5).trace([5, 6, 7, 9], steps: 2)"), text = result.failure?.message ?? result.text
    #expect(text.contains("half-life: shortest") == forgets, "\(mixer): \(text)")
    let first = text.components(separatedBy: "\nstep 1\n")[0], shares = first.split(separator: "\n").filter { $0.hasSuffix(" of it is left") }
    #expect(shares.count == 4 && shares.last!.hasSuffix(", 1.0 of it is left"), "\(mixer): \(text)")
    #expect(shares.dropLast().allSatisfy { $0.hasSuffix(", 1.0 of it is left") } == !forgets, "\(mixer): \(shares)")
  }

  private func check(_ report: TraceReport, _ name: String, forgets: Bool) throws {
    let details = report.steps[0].details
    guard case .matrix(let m) = try #require(details.first { $0.title == "recurrent states" }).content else { throw Unexpected() }
    #expect(m.columns.count == (forgets ? 5 : 2), "\(name)")
    for row in m.values where forgets { #expect(row[2] > 0 && row[2] <= row[3] && row[3] <= row[4], "\(name): \(row)") }
    guard case .tokens(let cells) = try #require(details.first { $0.title == "what is left of what each token wrote" }, "\(name)").content else { throw Unexpected() }
    #expect(cells.count == 4 && cells.allSatisfy { ($0.number ?? -1) > 0 && $0.number! <= 1.0001 }, "\(name): \(cells)")
    #expect(cells.last!.note.hasSuffix(", 1.0 of it is left"), "\(name): \(cells)")
    if !forgets { #expect(cells.allSatisfy { $0.note.hasSuffix(", 1.0 of it is left") }) }
  }

  @Test func aTransformerHasNone() throws {
    let open = try OpenModel(checkpoints.appendingPathComponent("llama-gqa").path)
    #expect(try TraceReport(open, prompt: [5, 6, 7], steps: 2).steps.allSatisfy { $0.details.isEmpty })
  }
}
