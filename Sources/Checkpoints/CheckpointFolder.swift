import Files
import Glibc

/// A model on disk: the folder with config.json, what lies beside it, and the directory of its tensors.
///
/// Accepted are the folder itself, a Hugging Face cache folder (`snapshots/REVISION/` below it), and a config.json alone,
/// which gives a configuration without weights. No numbers are read: tensors are byte ranges of mapped files.
public struct CheckpointFolder: Sendable {
  /// The folder that holds config.json.
  public let path: String
  /// What a person calls it: the last part of the path that they gave.
  public let name: String
  public let configuration: Configuration
  /// generation_config.json, if there is one.
  public let generation: Configuration?
  /// Every tensor of every shard, by name; empty when there are no weights.
  public let tensors: [String: SafetensorsEntry]
  /// The files of weights, in the order of their names.
  public let files: [String]
  /// Why there are no weights; nil when there are, or when only a config.json was given.
  public let missingWeights: CheckpointFailure?

  public var hasWeights: Bool { !files.isEmpty }
  /// Path of tokenizer.json, if there is one.
  public var tokenizer: String? { find("tokenizer.json") }

  /// No folder at all: what belongs to a model that was composed and not saved yet.
  public init(unsaved name: String, configuration: Configuration) {
    (path, self.name, self.configuration, generation) = ("", name, configuration, nil)
    (tensors, files, missingWeights) = ([:], [], nil)
  }

  /// Throws `CheckpointFailure`.
  public init(path given: String) throws(CheckpointFailure) {
    let (folder, file, alone) = try CheckpointFolder.locate(given)
    path = folder
    name = CheckpointFolder.name(given, folder)
    configuration = try CheckpointFolder.configuration(file)
    let generationFile = Path.join(folder, "generation_config.json")
    generation = !alone && Path.isFile(generationFile) ? try CheckpointFolder.configuration(generationFile) : nil
    let weights = alone ? Weights() : try Weights(folder)
    tensors = weights.tensors
    files = weights.files
    missingWeights = weights.instead
  }

  /// Path of a file beside config.json, or nil.
  public func find(_ name: String) -> String? {
    if path.isEmpty { return nil }
    let file = Path.join(path, name)
    return Path.isFile(file) ? file : nil
  }

  /// Where config.json is: folder, file, and whether the file itself was given.
  private static func locate(_ given: String) throws(CheckpointFailure) -> (folder: String, file: String, alone: Bool) {
    guard Path.exists(given) else { throw .file(.missing(given)) }
    guard Path.isFolder(given) else {
      switch Path.kind(of: given) {
      case "json": return (Path.folder(of: given), given, true)
      case "safetensors": throw .singleFile(file: given)
      default:
        if let format = ForeignFormat.named(Path.name(of: given)) {
          throw .foreignWeights(folder: Path.folder(of: given), file: Path.name(of: given), format)
        }
        throw .notCheckpoint(file: given)
      }
    }
    let file = Path.join(given, "config.json")
    if Path.isFile(file) { return (given, file, false) }
    let snapshots = Path.join(given, "snapshots")
    if Path.isFolder(snapshots) {
      guard let snapshot = snapshot(given, snapshots) else { throw .emptyCache(folder: given) }
      return (snapshot, Path.join(snapshot, "config.json"), false)
    }
    guard Path.mayEnter(given) else { throw .file(.noPermission(path: given, action: .read)) }
    let names = Path.names(in: given)
    if let weights = names.first(where: { ForeignFormat.named($0) != nil }), let format = ForeignFormat.named(weights) {
      throw .foreignWeights(folder: given, file: weights, format)
    }
    let below = names.map { Path.join(given, $0) }.first { Path.isFile(Path.join($0, "config.json")) }
    throw .noConfiguration(folder: given, nearest: below)
  }

  /// The revision that refs/main names, else the newest one that has a config.json.
  private static func snapshot(_ cache: String, _ snapshots: String) -> String? {
    func isWhole(_ folder: String) -> Bool { Path.isFile(Path.join(folder, "config.json")) }
    if let file = try? MappedFile(Path.join(cache, "refs/main"), limit: 4096) {
      let revision = String(decoding: file.contents, as: UTF8.self).filter { !$0.isWhitespace }
      let folder = Path.join(snapshots, revision)
      if !revision.isEmpty, revision.first != ".", !revision.contains("/"), isWhole(folder) { return folder }
    }
    let folders = Path.names(in: snapshots).map { Path.join(snapshots, $0) }.filter(isWhole)
    func changed(_ folder: String) -> Int { Path.changed(folder) }
    return folders.max { (changed($0), $0) < (changed($1), $1) }
  }

  private static func configuration(_ file: String) throws(CheckpointFailure) -> Configuration {
    let json = try read(file)
    guard json.object != nil else { throw .configurationNotObject(file: file, found: json.kind) }
    return Configuration(json, file: file)
  }

  static func read(_ file: String) throws(CheckpointFailure) -> JSON {
    do {
      return try JSON.read(file, limits: .settings)
    } catch let failure as FileFailure {
      throw .file(failure)
    } catch let failure as JSON.Failure {
      throw .json(failure)
    } catch {
      throw .badIndex(file: file, "\(error)")
    }
  }

  /// `models--org--name/snapshots/0123…` is called `org/name`; a config.json after its folder.
  private static func name(_ given: String, _ folder: String) -> String {
    var path = Path.isFolder(given) ? given : folder
    if Path.name(of: Path.folder(of: path)) == "snapshots" { path = Path.folder(of: Path.folder(of: path)) }
    if path == "." || path == ".." || path.hasSuffix("/.") || path.hasSuffix("/.."), let real = realpath(path, nil) {
      path = String(cString: real)
      free(real)
    }
    let name = Path.name(of: path)
    guard name.hasPrefix("models--") else { return name }
    return name.dropFirst("models--".count).split(separator: "-", omittingEmptySubsequences: false)
      .joined(separator: "-").replacingDoubleDash()
  }
}

extension String {
  /// `org--name` → `org/name`.
  fileprivate func replacingDoubleDash() -> String {
    var result = ""
    var rest = self[...]
    while let dash = rest.firstIndex(of: "-") {
      let next = rest.index(after: dash)
      result += rest[..<dash]
      if next < rest.endIndex, rest[next] == "-" {
        result += "/"
        rest = rest[rest.index(after: next)...]
      } else {
        result += "-"
        rest = rest[next...]
      }
    }
    return result + rest
  }
}
