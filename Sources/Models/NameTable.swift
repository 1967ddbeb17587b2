// From a part's path to the name in a published file: a table for each family, patterns with `*` for the layer's number.

import Blocks
import Tensors

/// Where a parameter stands in a checkpoint.
public struct Source: Sendable {
  /// Names under which published files have it, best known first; `*` stands for the layer's number.
  let names: [String]
  /// Stored [in, out] (GPT-1, GPT-2).
  var isTransposed = false
  /// Rows of the (transposed) tensor, where a file fuses several parameters into one.
  var rows: Range<Int>?

  init(_ names: String...) { self.names = names }

  var transposed: Source { with { $0.isTransposed = true } }
  func rows(_ rows: Range<Int>) -> Source { with { $0.rows = rows } }

  private func with(_ change: (inout Source) -> Void) -> Source {
    var copy = self
    change(&copy)
    return copy
  }
}

/// The names of a family's checkpoints.
public struct NameTable: Sendable {
  /// Path pattern of our parameter → where it stands in the file.
  public let entries: [String: Source]
  /// What the published class puts in front of every name; files may have it or not (`model.`, `transformer.`, `bert.`).
  public let prefixes: [String]
  /// Tensors that published files hold and nobody needs: buffers, heads of another class.
  public let ignored: [String]
  /// Tensors are called as the paths of their parameters: a model of the user's own.
  public static let paths = NameTable(arePaths: true)
  private let arePaths: Bool

  public init(_ entries: [String: Source], prefixes: [String] = [], ignored: [String] = []) {
    (self.entries, self.prefixes, self.ignored, arePaths) = (entries, prefixes, ignored, false)
  }

  private init(arePaths: Bool) {
    (entries, prefixes, ignored, self.arePaths) = ([:], [], [], arePaths)
  }

  /// The source of a parameter, with the numbers of its path put in place of the stars.
  func source(of path: String) -> (names: [String], source: Source)? {
    if arePaths { return ([path], Source(path)) }
    var numbers: [Substring] = []
    let pattern = path.split(separator: ".").map { step in
      if step.allSatisfy(\.isNumber) {
        numbers.append(step)
        return "*"
      }
      return String(step)
    }.joined(separator: ".")
    // A path with its numbers comes first: layers that share theirs are listed under one of them.
    guard let source = entries[path] ?? entries[pattern] else { return nil }
    let names = source.names.map { name in
      var rest = numbers[...]
      return name.split(separator: "*", omittingEmptySubsequences: false).enumerated().map { index, piece in
        index == 0 ? String(piece) : String(rest.popFirst() ?? "*") + piece
      }.joined()
    }
    return (names, source)
  }

  /// A file's name without the class's prefix.
  func stripped(_ name: String) -> String {
    for prefix in prefixes where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
    return name
  }

  func ignores(_ name: String) -> Bool { ignored.contains { glob($0, name) } }
}
