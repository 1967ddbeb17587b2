import Blocks
import Files
import Tensors

/// What is wrong with a model on disk. The wording is here, in one place; each is one line, and names from files are shown as such.
public enum ModelFailure: Error, CustomStringConvertible {
  case unknownType(String, file: String, nearest: String?, known: [String])
  case noWeights(String)
  case noNumbers(String)
  case mismatch(folder: String, missing: [String], unexpected: [String])
  case wrongShape(tensor: String, file: String, found: Shape, expected: Shape, parameter: String)
  case wrongType(tensor: String, file: String, type: String)
  case contradiction(file: String, String)
  /// Sizes that do not fit; the outline can be drawn up to the part that the fault names.
  case broken(file: String, Architecture, Fault)

  /// A file may say a thousand axes; a line need not.
  private static func brief(_ shape: Shape) -> String {
    shape.count <= 16 ? shape.described : "[\(shape.prefix(4).map(String.init).joined(separator: "×"))×…×\(shape[shape.count - 1])] of \(shape.count) axes"
  }

  public var description: String {
    switch self {
    case .unknownType(let type, let file, let nearest, let known):
      let near = nearest.map { "; the nearest is \($0)" } ?? ""
      return "\(file): the model_type '\(type.shown())' is not one that Orrery knows\(near) (known: \(known.joined(separator: ", ")))"
    case .noWeights(let path):
      return "\(path): there are no weights here (*.safetensors), only a configuration: inspect and diagram work, running does not"
    case .noNumbers(let name):
      return "\(name) has no numbers yet: .initialised(seed: 1) gives it some"
    case .mismatch(let folder, let missing, let unexpected):
      return "\(folder): the checkpoint does not fit its config.json: " + ModelFailure.lists(missing, unexpected)
    case .wrongShape(let tensor, let file, let found, let expected, let parameter):
      return "\(file): the tensor '\(tensor.shown())' has the shape \(ModelFailure.brief(found)), but config.json makes \(parameter) \(expected.described)"
    case .wrongType(let tensor, let file, let type):
      return "\(file): the tensor '\(tensor.shown())' is stored as \(type); weights may be F32, F16, BF16 or F64"
    case .contradiction(let file, let text): return "\(file): \(text.shown(limit: 600))"
    case .broken(let file, _, let fault): return "\(file): recipe: \(fault)"
    }
  }

  /// Missing and unexpected names together, each missing one with the nearest unexpected one.
  private static func lists(_ missing: [String], _ unexpected: [String]) -> String {
    func list(_ names: [String], _ show: (String) -> String) -> String {
      names.prefix(4).map(show).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
    var parts: [String] = []
    if !missing.isEmpty {
      let names = list(missing) { name in
        "'\(name)'" + (Suggestion.nearest(to: name, in: unexpected).map { " (the file has '\($0.shown())')" } ?? "")
      }
      parts.append("missing \(names)")
    }
    if !unexpected.isEmpty { parts.append("unexpected \(list(unexpected) { "'\($0.shown())'" })") }
    return parts.joined(separator: "; ")
  }
}
