// What an objective makes of one sentence, as a table: position, input, target, loss mask, and what else it needs. One mechanism for all objectives, read
// off the batch that the model gets.

import Blocks
import Tensors

/// Rows of cells under one another, one column for each position; an encoder–decoder has a second group of columns for its source.
public struct ObjectiveTable: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    public let name: String
    public let cells: [String]
    public init(_ name: String, _ cells: [String]) { (self.name, self.cells) = (name, cells) }

    /// The same row of a text of so many tokens, behind places that are no tokens.
    fileprivate func behind(_ slots: Int, width: Int) -> Row {
      guard cells.count == width else { return self }
      return switch name {
      case "position": Row(name, (0..<(slots + width)).map(String.init))
      case "input": Row(name, (0..<slots).map { "p\($0)" } + cells)
      default: Row(name, Array(repeating: ObjectiveTable.nothing, count: slots) + cells)
      }
    }
  }

  public let title: String
  /// What the encoder reads; empty if there is none.
  public let source: [Row]
  public let rows: [Row]

  /// What stands where there is nothing.
  static let nothing = "–"

  /// - Parameters:
  ///   - row: which sequence of the batch.
  ///   - special: the words.
  ///   - title: the objective's name.
  ///   - slots: learned keys and values in front of the text (prefix-tuning). They are only looked at: they read nothing and say nothing, and the text's
  ///     positions begin behind them.
  public init(_ batch: Batch, row: Int = 0, _ special: SpecialTokens, title: String = "", slots: Int = 0) {
    self.title = title
    let extras = batch.extras
    func tokens(_ ids: [Int]) -> [String] { ids.map { special.word($0) } }
    if let source = batch.source {
      let real = source.padding?[row]
      let ids = source.ids[row].enumerated().filter { real?[$0.offset] ?? true }.map(\.element)
      self.source = [Row("encoder", tokens(ids))]
    } else {
      source = []
    }
    let ids = batch.input.ids.indices.contains(row) ? batch.input.ids[row] : []
    let width = max(ids.count, batch.targets.indices.contains(row) ? batch.targets[row].count : 0)
    // Padding at the end is no part of the sentence; padding inside (behind a short prefix) is, since it takes a place.
    let counted = batch.weights.indices.contains(row) ? batch.weights[row] : []
    let padding = batch.input.padding?[row]
    var last = width
    if extras.lengths.indices.contains(row), padding == nil { last = min(width, extras.lengths[row]) }
    while last > 0, let padding, padding.indices.contains(last - 1), !padding[last - 1] { last -= 1 }
    func cut(_ cells: [String]) -> [String] { Array(cells.prefix(last)) }
    func listed<T>(_ list: [T]?) -> ArraySlice<T>? {
      list.map { $0.count > width ? $0[(row * width)..<((row + 1) * width)] : $0[...] }
    }
    let targets = batch.targets.indices.contains(row) ? batch.targets[row] : []
    if width == 0 { last = extras.notes.first.map { $0.cells.indices.contains(row) ? $0.cells[row].count : 0 } ?? 0 }
    var rows = [Row("position", (0..<last).map(String.init))]
    let hasOriginal = extras.originals.indices.contains(row) && extras.originals[row].count == last
    if hasOriginal { rows.append(Row("original", tokens(extras.originals[row]))) }
    if !ids.isEmpty { rows.append(Row(batch.source == nil ? "input" : "decoder input", cut(tokens(ids)))) }
    if !targets.isEmpty {
      rows.append(Row("target", cut(zip(targets, counted).map { $0 < 0 || $1 == 0 ? Self.nothing : special.word($0) })))
      rows.append(Row("loss mask", cut(counted.map { $0 == 0 ? "0" : "1" })))
    }
    for (depth, further) in extras.further.enumerated() {
      func filled(_ cells: [String]) -> [String] { cut(cells + Array(repeating: Self.nothing, count: max(0, width - cells.count))) }
      if further.reads.indices.contains(row), !further.reads[row].isEmpty { rows.append(Row("reads \(depth + 1) on", filled(tokens(further.reads[row])))) }
      rows.append(
        Row("target \(depth + 2) on", filled(zip(further.targets[row], further.weights[row]).map { $0 < 0 || $1 == 0 ? Self.nothing : special.word($0) })))
    }
    for (rank, answer) in extras.answers.enumerated() {
      let called = extras.answers.count == 1 ? "rejected" : "answer \(rank + 2)"
      rows.append(Row(called, cut(tokens(answer.ids[row]))))
      rows.append(Row("\(called) target", cut(zip(answer.targets[row], answer.weights[row]).map { $0 < 0 || $1 == 0 ? Self.nothing : special.word($0) })))
    }
    if let positions = listed(batch.input.positions) { rows.append(Row(batch.input.blocks == nil ? "numbered" : "position 1", cut(positions.map { "\($0)" }))) }
    if let blocks = listed(batch.input.blocks) { rows.append(Row("position 2", cut(blocks.map { "\($0)" }))) }
    if let segments = batch.input.segments?[row] { rows.append(Row("segment", cut(segments.map { "\($0)" }))) }
    for note in extras.notes where note.cells.indices.contains(row) && note.cells[row].contains(where: { !$0.isEmpty }) {
      rows.append(Row(note.name, cut(note.cells[row].map { $0.isEmpty ? Self.nothing : $0 })))
    }
    // Weights that differ are worth a row: 1/t, 1/p.
    let used = Set(counted.filter { $0 != 0 })
    if used.count > 1, let least = used.min(), least > 0 {
      rows.append(Row("weight", cut(counted.map { $0 == 0 ? Self.nothing : Self.short($0 / least) })))
    }
    if extras.labels.indices.contains(row), extras.labels[row] >= 0 { rows.append(Row("class", ["\(extras.labels[row])"])) }
    if !hasOriginal, extras.originals.indices.contains(row) { rows.append(Row("original", tokens(extras.originals[row]))) }
    self.rows = slots == 0 ? rows : rows.map { $0.behind(slots, width: last) }
  }

  /// A row by its name.
  public subscript(name: String) -> [String]? { (source + rows).first { $0.name == name }?.cells }

  private static func short(_ x: Float) -> String { "\((x * 100).rounded() / 100)" }

  /// Rows with the same columns. A text of another length, before it was corrupted, stands by itself.
  private var groups: [[Row]] {
    let isApart = rows.last?.name == "original" && rows.last?.cells.count != rows.first?.cells.count
    return [source, isApart ? rows.dropLast() : rows, isApart ? rows.suffix(1) : []].filter { !$0.isEmpty }
  }

  /// As text: names in the first column, cells under one another.
  public var text: String {
    let names = (source + rows).map { Self.columns($0.name) }.max() ?? 0
    var lines = title.isEmpty ? [] : [title]
    for group in groups {
      let count = group.map(\.cells.count).max() ?? 0
      let widths = (0..<count).map { i in group.map { $0.cells.count > i ? Self.columns($0.cells[i]) : 0 }.max() ?? 0 }
      for row in group {
        let cells = row.cells.enumerated().map { Self.padded($1, to: widths[$0]) }
        var line = ([Self.padded(row.name, to: names)] + cells).joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// As a Markdown table; the source has one of its own before it.
  public var markdown: String {
    groups.map { group in
      let count = group.map(\.cells.count).max() ?? 0
      func line(_ cells: [String]) -> String { "| " + cells.map { $0.replacing("|", with: "\\|").replacing("<", with: "\\<") }.joined(separator: " | ") + " |" }
      var lines: [String] = []
      for (index, row) in group.enumerated() {
        lines.append(line([row.name] + row.cells + Array(repeating: "", count: count - row.cells.count)))
        if index == 0 { lines.append("|" + String(repeating: "---|", count: count + 1)) }
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func padded(_ text: String, to width: Int) -> String { text + String(repeating: " ", count: max(0, width - columns(text))) }

  /// Columns that a terminal gives a word: two for the characters of East Asia.
  private static func columns(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.value {
      case 0x300...0x36F: sum
      case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0x1F300...0x1FAFF: sum + 2
      default: sum + 1
      }
    }
  }
}

extension Objective {
  /// The table of one sentence.
  public func table(_ sample: Sample, _ special: SpecialTokens, using generator: inout SeededGenerator) throws -> ObjectiveTable {
    ObjectiveTable(try batch([sample], using: &generator), special, title: name)
  }
}
