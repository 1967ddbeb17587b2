// Configurations of the recurrent families that contradict themselves: each is one clear line.

import Checkpoints
import Files
import Foundation
import Models
import Testing

private struct Damage: CustomTestStringConvertible, Sendable {
  let fixture: String, key: String, value: String, message: String
  var testDescription: String { "\(fixture): \(key) = \(value)" }
}

private let damages: [Damage] = [
  .init(fixture: "rwkv", key: "hidden_size", value: "-3", message: "hidden_size is -3, but must lie between 1 and 16777216"),
  .init(fixture: "rwkv", key: "num_hidden_layers", value: "100000", message: "num_hidden_layers is 100000, but must lie between 1 and 10000"),
  .init(fixture: "rwkv", key: "intermediate_size", value: "\"wide\"", message: "intermediate_size must be a whole number or null, but it is \"wide\""),
  .init(fixture: "rwkv", key: "vocab_size", value: "null", message: "the key 'vocab_size' is missing"),
  .init(
    fixture: "qwen3-next", key: "linear_num_value_heads", value: "3",
    message: "linear_num_value_heads 3 is not a multiple of linear_num_key_heads 2"),
  .init(fixture: "qwen3-next", key: "num_experts_per_tok", value: "9", message: "num_experts_per_tok 9 is more than the 6 experts of num_experts"),
  .init(fixture: "qwen3-next", key: "num_key_value_heads", value: "3", message: "num_attention_heads 4 is not a multiple of num_key_value_heads 3"),
  .init(fixture: "qwen3-next", key: "layer_types", value: "[\"full_attention\"]", message: "layer_types names 1 layers, num_hidden_layers is 4"),
  .init(
    fixture: "qwen3-next", key: "layer_types", value: "[\"linear_attention\", \"full_attention\", \"full_attention\", \"mamba\"]",
    message: "layer_types may hold 'linear_attention' and 'full_attention', not 'mamba'"),
  .init(fixture: "qwen3-next", key: "linear_conv_kernel_dim", value: "0", message: "linear_conv_kernel_dim is 0, but must lie between 1 and 1024"),
  .init(fixture: "qwen3-next", key: "hidden_act", value: "\"sillu\"", message: "the activation 'sillu' is unknown; did you mean 'silu'?"),
]

@Suite struct RecurrentConfigurationTests {
  @Test(arguments: damages) private func contradictionsAreOneLine(_ damage: Damage) throws {
    let file = fixtures.appendingPathComponent(damage.fixture + "/config.json")
    var object = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    object[damage.key] = try JSONSerialization.jsonObject(with: Data(damage.value.utf8), options: .fragmentsAllowed)
    let text = try JSONSerialization.data(withJSONObject: object)
    let configuration = Configuration(try JSON.parse(Array(text), name: "config.json"), file: "config.json")
    #expect {
      _ = try Family.of(configuration).recipe(configuration, .unknown)
    } throws: { "\($0)" == "config.json: \(damage.message)" }
  }

  @Test func aMissingTensorIsNamed() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.copyItem(at: fixtures.appendingPathComponent("rwkv"), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let config = folder.appendingPathComponent("config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    try text.replacingOccurrences(of: "\"num_hidden_layers\": 2", with: "\"num_hidden_layers\": 3").write(to: config, atomically: true, encoding: .utf8)
    #expect { _ = try Model(path: folder.path) } throws: { error in
      "\(error)".contains("does not fit its config.json: missing 'blocks.2.ln1.weight'") && !"\(error)".contains("\n")
    }
  }
}
