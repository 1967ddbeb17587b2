// Axes of size 1 that a file has and the recipe has not: one or two are a way of writing, hundreds are a broken file.

import Foundation
import Models
import Testing

@Suite struct SurplusAxesTests {
  @Test(arguments: [(1, true), (2, true), (3, false), (1000, false)])
  func aFewAreAWayOfWriting(_ count: Int, _ opens: Bool) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.copyItem(at: fixtures.appendingPathComponent("llama-gqa"), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("model.safetensors"), data = try Data(contentsOf: file)
    let size = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let text = String(decoding: data[8..<(8 + size)], as: UTF8.self)
    let name = try #require(text.firstRange(of: #/"model\.norm\.weight"[^\[]*"shape":\[/#))
    let header = Data(text.replacingCharacters(in: name.upperBound..<name.upperBound, with: String(repeating: "1,", count: count)).utf8)
    try (withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + data[(8 + size)...]).write(to: file)
    if opens {
      _ = try Model(path: folder.path)
    } else {
      #expect { _ = try Model(path: folder.path) } throws: {
        "\($0)".contains("'model.norm.weight' has the shape [1×1×1×\(count == 3 ? "24]" : "1×…×24] of 1001 axes"), but config.json makes norm.weight [24]") && "\($0)".count < 600
      }
    }
  }
}
