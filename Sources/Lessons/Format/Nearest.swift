// The nearest right thing: what an error suggests.

/// The candidate with the fewest edits (neighbouring letters swapped count as one), if it is near enough to be meant.
public func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
  let allowed = max(1, word.count / 3)
  var best: (distance: Int, word: String)?
  for candidate in candidates where candidate != word {
    let distance = edits(word.lowercased(), candidate.lowercased())
    if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
  }
  return best?.word
}

/// Edits that turn one word into another: insert, delete, replace, swap neighbours.
func edits(_ a: String, _ b: String) -> Int {
  let a = Array(a.unicodeScalars.prefix(64))
  let b = Array(b.unicodeScalars.prefix(64))
  var before: [Int] = []
  var above = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
      row.append(cost)
    }
    before = above
    above = row
  }
  return above[b.count]
}
