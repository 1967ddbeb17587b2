import Files

/// Where models are written: a folder is replaced whole or not at all, and only if Orrery wrote what is in it and it is of the same architecture.
/// `save` and `train` go through here, so both refuse the same things in the same words.
public enum ModelFolder {
  /// What a written model is made of.
  private static let files: Set = ["config.json", "model.safetensors", "tokenizer.json", "card.json"]
  /// A folder or a file of numbers that somebody relies on.
  public enum Refusal: Error, Equatable, CustomStringConvertible {
    case nameless
    case holds(path: String, other: String)
    case foreign(path: String)
    case otherArchitecture(path: String)

    public var description: String {
      switch self {
      case .nameless: "the folder's name is empty"
      case .holds(let path, let other): "\(path.shown(limit: 400)) holds \(other.shown()), which Orrery did not write; choose another place"
      case .foreign(let path): "\(path.shown(limit: 400)) holds a model that was not made here; choose another place"
      case .otherArchitecture(let path): "\(path.shown(limit: 400)) holds a model of another architecture; choose another place, or remove it first"
      }
    }
  }

  /// - Parameter configuration: config.json of what is to be written.
  /// - Throws: `Refusal`, or `FileFailure` for a file in the folder's place.
  public static func check(_ folder: String, takes configuration: JSONTree) throws {
    guard !folder.isEmpty else { throw Refusal.nameless }
    guard Path.exists(folder) else { return }
    guard Path.isFolder(folder) else { throw FileFailure.notFolder(path: folder) }
    let names = Path.names(in: folder)
    if names.contains("config.json") {
      guard let there = try? JSON.read(Path.join(folder, "config.json"), limits: .settings), isOwn(there, in: folder) else {
        throw Refusal.foreign(path: folder)
      }
      let here = try JSON.parse(JSON.encodeBytes(configuration), name: "config.json")
      if architecture(there) != architecture(here) { throw Refusal.otherArchitecture(path: folder) }
    }
    let isAlone = !names.contains("config.json")  // then numbers and a tokenizer are somebody else's as well
    if let other = names.first(where: { (isAlone || !files.contains($0) || !Path.isFile(Path.join(folder, $0))) && !Path.isTemporary($0) }) {
      throw Refusal.holds(path: folder, other: other)
    }
  }

  /// Writes a model's files. What was there is replaced at once.
  /// - Parameter body: writes config.json and what goes with it into the folder that it is given.
  /// - Throws: as `check` and `AtomicFolder.write`.
  public static func write(_ folder: String, _ configuration: JSONTree, body: (String) throws -> Void) throws {
    try check(folder, takes: configuration)
    try AtomicFolder.write(folder) { room in
      try body(room)
      try AtomicFile.write(Path.join(room, "config.json"), JSON.encodeBytes(configuration, .pretty))
    }
  }

  /// `save` marks its configurations by their type, `train` by a card.
  private static func isOwn(_ configuration: JSON, in folder: String) -> Bool {
    if configuration["model_type"]?.string == "orrery" { return true }
    let card = Path.join(folder, "card.json")
    return Path.isFile(card) && (try? JSON.read(card, limits: .settings))?["made_by"]?.string?.hasPrefix("orrery ") ?? false
  }

  /// A configuration without the tokens that are its text's, not its architecture's.
  private static func architecture(_ configuration: JSON) -> [String: String] {
    let members = configuration.members ?? []
    return Dictionary(
      members.filter { !$0.key.string.hasSuffix("_token_id") }.map { ($0.key.string, JSON.encode(JSONTree($0.value))) }, uniquingKeysWith: { first, _ in first })
  }
}
