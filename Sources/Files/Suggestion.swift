/// "Did you mean …?": the nearest of the names that exist. Used by every error about a name.
public enum Suggestion {
  /// The candidate with the smallest edit distance to `name`, if it is near enough to be a slip: at most a third of the
  /// longer name (at least one edit), upper and lower case counting as half an edit. Ties go to the earlier candidate.
  public static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
    all(near: name, in: candidates, limit: 1).first
  }

  /// The nearest of dotted names: a slip; the same with 0 for a `*`; or the first that has all the steps of `path` in their order and more between them
  /// ("layers.0.router.logits" for "layers.0.feedForward.router.logits").
  public static func nearest(toPath path: String, in candidates: [String]) -> String? {
    let plain = path.replacing("*", with: "0"), steps = plain.split(separator: ".")
    return nearest(to: path, in: candidates) ?? nearest(to: plain, in: candidates)
      ?? candidates.first { candidate in
        var left = steps[...]
        for step in candidate.split(separator: ".") where step == left.first { left = left.dropFirst() }
        return left.isEmpty && steps.count > 1
      }
  }

  /// Up to `limit` near candidates, nearest first.
  public static func all(near name: String, in candidates: some Sequence<String>, limit: Int = 3) -> [String] {
    let wanted = Array(name.unicodeScalars.prefix(longest))
    let folded = name.utf8.count <= 4 * longest ? name.lowercased() : nil
    var found: [(distance: Int, candidate: String)] = []
    for candidate in candidates where candidate != name {
      let scalars = Array(candidate.unicodeScalars.prefix(longest))
      let bound = max(2, 2 * max(wanted.count, scalars.count) / 3)
      guard 2 * abs(wanted.count - scalars.count) <= bound else { continue }
      let isFolded = candidate.utf8.count <= 4 * longest && candidate.lowercased() == folded
      let distance = isFolded ? 1 : 2 * self.distance(wanted, scalars)
      if distance <= bound { found.append((distance, candidate)) }
    }
    // `sorted` is stable in the standard library today, but not by promise.
    return found.enumerated()
      .sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
      .prefix(limit).map(\.element.candidate)
  }

  /// Whether one name is the other with one slip: a letter too much, too little, another or swapped with its neighbour, or the case alone.
  public static func isSlip(_ name: String, for other: String) -> Bool {
    name != other && max(name.utf8.count, other.utf8.count) <= longest
      && (name.lowercased() == other.lowercased() || distance(Array(name.unicodeScalars), Array(other.unicodeScalars)) == 1)
  }

  /// " (did you mean …?)"-like clause for the end of a message, or nothing.
  public static func clause(for name: String, in candidates: some Sequence<String>) -> String {
    nearest(to: name, in: candidates).map { "; did you mean \($0)?" } ?? ""
  }

  /// Names beyond this length are compared by their beginnings, so that a hostile name costs no quadratic time.
  private static let longest = 128

  /// Damerau–Levenshtein distance in its restricted form: insert, delete, replace, swap two neighbours.
  static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    if a.isEmpty || b.isEmpty { return a.count + b.count }
    var before = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        let replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        row[j] = min(replace, previous[j] + 1, row[j - 1] + 1)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], before[j - 2] + 1) }
      }
      (before, previous) = (previous, row)
    }
    return previous[b.count]
  }
}
