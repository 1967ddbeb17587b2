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
    // Decoded forms (8 and 4 bits) come back as numbers, without their scales; other spellings of a name are the family's business.
    let plain = there.filter { [.f32, .f16, .bf16].contains($0.value.dtype) && !$0.key.hasSuffix("_scale_inv") }
    let unknown = here.keys.filter { there[$0] == nil }
    if plain.count == there.count, !["bert-gamma-beta", "gpt2-prefixed"].contains(name) { #expect(unknown.isEmpty, "\(unknown.sorted().prefix(4)) is not in \(there.keys.sorted().prefix(400).filter { $0.count < 60 })") }
    for (key, entry) in here { if let old = plain[key] { #expect(old.shape == entry.shape, "\(key)") } }
    let after = try Model(path: folder)
    for (a, b) in zip(before.architecture.allParameters, after.architecture.allParameters) {
      #expect(a.parameter.tensor.largestDifference(from: b.parameter.tensor) == 0, "\(a.path)")
    }
  }
}
