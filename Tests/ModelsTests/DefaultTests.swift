// What each family takes where a file is silent, against the reference's configuration classes (Fixtures/defaults.json), by what it asks of a
// configuration that says sizes alone. And a file that says all of the class's own defaults leaves nothing to tell.

import Checkpoints
import Files
import Foundation
import Models
import Testing

private let defaults: JSON = try! JSON.read(fixtures.deletingLastPathComponent().appendingPathComponent("defaults.json").path, limits: .settings)

/// Keys that a file must have though the classes have a default: without them it is not said what the model is.
private let sizes: Set<String> = [
  "vocab_size", "hidden_size", "d_model", "n_embd", "dim", "num_hidden_layers", "num_layers", "n_layer", "n_layers", "num_attention_heads", "num_heads", "n_head",
  "n_heads", "intermediate_size", "d_ff", "hidden_dim", "encoder_layers", "decoder_layers", "encoder_attention_heads", "decoder_attention_heads", "encoder_ffn_dim",
  "decoder_ffn_dim", "num_experts_per_tok", "head_dim",
]

/// Defaults that are not taken: of modules that the class does not make, and of heads of keys, of which latent attention has as many as of queries.
private let others: [String: Set<String>] = ["deepseek_v3": ["num_mtp_layers", "num_key_value_heads"], "deepseek_v32": ["num_key_value_heads"]]

private func configuration(_ members: [(String, JSONTree)]) throws -> Configuration {
  Configuration(try JSON.parse(JSON.encodeBytes(.object(members)), name: "config.json"), file: "config.json")
}

@Suite struct DefaultTests {
  static let types = defaults.members!.map(\.key.string)

  /// The class's sizes, and a choice where it leaves it to the file.
  private func members(_ type: String, all: Bool) -> [(String, JSONTree)] {
    var members: [(String, JSONTree)] = [("model_type", .string(type))]
    for member in defaults[ByteString(type)]!.members! where all || sizes.contains(member.key.string) && !member.value.isNull {
      members.append((member.key.string, JSONTree(member.value)))
    }
    if type == "deepseek_v2" {
      members.removeAll { $0.0 == "num_experts_per_tok" }
      members.append(("num_experts_per_tok", 6))
    }
    return members
  }

  private func read(_ c: Configuration) throws {
    let family = try Family.of(c)
    _ = try family.recipe(c, .unknown)
    _ = try family.names(c)
  }

  @Test(arguments: types) func defaultsAreTheReferences(_ type: String) throws {
    let c = try configuration(members(type, all: false))
    try read(c)
    let asked = c.asked
    for member in defaults[ByteString(type)]!.members! {
      let key = member.key.string
      guard let taken = asked[key], !others[type, default: []].contains(key) else { continue }
      let isRight: Bool = switch taken {
      case .required: sizes.contains(key)
      case .absent: member.value.isNull
      case .integer(let n): member.value.double == Double(n)
      case .number(let x): member.value.double == x
      case .truth(let b): member.value.bool == b
      case .text(let s): member.value.string == s
      case .unsaid: true
      }
      #expect(isRight, "\(type).\(key): taken \(taken), the reference's is \(member.value.shown)")
    }
  }

  /// Every key of the class is read, known or harmless.
  @Test(arguments: types) func theClassesOwnKeysAreKnown(_ type: String) throws {
    let c = try configuration(members(type, all: true))
    try read(c)
    #expect(c.unread.map(\.description) == [])
  }

  /// The same for kinds of layers and positions that the defaults leave out.
  @Test func mixtralsBaseIsAMillion() throws {
    let c = try configuration(members("mixtral", all: false))
    try read(c)
    #expect(c.asked["rope_theta"] == .number(1_000_000))
  }
}
