// What a model says of its configuration: keys that nothing read, and why it may not run though it counts and draws.

import Blocks
import Checkpoints
import Files

extension Model {
  /// Keys of config.json that nothing read, in its order: none that says nothing, changes nothing or has been read by now.
  public var unread: [UnreadKey] { configuration.unread }

  /// The same in words; nil: there are none.
  public var unreadNote: String? {
    let keys = unread
    if keys.isEmpty { return nil }
    return "not read: " + keys.prefix(12).map(\.description).joined(separator: ", ") + (keys.count > 12 ? " and \(keys.count - 12) more" : "")
  }

  /// Why a run would give other numbers than the model that the file describes: a key that changes the arithmetic and that the family does not
  /// have, or the class of a system that Orrery does not know. Counting and drawing go on; nil: there is no such thing.
  public var misfit: String? {
    let type = architecture.modelType
    if let name = configuration.value(["architectures"])?.array?.first?.string, let system = ForeignClass.system(of: name),
      !type.lowercased().filter({ $0 != "_" }).hasPrefix(system.lowercased().filter { $0 != "_" }) {
      return "architectures names \(name.shown()), but model_type is '\(type)': \(system) computes otherwise, and Orrery does not know it"
    }
    guard let key = unread.first(where: { $0.arithmetic != nil }), let what = key.arithmetic else { return nil }
    return "\(key.path.shown()) is \(key.value.shown): \(what), which '\(type)' does not have here: its numbers would be others"
  }

  /// What whoever opens the model should know of its configuration, in one line; nil: nothing.
  public var notice: String? {
    let said = [misfit, unreadNote].compactMap { $0 }
    return said.isEmpty ? nil : "\(configuration.file.shown(limit: 400)): " + said.joined(separator: "; ")
  }

  /// - Throws: one line if what the file describes is not what would run.
  func requireFit() throws {
    if let misfit { throw ModelFailure.contradiction(file: configuration.file, misfit) }
  }
}

/// Classes of systems that no family reads. Files that were renamed to a known `model_type` still name them.
enum ForeignClass {
  private static let systems = [
    "Apertus", "Arcee", "Baichuan", "Bamba", "BioGpt", "Bitnet", "Blenderbot", "Bloom", "CodeGen", "Cohere", "Cohere2", "Cpm", "Cwm", "Dbrx", "Deberta", "DebertaV2",
    "Dots1", "Ernie4_5", "Exaone", "Exaone4", "Falcon", "Gemma", "Gemma2", "Gemma3", "Gemma3n", "Glm4Moe", "GPTBigCode", "GPTJ", "GPTNeoX", "Granite", "GraniteMoe",
    "GraniteMoeHybrid", "Helium", "HunYuanDenseV1", "HunYuanMoEV1", "InternLM", "InternLM2", "Jais", "Lfm2", "Llama4", "LongT5", "MiniCPM", "MiniCPM3", "MiniMax",
    "Ministral", "MobileBert", "ModernBert", "Mpt", "MT5", "Nemotron", "NemotronH", "Olmo", "Olmo2", "Olmo3", "Olmoe", "OPT", "Pegasus", "Persimmon", "Phi", "Phi3",
    "Phimoe", "Qwen2Moe", "Qwen3_5", "RecurrentGemma", "SeedOss", "SmolLM3", "StableLm", "Starcoder2", "UMT5", "XGLM", "XLNet", "Xverse", "Zamba", "Zamba2",
  ]

  /// The system of a class such as `GemmaForCausalLM`, if it is one of these.
  static func system(of name: String) -> String? {
    systems.first { system in name.hasPrefix(system + "For") || name == system + "Model" || name == system + "LMHeadModel" }
  }
}
