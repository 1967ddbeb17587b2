// The columns of `orrery inspect --table` for people: which there are, and which of them a page has room for.
//
// It does not draw (Terminal's Table does) and exports nothing: CSV and JSON have every number whole, in InspectTable.

import Blocks
import Files
import Language
import Models

/// A column of the comparison: rounded numbers with their units.
public struct InspectColumn: Sendable {
  /// What `--columns` calls it.
  public let key: String
  /// One or two lines.
  public let heading: String
  public let isNumber: Bool
  let cell: @Sendable (InspectReport) -> String

  /// All of them, in the order in which they stand. `context` is what was asked for: nil, each architecture's own.
  static func all(at context: Int?) -> [InspectColumn] {
    let memory = context.map { "memory\nat \(grouped($0))" } ?? "memory"
    return [
      InspectColumn(key: "name", heading: "name", isNumber: false) { $0.model.outline.name },
      InspectColumn(key: "family", heading: "family", isNumber: false) { $0.model.outline.family.rawValue },
      InspectColumn(key: "parameters", heading: "total\nparams", isNumber: true) { human($0.account.total) },
      InspectColumn(key: "active", heading: "active\nparams", isNumber: true) { $0.account.active == $0.account.total ? "" : human($0.account.active) },
      InspectColumn(key: "layers", heading: "layers", isNumber: true) { $0.model.outline.stacks.map { "\($0.layers.layers.count)" }.joined(separator: "+") },
      InspectColumn(key: "width", heading: "width", isNumber: true) { grouped($0.model.outline.width) },
      InspectColumn(key: "vocabulary", heading: "vocabulary", isNumber: true) { grouped($0.model.outline.embedding.vocabulary) },
      InspectColumn(key: "context", heading: "context", isNumber: true) { $0.model.outline.context.map(grouped) ?? "" },
      InspectColumn(key: "cache", heading: "cache/\ntoken", isNumber: true) { bytes($0.account.bytesPerToken) },
      InspectColumn(key: "bounded", heading: "bounded\nmemory", isNumber: true) { bytes($0.account.constantBytes) },
      InspectColumn(key: "memory", heading: memory, isNumber: true) { $0.account.memory.isEmpty ? "none" : bytes($0.account.bytes(after: $0.account.context)) },
      InspectColumn(key: "weights", heading: "weights\nin bf16", isNumber: true) { bytes($0.account.weightBytes) },
      InspectColumn(key: "flops", heading: "FLOPs/\ntoken", isNumber: true) { human($0.account.flopsPerToken) },
    ]
  }

  /// Those that a page without room does without, the first to go first. What is left says which model, how large, what it remembers and what a token costs.
  static let expendable = ["vocabulary", "weights", "bounded", "width", "family", "context", "layers"]

  /// Three digits, never wider than `67.5 KiB`; nothing for nothing.
  static func bytes(_ count: Int) -> String {
    guard count > 0 else { return "" }
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var x = Double(count) / 1024, unit = 0
    while x >= 999.5, unit + 1 < units.count { (x, unit) = (x / 1024, unit + 1) }
    let digits = String(printf: x < 9.995 ? "%.2f" : x < 99.95 ? "%.1f" : "%.0f", x)
    // Zeros behind the point say nothing; those in front of it do.
    return (digits.contains(".") ? digits.replacing(#/\.?0+$/#, with: "") : digits) + " " + units[unit]
  }
}

extension InspectTable {
  /// What a page shows, and what it left out.
  public struct Page: Sendable {
    public let columns: [InspectColumn], cells: [[String]]
    /// Columns that have something to say and no room.
    public let missing: [String]
  }

  /// The columns that are named, in the order in which they are named, after the name; `all` stands for all of them.
  /// - Throws: one line for a column that there is not.
  public func page(columns names: [String]) throws -> Page {
    let all = InspectColumn.all(at: context)
    if names == ["all"] { return page(all, missing: []) }
    let chosen = try names.filter { $0 != "name" }.map { name in
      guard let column = all.first(where: { $0.key == name }) else {
        let near = Suggestion.nearest(to: name, in: all.map(\.key)).map { "; did you mean '\($0)'?" }
        throw UnknownColumn(description: "there is no column '\(name)'" + (near ?? "; there are \(all.map(\.key).joined(separator: ", ")), or all"))
      }
      return column
    }
    return page([all[0]] + chosen, missing: [])
  }

  /// As many columns as fit, of those that tell something. The name is never cut.
  public func page(fitting width: Int) -> Page {
    var columns = InspectColumn.all(at: context).filter { column in reports.contains { !column.cell($0).isEmpty } }
    var missing: [String] = []
    func needed() -> Int {
      columns.reduce(-2) { sum, column in
        sum + 2 + ([column.heading.split(separator: "\n").map { displayWidth(String($0)) }.max() ?? 0] + reports.map { displayWidth(column.cell($0)) }).max()!
      }
    }
    for key in InspectColumn.expendable where needed() > width {
      guard let index = columns.firstIndex(where: { $0.key == key }) else { continue }
      missing.append(columns.remove(at: index).key)
    }
    let order = InspectColumn.all(at: context).map(\.key)
    return page(columns, missing: missing.sorted { order.firstIndex(of: $0)! < order.firstIndex(of: $1)! })
  }

  private func page(_ columns: [InspectColumn], missing: [String]) -> Page {
    Page(columns: columns, cells: reports.map { report in columns.map { $0.cell(report) } }, missing: missing)
  }
}

/// A column that there is not.
struct UnknownColumn: Error, CustomStringConvertible { let description: String }
