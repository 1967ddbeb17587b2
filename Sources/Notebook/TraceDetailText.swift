// Trace details as lines for the terminal, as sentences and as JSON. The page's drawing of them is TraceDetailPage's.

import Files
import Generation
import Language

extension TraceDetail.Matrix {
  /// For each column the size that a full shade stands for.
  var largest: [Float] {
    func size(_ values: some Sequence<Float>) -> Float { values.filter(\.isFinite).map(abs).max() ?? 0 }
    switch shading {
    case .all: return Array(repeating: size(values.joined()), count: columns.count)
    case .columns: return columns.indices.map { column in size(values.map { $0[column] }) }
    }
  }
}

/// Words on as many lines as they need; all but the first begin with so many spaces.
func wrappedLines(_ words: [String], fitting width: Int, indent: Int) -> [String] {
  var lines: [String] = []
  for word in words {
    if let last = lines.last, displayWidth(last) + 1 + displayWidth(word) <= width {
      lines[lines.count - 1] += " " + word
    } else {
      lines.append((lines.isEmpty ? "" : String(repeating: " ", count: indent)) + word)
    }
  }
  return lines
}

/// Draws details; knows the text of tokens.
struct DetailWriter: Sendable {
  /// Text of a token id.
  let text: @Sendable (Int) -> String

  func shown(_ label: TraceDetail.Label) -> String {
    switch label {
    case .text(let text): text
    case .token(let id): visibleText(text(id))
    }
  }

  func shown(_ fact: TraceDetail.Fact) -> String {
    let value = switch fact.value {
    case .number(let x): number(x)
    case .count(let n): grouped(n)
    case .text(let text): text
    case .token(let id): visibleText(text(id))
    }
    return fact.unit.isEmpty ? value : "\(value) \(fact.unit)"
  }

  // MARK: lines

  /// A detail as lines of text, its title first. What does not fit stands below, indented; the rows of a matrix stay whole.
  func lines(_ detail: TraceDetail, fitting width: Int = .max) -> [String] {
    let head = detail.note.isEmpty ? detail.title : "\(detail.title) (\(detail.note))"
    switch detail.content {
    case .facts(let facts):
      return broken(head.split(separator: " ").map(String.init), ":", facts.map { "\($0.name) \(shown($0))" }, ",", width)
    case .tokens(let cells):
      let notes = cells.filter { !$0.note.isEmpty }.map { "    \(shown($0.token)): \($0.note)" }
      return broken(head.split(separator: " ").map(String.init), ":", cells.map(line), "", width) + notes
    case .matrix(let matrix): return broken(head.split(separator: " ").map(String.init), ":", [], "", width) + lines(matrix, fitting: width - 2).map { "  " + $0 }
    }
  }

  /// Words of a head, then pieces that stay whole where a line can hold them, on as many lines as they need.
  private func broken(_ head: [String], _ mark: String, _ pieces: [String], _ between: String, _ width: Int) -> [String] {
    var words = Array(head.dropLast()) + [(head.last ?? "") + mark]
    for (index, piece) in pieces.enumerated() {
      let piece = index < pieces.count - 1 ? piece + between : piece
      words += displayWidth(piece) + 4 <= width ? [piece] : piece.split(separator: " ").map(String.init)
    }
    return wrappedLines(words, fitting: width, indent: 4)
  }

  /// A token with its mark; colour is never the only cue.
  private func line(_ cell: TraceDetail.TokenCell) -> String {
    let text = shown(cell.token), known = cell.number.map { " " + number($0) } ?? ""
    switch cell.mark {
    case .kept: return text + known
    case .chosen: return "[\(text)\(known)]"
    case .masked: return "░\(text)\(known)░"
    case .remasked: return "(\(text)\(known))"
    case .accepted: return "✓\(text)\(known)"
    case .rejected: return "✗\(text)\(known)"
    case .changed: return "~\(text)\(known)~"
    }
  }

