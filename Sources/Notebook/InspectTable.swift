// Many architectures side by side: the report of `orrery inspect --table`, as JSON and as CSV. What people see is InspectColumns'.

import Blocks
import Files
import Models

/// The accounts of several models, in the order in which they were named.
public struct InspectTable: Sendable {
  public let reports: [InspectReport]
  /// Tokens at which all are counted; nil: each at its own.
  public let context: Int?

  /// - Parameters:
  ///   - names: folders, config.json files or names of known architectures; none: all that are known.
  ///   - context: tokens at which arithmetic and memory are counted; nil: each architecture's own.
  /// - Throws: one line for the first that cannot be read.
  public init(_ names: [String], context: Int?) throws {
    self.context = context
    // Of all that are known it is known where they lie; a name that a person gives may be a folder of theirs.
    let paths = try names.isEmpty ? KnownArchitecture.paths : names.map { try OpenModel.path(of: $0) }
    reports = try paths.map { try InspectReport(try Model(path: $0), context: context) }
  }

  public var json: JSONTree { .array(reports.map(\.json)) }

  /// Comma-separated values with whole numbers, a line of names first; lines end as RFC 4180 has it.
  public var csv: String {
    let header = [
      "name", "model_type", "family", "parameters", "active", "layers", "width", "vocabulary", "context", "bytes_per_token", "constant_bytes",
      "bytes_per_source_token", "counted_at", "memory_bytes", "weight_bytes_bf16", "flops_per_token", "source",
    ]
    let rows = reports.map { report -> [String] in
      let (model, account) = (report.model.outline, report.account)
      let numbers = [
        account.total, account.active, model.stacks.reduce(0) { $0 + $1.layers.layers.count }, model.width, model.embedding.vocabulary,
      ].map(String.init) + [model.context.map(String.init) ?? ""]
      let memory = [
        account.bytesPerToken, account.constantBytes, account.bytesPerSourceToken, account.context, account.bytes(after: account.context),
        account.weightBytes, account.flopsPerToken,
      ].map(String.init)
      return [model.name, model.modelType, model.family.rawValue] + numbers + memory + [report.source ?? ""]
    }
    return ([header] + rows).map { $0.map(InspectTable.field).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    text.contains { ",\"\r\n".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
