// What is written in a published layout is what was read from it: names, shapes and numbers, for every fixture of the reference implementation.

import Blocks
import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Testing

@Suite struct PublishingTests {
  @Test(arguments: fixtureNames())
  func comesBackAsItWas(_ name: String) throws {
    let source = fixtures.appendingPathComponent(name).path
    let before = try Model(path: source)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("published-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try before.publish(to: folder)
    let there = try CheckpointFolder(path: source).tensors, here = try CheckpointFolder(path: folder).tensors
    // A file may leave its class's prefix out, and may have several forms of a tensor (old spellings, 8 and 4 bits, fused experts): what it has under the
    // name that we write must have our shape.
    func found(_ name: String) -> SafetensorsEntry? {
      if let entry = there[name] { return entry }
      return name.firstIndex(of: ".").flatMap { there[String(name[name.index(after: $0)...])] }
    }
    for (key, entry) in here { if let old = found(key) { #expect(old.shape == entry.shape, "\(key)") } }
    let known = here.keys.filter { found($0) != nil }.count
    if !["bert-gamma-beta", "mixtral-fused", "gpt-oss-mxfp4", "bart-scaled"].contains(name) { #expect(known == here.count, "\(here.keys.filter { found($0) == nil }.sorted().prefix(5))") }
    let after = try Model(path: folder)
    for (a, b) in zip(before.architecture.allParameters, after.architecture.allParameters) {
      #expect(a.parameter.tensor.largestDifference(from: b.parameter.tensor) == 0, "\(a.path)")
    }
  }
}
