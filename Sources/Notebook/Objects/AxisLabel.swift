// What the axes of a tensor stand for, and what becomes of that in arithmetic: a name such as `query`, and the tokens where an
// axis runs over them. Labels are only for reading and for subscripts by name; no number depends on them.

import Tensors

struct AxisLabel: Equatable {
  /// Empty where nobody named it.
  var name = ""
  /// Empty where the axis does not run over tokens.
  var tokens: [String] = []

  init(_ name: String = "", tokens: [String] = []) { (self.name, self.tokens) = (name, tokens) }

  var isEmpty: Bool { name.isEmpty && tokens.isEmpty }
}

extension [AxisLabel] {
  /// The last two exchanged.
  var transposed: [AxisLabel] {
    var order = self
    if count >= 2 { order.swapAt(count - 1, count - 2) }
    return order
  }

  func without(_ axis: Int) -> [AxisLabel] { enumerated().filter { $0.offset != axis }.map(\.element) }

  /// Of a matrix product: the first one's rows and the second one's columns, below the axes that both share.
  func product(_ other: [AxisLabel]) -> [AxisLabel] {
    let rows = count >= 2 ? [self[count - 2]] : [], columns = other.count >= 2 ? [other[other.count - 1]] : []
    let mine = Array(dropLast(2)), theirs = Array(other.dropLast(2))
    var lead = mine.count >= theirs.count ? mine : theirs
    let shorter = mine.count >= theirs.count ? theirs : mine
    for (back, label) in shorter.reversed().enumerated() where lead[lead.count - 1 - back].isEmpty { lead[lead.count - 1 - back] = label }
    var result = lead + rows + columns
    // Tokens against tokens: one name for two axes would say nothing.
    if rows.count == 1, columns.count == 1, rows[0].name == columns[0].name {
      result[result.count - 1].name = ""
      result[result.count - 2].name = ""
    }
    return result
  }

  /// Of an elementwise operation: for each axis of the result the label of the operand that has this size and a label.
  func spread(over shape: Shape, from mine: Shape, with other: [AxisLabel], from theirs: Shape) -> [AxisLabel] {
    shape.indices.map { axis in
      for (labels, source) in [(self, mine), (other, theirs)] {
        let place = axis - (shape.count - source.count)
        if place >= 0, labels.indices.contains(place), source[place] == shape[axis], !labels[place].isEmpty { return labels[place] }
      }
      return AxisLabel()
    }
  }
}

extension TensorObject {
  /// Names of the axes, outermost first; empty where nobody named any.
  var axes: [String] { labels.allSatisfy(\.name.isEmpty) ? [] : labels.map(\.name) }
  /// The tokens that the last two axes stand for, where they do.
  var rowTokens: [String] { labels.dropLast().last?.tokens ?? [] }
  var columnTokens: [String] { tensor.rank >= 2 ? labels.last?.tokens ?? [] : [] }
}
