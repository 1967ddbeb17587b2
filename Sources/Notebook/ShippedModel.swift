// The mini models that come with Orrery, found below its home.

import Files

/// A mini model that comes with Orrery.
public struct ShippedModel: Sendable {
  public let name: String
  public let path: String

  /// All of them, by name.
  public static let all: [ShippedModel] = {
    guard let home = Home.folder else { return [] }
    let folder = Path.join(home, "lessons/models")
    return Path.names(in: folder).sorted().filter { Path.isFile(Path.join(folder, $0 + "/config.json")) }
      .map { ShippedModel(name: $0, path: Path.join(folder, $0)) }
  }()
}
