// How a tensor prints: name, shape and range, then its numbers as a matrix, as far as a screen shows them. A tensor of 0 and −∞
// is a mask and prints as one.

import Files
import Language
import Tensors

struct TensorDisplay {
  let object: TensorObject
  /// Rows and columns at most; the middle is left out.
  let rows = 16, columns = 12
  /// Columns of the page: a matrix leaves out so much of its middle that it fits, and is shown whole if it fits. nil: as above.
  let width: Int?

  private let facts: Tensor.Facts
  /// Outside of any trace: what is printed is there already, and a raised stop flag must not poison it.
  private let x: Tensor
  /// Ends the passes over all numbers; whoever prints looks at it afterwards.
  private let stop: UnsafeMutablePointer<Int32>?

  init(_ object: TensorObject, fitting width: Int? = nil) {
    (self.object, self.width) = (object, width)
    x = object.tensor.untracked
    stop = object.tensor.trace?.stop
    facts = x.facts(until: stop)
  }

  /// `scores [3×3] f32`, with the range where there are many numbers.
  var head: String {
    let name = object.label.isEmpty ? "tensor" : object.label
    return "\(name) \(x.shape.described) f32"
  }

  /// 0 and −∞; or 0 alone where it is called a mask: one that is open everywhere.
  var isMask: Bool {
    x.rank >= 2 && x.count > 0 && (facts.isMask || object.label == "mask" && facts.finite == x.count && facts.low == 0 && facts.high == 0)
  }

  var text: String {
    if x.count == 0 { return head }
    if x.rank == 0 { return formatted(Double(x.item)) }
    if isMask, x.rank == 2 { return maskText }
    var lines = [head]
    if x.count > rows * columns, facts.finite > 0 {
      lines[0] += "  \(number(facts.low)) … \(number(facts.high)), mean \(number(facts.mean))"
    }
    if x.rank == 1 {
      lines += matrix(x.reshaped([1, x.count]), labels: false)
    } else if x.rank == 2 {
      lines += matrix(x, labels: true)
    } else {
      // The first matrices, each under its place.
      let planes = Shape(x.shape.dropLast(2)), total = planes.elementCount, shown = min(total, x.count > 4 * rows * columns ? 1 : 4)
      let flat = x.reshaped([total] + x.shape.suffix(2))
      for plane in 0..<shown {
        var place: [Int] = [], rest = plane
        for size in planes.reversed() {
          place.insert(rest % size, at: 0)
          rest /= size
        }
        let names = zip(object.axes, place).filter { !$0.0.isEmpty }.map { "\($0.0): \($0.1)" }
        lines.append("[\(names.count == place.count ? names.joined(separator: ", ") : place.map(String.init).joined(separator: ", "))]")
        lines += matrix(flat.slice(plane..<(plane + 1), axis: 0).reshaped(Array(x.shape.suffix(2))), labels: true)
      }
      if shown < total { lines.append("… \(total - shown) more") }
    }
    return lines.joined(separator: "\n")
  }

