// What is told of keys that nobody reads: nothing of any shipped architecture, mini model or fixture; a line of what is said in vain; and a file of
// another system under a known name does not run.

import Checkpoints
import Files
import Foundation
import Models
import Testing

@testable import Notebook

private let checkpoints = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/checkpoints")

/// A copy of a fixture with other members in its config.json.
private func copy(of fixture: String, with members: [String: Any], without dropped: [String] = []) throws -> URL {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.copyItem(at: checkpoints.appendingPathComponent(fixture), to: folder)
  let file = folder.appendingPathComponent("config.json")
  var object = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  for key in dropped { object[key] = nil }
  object.merge(members) { _, new in new }
  try JSONSerialization.data(withJSONObject: object).write(to: file)
  return folder
}

@Suite struct UnreadTests {
  @Test func nothingIsToldOfWhatIsShipped() throws {
    for name in KnownArchitecture.names + ShippedModel.all.map(\.name) { #expect(try OpenModel(name).model.notice == nil, "\(name)") }
  }

  /// Of the fixtures, only those that were made to say something in vain.
  @Test func nothingIsToldOfFixtures() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted() where !name.hasPrefix("keys-") {
      #expect(try Model(path: checkpoints.appendingPathComponent(name).path).notice == nil, "\(name)")
    }
  }

  @Test(arguments: [
    ("keys-llama", ["rope_parameters"]), ("keys-llama-whole", ["partial_rotary_factor"]),
    ("keys-mistral", ["attention_bias", "mlp_bias", "partial_rotary_factor"]), ("keys-mixtral", ["attention_bias"]), ("keys-qwen3", ["mlp_bias"]),
    ("keys-deepseek-v2", ["rope_interleave"]), ("keys-albert", ["is_decoder"]),
  ])
  func whatIsSaidInVain(_ fixture: String, _ keys: [String]) throws {
    let model = try Model(path: checkpoints.appendingPathComponent(fixture).path)
    let report = try InspectReport(model)
    // The section that another one wins over is not gone into.
    #expect(model.unread.map(\.path) == keys)
    #expect(report.text.contains("\n  not read: \(keys[0])"))
    #expect(JSON.encode(report.json).contains(#""unread":["# + keys.map { "\"\($0)\"" }.joined(separator: ",") + "]"))
    try model.requireWeights()
  }

  @Test func aSlipIsAnError() throws {
    let folder = try copy(of: "llama", with: ["num_key_value_head": 2], without: ["num_key_value_heads"])
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect { _ = try OpenModel(folder.path) } throws: {
      "\($0)" == "\(folder.path)/config.json: nothing reads the key 'num_key_value_head'; did you mean 'num_key_value_heads'?"
    }
  }

  /// It counts and draws, and says why it does not run.
  @Test(arguments: [
    (["final_logit_softcapping": 30.0], "final_logit_softcapping is 30: a soft cap on the logits"),
    (["attn_logit_softcapping": 50.0], "attn_logit_softcapping is 50: a soft cap on the scores"),
    (["residual_multiplier": 0.22], "residual_multiplier is 0.22: a factor on what is added to the stream"),
    (["attention_multiplier": 0.0078125], "attention_multiplier is 0.0078125: another scale of the scores"),
    (["query_pre_attn_scalar": 256], "query_pre_attn_scalar is 256: another scale of the scores"),
    (["no_rope_layers": [1, 0]], "no_rope_layers is an array: layers without positions"),
    (["architectures": ["GemmaForCausalLM"]], "architectures names GemmaForCausalLM, but model_type is 'llama': Gemma computes otherwise"),
    (["architectures": ["SmolLM3ForCausalLM"]], "architectures names SmolLM3ForCausalLM, but model_type is 'llama': SmolLM3 computes otherwise"),
  ] as [([String: any Sendable], String)])
  func anotherSystemDoesNotRun(_ members: [String: any Sendable], _ beginning: String) throws {
    let folder = try copy(of: "llama", with: members)
    defer { try? FileManager.default.removeItem(at: folder) }
    let open = try OpenModel(folder.path)
    #expect(try InspectReport(open.model).text.contains("does not run: \(beginning)"))
    _ = try Drawing(folder.path, depth: "model", compare: nil)
    #expect { try open.model.requireWeights() } throws: { "\($0)".hasPrefix("\(folder.path)/config.json: \(beginning)") && !"\($0)".contains("\n") }
    #expect(try Drawing(folder.path, depth: "model", compare: nil).notices.count == 1)
  }
}
