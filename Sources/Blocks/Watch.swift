// Watching and intervening: both happen where a block names a tensor.

import Tensors

/// Which named tensors a run keeps.
public enum Watch: Sendable {
  case nothing
  case everything
  /// Names that match one of the patterns; `*` stands for any part of a path.
  case matching([String])

  func wants(_ name: String) -> Bool {
    switch self {
    case .nothing: false
    case .everything: true
    case .matching(let patterns): patterns.contains { glob($0, name) }
    }
  }
}

/// A change of a named tensor while the model runs.
public struct Edit: @unchecked Sendable {
  /// A name or a pattern with `*`.
  public let pattern: String
  public let change: (Tensor) -> Tensor
  /// Where it applied, in the order of the run, with the largest change of a number.
  public internal(set) var applied: [(name: String, change: Float)] = []
  /// A tensor of this name from which nothing is computed, so that changing it would change nothing, and why that is.
  public internal(set) var end: (name: String, reason: String)?

  public init(_ pattern: String, change: @escaping (Tensor) -> Tensor) {
    self.pattern = pattern
    self.change = change
  }
}

/// Whether a name matches a pattern in which `*` stands for any run of characters.
public func glob(_ pattern: String, _ name: String) -> Bool {
  let p = Array(pattern.utf8), n = Array(name.utf8)
  var i = 0, j = 0, star = -1, mark = 0
  while j < n.count {
    if i < p.count, p[i] == UInt8(ascii: "*") {
      star = i
      mark = j
      i += 1
    } else if i < p.count, p[i] == n[j] {
      i += 1
      j += 1
    } else if star >= 0 {
      i = star + 1
      mark += 1
      j = mark
    } else {
      return false
    }
  }
  while i < p.count, p[i] == UInt8(ascii: "*") { i += 1 }
  return i == p.count
}