  private func number(_ value: Float) -> String {
    if value == .infinity { return "∞" }
    if value == -.infinity { return "-∞" }
    if value.isNaN { return "nan" }
    if value == value.rounded(), abs(value) < 1e6 { return String(Int(value)) }
    let size = abs(value)
    return size >= 1e5 || size < 1e-3 ? String(printf: "%.1e", value) : String(printf: size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f", value)
  }

  private func places(_ count: Int, _ limit: Int) -> [Int?] {
    count <= limit ? (0..<count).map { $0 } : (0..<(limit + 1) / 2).map { $0 } + [nil] + ((count - limit / 2)..<count).map { $0 }
  }

  private func matrix(_ m: Tensor, labels: Bool) -> [String] {
    let (height, width) = (m.shape[0], m.shape[1]), most = 48
    let down = places(height, rows)
    guard let page = self.width else { return matrix(m, down, places(width, columns), labels: labels) }
    // Whole if it fits, then with less and less of its middle.
    for shown in (width <= most ? [width] : []) + (2...columns).reversed() {
      let lines = matrix(m, down, places(width, shown), labels: labels)
      if shown == 2 || lines.allSatisfy({ displayWidth($0) <= page }) { return lines }
    }
    return []
  }

  private func matrix(_ m: Tensor, _ down: [Int?], _ across: [Int?], labels: Bool) -> [String] {
    let (height, width) = (m.shape[0], m.shape[1])
    // Only what is shown is read: a matrix may be large, and so may a row.
    let columns = across.compactMap { $0 }
    let read = Dictionary(uniqueKeysWithValues: down.compactMap { $0 }.map { i in
      let row = m.view(axis: 0, from: i, count: 1)
      return (i, Dictionary(uniqueKeysWithValues: zip(columns, runs(of: columns).flatMap { row.view(axis: 1, from: $0.lowerBound, count: $0.count).values })))
    })
    func value(_ i: Int, _ j: Int) -> Float { read[i]![j]! }
    // All numbers of a matrix in one style: whole ones as such, others with the same digits after the point.
    let shown = down.compactMap { $0 }.flatMap { i in across.compactMap { $0 }.map { value(i, $0) } }.filter(\.isFinite)
    let isWhole = shown.allSatisfy { $0 == $0.rounded() && abs($0) < 1e6 }
    let largest = shown.map { abs($0) }.max() ?? 0
    let smallest = shown.map { abs($0) }.filter { $0 > 0 }.min() ?? 1
    let scientific = largest >= 1e5 || (largest < 1e-2 && smallest < 1e-3)
    func cell(_ v: Float) -> String {
      if !v.isFinite || isWhole { return number(v) }
      return String(printf: scientific ? "%.2e" : largest >= 1000 ? "%.1f" : largest >= 10 ? "%.2f" : "%.3f", v)
    }
    var table = down.map { i in across.map { j in i.flatMap { i in j.map { cell(value(i, $0)) } } ?? "…" } }
    let hasRows = labels && object.rowTokens.count == height, hasColumns = labels && object.columnTokens.count == width
    if hasRows { for (line, i) in down.enumerated() { table[line].insert(i.map { object.rowTokens[$0] } ?? "⋮", at: 0) } }
    if hasColumns { table.insert((hasRows ? [""] : []) + across.map { j in j.map { object.columnTokens[$0] } ?? "…" }, at: 0) }
    let widths = (0..<(table.first?.count ?? 0)).map { column in table.map { displayWidth($0[column]) }.max() ?? 0 }
    return table.map { row in
      zip(row, widths).enumerated().map { column, pair in
        let space = String(repeating: " ", count: pair.1 - displayWidth(pair.0))
        return hasRows && column == 0 ? pair.0 + space : space + pair.0
      }.joined(separator: " ")
    }
  }

  /// Rising indices as runs of neighbours.
  private func runs(of indices: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for index in indices {
      if let last = runs.last, last.upperBound == index { runs[runs.count - 1] = last.lowerBound..<(index + 1) } else { runs.append(index..<(index + 1)) }
    }
    return runs
  }

  /// A mask of millions of cells has no grid and no form that is looked for.
  private var longMask: String? {
    x.count > 1 << 20 ? "\(object.label.isEmpty ? "mask" : object.label) [\(x.shape[0])×\(x.shape[1])]  \(facts.finite) of \(x.count) open" : nil
  }

  /// A mask as a grid, and as who sees whom.
  private var maskText: String {
    if let longMask { return longMask }
    let (height, width) = (x.shape[0], x.shape[1]), values = x.values
    let open = (0..<height).map { i in (0..<width).map { values[i * width + $0] == 0 } }
    return MaskDisplay(
      label: object.label.isEmpty ? "mask" : object.label, open: open, rows: object.rowTokens, columns: object.columnTokens
    ).text(fitting: self.width)
  }

  /// In sentences, for who does not see grids.
  var sentence: String {
    if isMask, x.rank == 2 {
      if let longMask { return longMask + "." }
      let (height, width) = (x.shape[0], x.shape[1]), values = x.values
      let open = (0..<height).map { i in (0..<width).map { values[i * width + $0] == 0 } }
      return MaskDisplay(label: object.label, open: open, rows: object.rowTokens, columns: object.columnTokens).sentence
    }
    guard facts.finite > 0 else { return "\(head), without finite numbers." }
    if x.count <= 12 { return "\(head): \(x.values.map(number).joined(separator: ", "))." }
    if let rows = sentenceOfRows { return "\(head). The largest of each row: \(rows)." }
    var place: [Int] = [], rest = placeOfLargest
    for size in x.shape.reversed() {
      place.insert(rest % size, at: 0)
      rest /= size
    }
    return "\(head), \(x.count) numbers from \(number(facts.low)) to \(number(facts.high)), mean \(number(facts.mean)); the largest stands at \(place)."
  }

  /// Among all numbers in row-major order.
  private var placeOfLargest: Int {
    var before = 0, found: Int?
    // An interruption leaves the place unknown; then nothing of this is shown.
    try? x.forEachPiece(until: stop) { piece in
      if found == nil { found = piece.firstIndex(of: facts.high).map { before + $0 } }
      before += piece.count
    }
    return found ?? 0
  }

  /// Of a matrix between tokens, such as a pattern: whom each row prefers. Nil for other tensors, and for long ones.
  private var sentenceOfRows: String? {
    guard x.rank == 2, x.shape[0] <= 2 * rows, object.rowTokens.count == x.shape[0], object.columnTokens.count == x.shape[1], x.shape[1] > 0 else { return nil }
    let width = x.shape[1], values = x.values
    return (0..<x.shape[0]).map { i in
      let row = values[(i * width)..<((i + 1) * width)]
      let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
      return "\(object.rowTokens[i]) → \(object.columnTokens[best - i * width]) \(number(row[best]))"
    }.joined(separator: ", ")
  }
}

/// A mask as people read it: a grid of dots, and a line for each token.
struct MaskDisplay {
  let label: String
  let open: [[Bool]]
  let rows: [String], columns: [String]

