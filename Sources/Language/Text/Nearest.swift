/// The nearest right thing: the known name with the fewest single-letter edits, if that is few enough to be meant.

/// Case does not count, an exchange of neighbours counts once, and a name that begins with what was written is near.
public func nearest(_ word: String, _ known: some Collection<String>) -> String? {
  let target = Array(word.lowercased().unicodeScalars.prefix(64))
  guard !target.isEmpty else { return nil }
  let allowed = max(1, min(3, (target.count + 1) / 3))
  var best: (name: String, distance: Int)?
  for name in Set(known).sorted() where name != word || known.count == 1 {
    let candidate = Array(name.lowercased().unicodeScalars.prefix(64))
    var distance = edits(target, candidate)
    if distance > allowed, target.count >= 3, candidate.starts(with: target) { distance = allowed }
    if distance <= allowed, distance < max(target.count, candidate.count), distance < best?.distance ?? .max {
      best = (name, distance)
    }
  }
  return best?.name
}

/// Optimal string alignment distance.
private func edits(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var older: [Int] = []
  var previous = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, older[j - 1] + 1) }
      row.append(cost)
    }
    (older, previous) = (previous, row)
  }
  return previous[b.count]
}
