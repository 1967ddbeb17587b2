import Files

/// Which tokens play a part of their own (mask, padding, end of text): read from the files that lie beside tokenizer.json,
/// since it does not say.
public struct TokenRoles: Sendable, Equatable {
  /// Contents by role as the files name it: "mask_token", "eos_token", "pad_token", "bos_token", "unk_token", "cls_token", "sep_token".
  public private(set) var contents: [String: ByteString] = [:]

  static let files = ["tokenizer_config.json", "special_tokens_map.json"]

  public init() {}

  /// From a folder; files that are missing or unreadable leave their roles open, since a tokenizer works without them.
  init(folder: String) {
    for file in Self.files {
      let path = folder.isEmpty ? file : folder + "/" + file
      guard let json = try? JSON.read(path), let members = json.members else { continue }
      for member in members where member.key.hasSuffix("_token") {
        let role = member.key.string
        guard contents[role] == nil else { continue }
        contents[role] = member.value.text ?? member.value["content"]?.text
      }
    }
  }
}

extension Tokenizer {
  /// The id of the token with a role: `tokenizer.id(role: "mask_token")`.
  public func id(role: String) -> Int? { roles.contents[role].flatMap { id(of: $0) } }

  public var maskID: Int? { id(role: "mask_token") }
  public var padID: Int? { id(role: "pad_token") }
  public var bosID: Int? { id(role: "bos_token") }
  public var eosID: Int? { id(role: "eos_token") }
  public var unknownID: Int? { id(role: "unk_token") }
  public var clsID: Int? { id(role: "cls_token") }
  public var sepID: Int? { id(role: "sep_token") }
}
