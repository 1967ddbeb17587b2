// From a part's path to the name in a published file: a table for each family, patterns with `*` for the layer's number.

import Blocks
import Tensors

/// Where a parameter stands in a checkpoint: one or several places, best known first.
public struct Source: Sendable {
  /// A name of a published file, and how the parameter is cut from the tensor of that name.
  struct Place: Sendable {
    /// `*` stands for the numbers of the path, in order. Numbers that the name has no star for choose along the tensor's
    /// first axis: experts stacked in one tensor.
    let name: String
    /// Stored [in, out] (GPT-1, GPT-2, gpt-oss's experts).
    var isTransposed = false
    /// Rows of the (transposed) tensor, where a file fuses several parameters into one; every `step`-th.
    var rows: Range<Int>?
    var step = 1
  }
  private(set) var places: [Place]

  init(_ names: String...) { places = names.map { Place(name: $0) } }

  var transposed: Source { with { $0.isTransposed = true } }
  func rows(_ rows: Range<Int>, step: Int = 1) -> Source { with { ($0.rows, $0.step) = (rows, step) } }
  /// Other places to look at, with cuts of their own.
  func or(_ other: Source) -> Source {
    var copy = self
    copy.places += other.places
    return copy
  }

  private func with(_ change: (inout Place) -> Void) -> Source {
    var copy = self
    for i in copy.places.indices { change(&copy.places[i]) }
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

  /// The places of a parameter, with the numbers of its path put in place of the stars, and the numbers that are left over.
  func places(of path: String) -> [(place: Source.Place, name: String, indices: [Int])]? {
    if arePaths { return [(Source.Place(name: path), path, [])] }
    var numbers: [Int] = []
    let pattern = path.split(separator: ".").map { step in
      guard let number = Int(step) else { return String(step) }
      numbers.append(number)
      return "*"
    }.joined(separator: ".")
    // A path with its numbers comes first, and is taken as it is written: layers that share theirs are listed under one of them.
    let exact = entries[path]
    if exact != nil { numbers = [] }
    func filled(_ place: Source.Place, _ ending: String) -> (place: Source.Place, name: String, indices: [Int]) {
      var rest = numbers[...]
      let name = place.name.split(separator: "*", omittingEmptySubsequences: false).enumerated().map { index, piece in
        index == 0 ? String(piece) : (rest.popFirst().map(String.init) ?? "*") + piece
      }.joined()
      return (place, name + ending, Array(rest))
    }
    if let places = (exact ?? entries[pattern])?.places { return places.map { filled($0, "") } }
    // The name of a module is enough: its weight and bias are called so in files too, and a tensor of stacked experts as the module itself.
    guard let dot = pattern.lastIndex(of: "."), pattern[dot...] == ".weight" || pattern[dot...] == ".bias" else { return nil }
    let ending = String(pattern[dot...])
    guard let places = (entries[String(path.dropLast(ending.count))] ?? entries[String(pattern[..<dot])])?.places else { return nil }
    if entries[String(path.dropLast(ending.count))] != nil { numbers = [] }
    return places.map { filled($0, ending) } + (ending == ".weight" ? places.map { filled($0, "") } : [])
  }

  /// A file's name without the class's prefix.
  func stripped(_ name: String) -> String {
    for prefix in prefixes where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
    return name
  }

  func ignores(_ name: String) -> Bool { ignored.contains { glob($0, name) } }
}
