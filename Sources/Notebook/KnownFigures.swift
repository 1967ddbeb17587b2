// The figures of all known architectures, for the contact sheet of the book.

import Blocks
import Diagrams
import Documents
import Files
import Models

extension ContactSheet {
  /// Every known architecture, by family as the curriculum goes, small ones first.
  /// - Throws: one line for a configuration that cannot be read.
  public static func known(draw: @escaping (String) -> String?) throws -> ContactSheet {
    let models = try KnownArchitecture.names.map { try OpenModel($0).model.outline }
    let sections = Architecture.Family.allCases.map(\.section)
    let sorted = models.map { ($0, $0.parameterCount) }.sorted {
      (sections.firstIndex(of: $0.0.family.section) ?? 0, $0.0.modelType, $0.1, $0.0.name) < (sections.firstIndex(of: $1.0.family.section) ?? 0, $1.0.modelType, $1.1, $1.0.name)
    }
    return ContactSheet(
      sorted.map { model, _ in
        Entry(name: model.name, section: model.family.section, kind: model.modelType, figure: Diagrams.Figure(model: model))
      }, draw: draw)
  }
}

extension BookFile {
  /// The figure of the known architecture that a picture below Docs is called by (`Docs/figures/llama-3-8b.svg`); nil if it is called otherwise.
  public static func picture(_ file: String, draw: (String) -> String?) throws -> BookFile? {
    guard file.hasPrefix("Docs/"), file.hasSuffix(".svg"), let path = try KnownArchitecture.path(of: String(Path.name(of: file).dropLast(4))) else { return nil }
    let dot = Diagrams.Figure(model: try OpenModel(path).model.outline).dot()
    return draw(dot).map { .drawing(String(file.dropFirst(5)), svg: $0, dot: dot, source: "lessons/architectures/\(Path.name(of: path))") }
  }
}

extension Architecture.Family {
  fileprivate var section: String {
    switch self {
    case .encoder: "Encoder-only"
    case .decoder: "Decoder-only"
    case .encoderDecoder: "Encoder–decoder"
    case .prefix: "Prefix language models"
    case .mixture: "Mixtures of experts"
    case .recurrent: "Recurrent and linear-time"
    case .diffusion: "Diffusion"
    case .hybrid: "Hybrids"
    }
  }
}
