// Every fixture from the reference implementation: logits, hidden states, greedy continuations with and without memory.

import Blocks
import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

let fixtures: URL = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures/checkpoints")

func fixtureNames() -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: fixtures.path)) ?? []).sorted()
    .filter { FileManager.default.fileExists(atPath: fixtures.appendingPathComponent($0 + "/expected.json").path) }
}

/// What make_checkpoints.py wrote beside a checkpoint.
struct Expected {
  let json: JSON
  init(_ name: String) throws { json = try JSON.read(fixtures.appendingPathComponent(name + "/expected.json").path) }

  static func ids(_ json: JSON?) -> [Int]? { json?.array?.compactMap(\.int) }
  /// A row of a padded token is null: it is nobody's business.
  static func rows(_ json: JSON?) -> [[Float]?]? { json?.array?.map { $0.array?.map { Float($0.double!) } } }
}

/// Largest difference relative to the largest expected number.   x [1, rows, width] or [rows, width]
func relativeDifference(_ x: Tensor, _ expected: [[Float]?]) -> Float {
  guard let width = expected.lazy.compactMap({ $0 }).first?.count else { return .infinity }
  let values = x.values
  guard values.count == expected.count * width else { return .infinity }
  var largest: Float = 0, difference: Float = 0
  for (i, row) in expected.enumerated() {
    for (j, number) in (row ?? []).enumerated() {
      let d = abs(values[i * width + j] - number)
      difference = d.isNaN ? .infinity : max(difference, d)
      largest = max(largest, abs(number))
    }
  }
  return difference / largest
}

@Suite struct ReferenceTests {
  @Test(arguments: fixtureNames())
  func logitsEqualTheReference(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path)
    let expected = try Expected(name)
    #expect(model.architecture.parameterCount == expected.json["parameters"]?.int)
    for (index, item) in (expected.json["cases"]?.array ?? []).enumerated() {
      let batch = item["ids"]!.array!.first?.array == nil ? [Expected.ids(item["ids"])!] : item["ids"]!.array!.map { Expected.ids($0)! }
      guard let ids = batch.first else { continue }
      if batch.count > 1 { continue }
      let mask = Expected.ids(item["mask"])?.map { $0 != 0 }
      let padding: [[Bool]]? = mask?.allSatisfy { $0 } == false ? [mask!] : nil
      let run = Run(keepsMemory: false)
      var input = Architecture.Input([ids], padding: padding)
      input.segments = Expected.ids(item["token_types"]).map { [$0] }
      if let decoder = Expected.ids(item["decoder_ids"]) {
        model.architecture.encode(input, run)
        input = Architecture.Input([decoder])
      }
      if let logits = Expected.rows(item["logits"]) {
        let d = relativeDifference(try model.architecture(input, run), logits)
        #expect(d < 1e-5, "\(name) case \(index): logits differ by \(d)")
        // Token by token, with memory. (With dynamic scaling the angles of cached keys are older: not the same by design.)
        if ((model.architecture.family != .encoder && model.architecture.denoiser == nil) || input.ids[0] != ids) && !name.contains("dynamic") {
          let cached = Run()
          if input.ids[0] != ids { model.architecture.encode(Architecture.Input([ids], padding: padding), cached) }
          var rows: [Float] = []
          for token in input.ids[0] { rows += try model.architecture(Architecture.Input([[token]]), cached).values }
          let d = relativeDifference(Tensor(rows, [logits.count, rows.count / logits.count]), logits)
          #expect(d < 1e-5, "\(name) case \(index): cached logits differ by \(d)")
        }
      }
    }
  }

  @Test(arguments: fixtureNames())
  func greedyContinuationsAreIdentical(_ name: String) throws {
    let expected = try Expected(name)
    guard let greedy = expected.json["greedy"] else { return }
    let model = try Model(path: fixtures.appendingPathComponent(name).path)
    let ids = Expected.ids(greedy["ids"])!, new = Expected.ids(greedy["new"])!
    for usesMemory in [true, false] {
      let run = Run(keepsMemory: usesMemory)
      var prompt = ids
      if model.architecture.encoder != nil {
        model.architecture.encode(Architecture.Input([ids]), run)
        prompt = [model.decoderStart ?? 0]
      }
      let decoder = Autoregressive(model.architecture, stops: model.stops, last: model.forcedLast, usesMemory: usesMemory)
      let got = try decoder.generate(prompt, limit: new.count, sampler: .greedy, run: run, forced: model.forcedFirst)
      #expect(got == new, "\(name), memory \(usesMemory)")
    }
  }
}