  /// Few columns as numbers, many as shades; what a row picked out has a star or stands behind it.
  private func lines(_ matrix: TraceDetail.Matrix, fitting room: Int) -> [String] {
    let names = matrix.rows.map(shown)
    let width = names.map(\.count).max() ?? 0
    func marked(_ row: Int) -> [Int] { matrix.marked.indices.contains(row) ? matrix.marked[row] : [] }
    func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    if matrix.columns.count <= 12 {
      let cells = matrix.values.enumerated().map { row, values in
        values.enumerated().map { number($1) + (marked(row).contains($0) ? "*" : matrix.marked.isEmpty ? "" : " ") }
      }
      let heads = matrix.columns.map(shown)
      let widths = heads.indices.map { column in max(heads[column].count, cells.map { $0[column].count }.max() ?? 0) }
      let head = padded("", width) + "  " + zip(heads, widths).map { padded($0, $1) }.joined(separator: "  ")
      if head.count <= room {
        return [head] + cells.enumerated().map { row, cells in
          padded(names[row], width) + "  " + zip(cells, widths).map { padded($0, $1) }.joined(separator: "  ")
        }
      }
    }
    let largest = matrix.largest
    let shades = Array(" ·░▒▓█")
    return matrix.values.enumerated().map { row, values in
      let cells = zip(values, largest).map { value, largest -> Character in
        guard value.isFinite, largest > 0 else { return "×" }
        return shades[min(shades.count - 1, Int((abs(value) / largest * Float(shades.count - 1)).rounded(.up)))]
      }
      let picked = marked(row).map { shown(matrix.columns[$0]) }
      return padded(names[row], width) + " |" + String(cells) + "|" + (picked.isEmpty ? "" : " → " + picked.joined(separator: ", "))
    }
  }

  // MARK: sentences

  /// A detail as a sentence, for whoever listens.
  func sentence(_ detail: TraceDetail) -> String {
    let head = detail.note.isEmpty ? detail.title : "\(detail.title), \(detail.note)"
    switch detail.content {
    case .facts(let facts): return "\(head): " + facts.map { "\($0.name) is \(shown($0))" }.joined(separator: ", ") + "."
    case .tokens(let cells):
      return "\(head): " + cells.map { "\(shown($0.token)) \($0.mark.rawValue)" + ($0.number.map { " at \(number($0))" } ?? "") }
        .joined(separator: ", ") + "."
    case .matrix(let matrix):
      let rows = zip(matrix.rows, matrix.values).map { row, values in
        let best = values.indices.max { values[$0] < values[$1] }
        return "\(shown(row)) is largest at \(best.map { "\(shown(matrix.columns[$0])) with \(number(values[$0]))" } ?? "nothing")"
      }
      return "\(head): " + rows.joined(separator: "; ") + "."
    }
  }

  // MARK: JSON

  func json(_ detail: TraceDetail) -> JSONTree {
    var members: [(String, JSONTree)] = [("title", .string(detail.title)), ("note", .string(detail.note))]
    switch detail.content {
    case .matrix(let matrix):
      members += [
        ("kind", "matrix"), ("rows", .array(matrix.rows.map(json))), ("columns", .array(matrix.columns.map(json))),
        ("values", .array(matrix.values.map { .floats($0) })), ("marked", .array(matrix.marked.map { .ints($0) })),
      ]
    case .tokens(let cells):
      members += [
        ("kind", "tokens"),
        (
          "tokens",
          .array(
            cells.map { cell in
              .object([
                ("token", json(cell.token)), ("mark", .string(cell.mark.rawValue)),
                ("number", cell.number.map { .float($0) } ?? .null), ("note", .string(cell.note)),
              ])
            })
        ),
      ]
    case .facts(let facts):
      members += [
        ("kind", "facts"),
        (
          "facts",
          .array(facts.map { .object([("name", .string($0.name)), ("value", json($0.value)), ("unit", .string($0.unit))]) })
        ),
      ]
    }
    return .object(members)
  }

  private func json(_ label: TraceDetail.Label) -> JSONTree {
    switch label {
    case .text(let text): .string(text)
    case .token(let id): .object([("id", .int(id)), ("text", .string(text(id)))])
    }
  }

  private func json(_ value: TraceDetail.Fact.Value) -> JSONTree {
    switch value {
    case .number(let x): .float(x)
    case .count(let n): .int(n)
    case .text(let text): .string(text)
    case .token(let id): json(TraceDetail.Label.token(id))
    }
  }

  /// Three digits are enough for a person.
  func number(_ x: Float) -> String {
    if !x.isFinite { return x.isNaN ? "–" : x < 0 ? "−∞" : "∞" }
    if x == 0 { return "0" }
    let size = abs(x)
    return String(printf: size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.01 ? "%.2f" : size >= 0.001 ? "%.3f" : "%.0e", Double(x))
  }
}
