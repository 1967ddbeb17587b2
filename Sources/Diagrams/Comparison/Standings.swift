// What is equal in two figures and what is not: box by box, with the settings that no box shows, and group by group.

extension Comparison {
  /// How a box stands to the other side.
  enum Standing { case equal, resized, different }

  /// Boxes that are the same part on both sides: the longest common sequence of parts by name, and among equally long ones that in which
  /// most parts are equal in all: what differs is marked where it is, and not at the first part of its name.
  private var pairs: [(a: Box, b: Box)] {
    let (x, y) = (a.streams.flatMap(\.boxes), b.streams.flatMap(\.boxes))
    func name(_ box: Box) -> String { box.title.runs.filter { !$0.muted }.map(\.characters).joined() }
    func same(_ p: Box, _ q: Box) -> Bool { p.kind == q.kind && name(p) == name(q) }
    // One for each pair of a name; far less for being equal, so that no pair is given up for it.
    func worth(_ p: Box, _ q: Box) -> Int { same(p, q) ? (1 << 16) + (Comparison.equal(p, q) ? 1 : 0) : 0 }
    var longest = Array(repeating: Array(repeating: 0, count: y.count + 1), count: x.count + 1)
    for i in x.indices.reversed() {
      for j in y.indices.reversed() {
        let pair = worth(x[i], y[j])
        longest[i][j] = max(pair > 0 ? longest[i + 1][j + 1] + pair : 0, longest[i + 1][j], longest[i][j + 1])
      }
    }
    var pairs: [(Box, Box)] = []
    var (i, j) = (0, 0)
    while i < x.count, j < y.count {
      let pair = worth(x[i], y[j])
      if pair > 0, longest[i][j] == longest[i + 1][j + 1] + pair {
        pairs.append((x[i], y[j]))
        (i, j) = (i + 1, j + 1)
      } else if longest[i + 1][j] >= longest[i][j + 1] { i += 1 } else { j += 1 }
    }
    return pairs
  }

  private static func equal(_ x: Box, _ y: Box) -> Bool { x.title == y.title && x.subtitle == y.subtitle && x.settings == y.settings }

  /// Every box's standing, for each side: a part that both have is equal, or of other sizes or settings; all others differ.
  var standings: (a: [String: Standing], b: [String: Standing]) {
    var left: [String: Standing] = [:]
    var right: [String: Standing] = [:]
    for (x, y) in pairs {
      let same = Comparison.equal(x, y)
      (left[x.id], right[y.id]) = (same ? .equal : .resized, same ? .equal : .resized)
    }
    return (left, right)
  }

  /// The groups that hold the same parts another number of times than on the other side.
  var repeats: (a: Set<String>, b: Set<String>) {
    func groups(_ figure: Figure) -> [String: Group] {
      var found: [String: Group] = [:]
      func visit(_ pieces: [Piece]) {
        for piece in pieces {
          switch piece {
          case .box: break
          case .group(let group):
            visit(group.parts)
            for box in piece.boxes where found[box.id] == nil { found[box.id] = group }
          case .residual(_, let inner): visit(inner)
          case .parallel(_, let branches), .fork(_, _, let branches): branches.forEach(visit)
          }
        }
      }
      for column in figure.streams { visit(column.parts) }
      return found
    }
    let (left, right) = (groups(a), groups(b))
    let others = pairs.compactMap { x, y -> (String, String)? in
      guard let mine = left[x.id], let theirs = right[y.id], mine.repeats != theirs.repeats else { return nil }
      return (mine.id, theirs.id)
    }
    return (Set(others.map(\.0)), Set(others.map(\.1)))
  }

  /// Settings that differ and that no box shows, each named once: "attention position".
  var settingRows: [Row] {
    var rows: [Row] = []
    for (x, y) in pairs {
      let names = x.settings.map(\.name) + y.settings.map(\.name).filter { name in !x.settings.contains { $0.name == name } }
      for name in names {
        let (mine, theirs) = (x.settings.first { $0.name == name }?.value ?? "–", y.settings.first { $0.name == name }?.value ?? "–")
        let row = Row(
          label: "\(x.kind == .norm ? "norm" : x.kind.name) \(name)", a: Comparison.own(mine, theirs), b: Comparison.own(theirs, mine), difference: "≠")
        let isShown = Comparison.sizes.contains(where: name.hasSuffix) || x.subtitle != y.subtitle && Comparison.shown.contains(name)
        if mine != theirs, !isShown, !rows.contains(row) { rows.append(row) }
      }
    }
    return rows
  }

  /// Of two values that begin alike, "RoPE, base 10000, …", the words that only the first has.
  private static func own(_ value: String, _ other: String) -> String {
    func words(_ text: String) -> [Substring] { text.split(separator: ",").map { $0.drop { $0 == " " } } }
    let (mine, theirs) = (words(value), words(other))
    guard mine.first == theirs.first else { return value }
    let left = mine.filter { !theirs.contains($0) }
    return left.isEmpty ? "–" : left.joined(separator: ", ")
  }

  /// Widths have a row of their own and would be repeated by every part; a scale follows from the width of a head.
  private static let sizes = ["width", "inputs", "outputs", "scale"]
  /// What a box's smaller line says.
  private static let shown = ["heads", "groups", "hidden", "vocabulary", "positions", "segments"]
}