  private func name(_ tokens: [String], _ index: Int) -> String {
    if tokens.indices.contains(index) { return tokens[index] }
    // Letters, as textbooks name tokens.
    return index < 26 ? String(UnicodeScalar(UInt8(65 + index))) : String(index)
  }

  var text: String { text(fitting: nil) }

  /// - Parameter page: columns at most; names that do not fit are left out in the middle, and then the grid's cells stand close.
  func text(fitting page: Int?) -> String {
    let height = open.count, width = open.first?.count ?? 0
    var lines = ["\(label) [\(height)×\(width)]  \(shape)"]
    guard height <= 32, width <= 48 else { return lines[0] }
    let labels = (0..<height).map { name(rows, $0) }
    let space = labels.map(displayWidth).max() ?? 0
    let gap = page.map { space + 2 + 2 * width <= $0 } ?? true ? " " : ""
    for i in 0..<height {
      let sees = (0..<width).filter { open[i][$0] }.map { name(columns.isEmpty ? rows : columns, $0) }
      let pad = String(repeating: " ", count: space - displayWidth(labels[i]))
      let grid = open[i].map { $0 ? "●" : "·" }.joined(separator: gap)
      let start = "\(labels[i])\(pad)  \(grid)   → "
      lines.append((start + MaskDisplay.joined(sees, fitting: page.map { $0 - displayWidth(start) })).trimmingEnd)
    }
    return lines.joined(separator: "\n")
  }

  /// `A B … H`: as many of the first names as fit, and the last.
  private static func joined(_ names: [String], fitting room: Int?) -> String {
    let all = names.isEmpty ? "nobody" : names.joined(separator: " ")
    guard let room, displayWidth(all) > room else { return all }
    for kept in stride(from: names.count - 2, through: 0, by: -1) {
      let text = (names.prefix(kept) + ["…"] + names.suffix(1)).joined(separator: " ")
      if displayWidth(text) <= room { return text }
    }
    return "…"
  }

  /// The form of the open cells in words.
  var shape: String {
    let height = open.count, width = open.first?.count ?? 0
    let count = open.reduce(0) { $0 + $1.filter { $0 }.count }
    let total = "\(count) of \(height * width) open"
    if count == height * width { return "all open" }
    func isAll(_ rule: (Int, Int) -> Bool) -> Bool {
      (0..<height).allSatisfy { i in (0..<width).allSatisfy { open[i][$0] == rule(i, $0) } }
    }
    if height == width, isAll({ $1 <= $0 }) { return "lower triangular, \(total)" }
    if height == width, isAll({ $1 >= $0 }) { return "upper triangular, \(total)" }
    // The last row of a band shows its width.
    let reach = open.last?.count { $0 } ?? 0
    if height == width, reach > 0, isAll({ $1 <= $0 && $1 > $0 - reach }) { return "band of \(reach) below the diagonal, \(total)" }
    return total
  }

  var sentence: String {
    let height = open.count, width = open.first?.count ?? 0
    return "\(label.isEmpty ? "mask" : label), \(height) by \(width): \(shape)."
  }
}
