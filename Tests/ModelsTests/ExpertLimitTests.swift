// More experts than a session should hold are one line, whatever the family: each is a part of the recipe.

import Checkpoints
import Files
import Foundation
import Testing

@testable import Models

@Suite struct ExpertLimitTests {
  @Test(arguments: [
    ("gpt-oss-20b", "num_local_experts", "9999 experts in each of 24 layers"), ("jamba-v0.1", "num_experts", "9999 experts in each of 16 layers"),
    ("qwen3-next-80b-a3b", "num_experts", "9999 experts in each of 48 layers"), ("switch-base-8", "num_experts", "60000 experts in each of 6 layers"),
    ("Qwen3-30B-A3B", "num_experts", "4000 experts in each of 48 layers"),
  ])
  func tooManyExperts(_ name: String, _ key: String, _ start: String) throws {
    let file = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("lessons/architectures/\(name)/config.json")
    let text = try String(contentsOf: file, encoding: .utf8).replacing(try Regex("\"\(key)\": *[0-9]+"), with: "\"\(key)\": \(start.prefix { $0 != " " })")
    let c = Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")
    #expect { _ = try Family.of(c).recipe(c, .unknown) } throws: { "\($0)" == "config.json: \(start) are too many (at most 65536 in all)" }
  }
}
