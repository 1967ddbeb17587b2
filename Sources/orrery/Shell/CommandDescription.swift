// The commands as data, from the same description that the argument parser reads: for suggestions and for the manual.
import ArgumentParser
import FoundationEssentials

/// One command of the JSON that `--experimental-dump-help` prints, as far as it is needed.
struct CommandDescription: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String
      var spelled: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: String
    let shouldDisplay: Bool
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?
    let discussion: String?
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool?
  let subcommands: [CommandDescription]?
  let arguments: [Argument]?

  private struct File: Decodable { let command: CommandDescription }

  init(_ root: any ParsableCommand.Type) throws {
    self = try JSONDecoder().decode(File.self, from: Data(root._dumpHelp().utf8)).command
  }

  var commandNames: [String] { (subcommands ?? []).filter { $0.shouldDisplay ?? true }.map(\.commandName) }

  var flags: [String] { (arguments ?? []).flatMap { $0.names ?? [] }.map(\.spelled) }

  /// The innermost command that the arguments begin with.
  func command(named arguments: [String]) -> CommandDescription? {
    var found: CommandDescription? = self
    for word in arguments {
      guard let inner = found?.subcommands?.first(where: { $0.commandName == word }) else { break }
      found = inner
    }
    return found
  }
}
