// The figures of all known architectures, for the contact sheet of the book.

import Blocks
import Diagrams
import Documents
import Models

extension ContactSheet {
  /// Every known architecture, by family as the curriculum goes, small ones first.
  /// - Throws: one line for a configuration that cannot be read.
  public static func known(draw: @escaping (String) -> String?) throws -> ContactSheet {
    let models = try KnownArchitecture.names.map { name in (try OpenModel(name).model.outline, name) }
    let sections = Architecture.Family.allCases.map(\.section)
    let sorted = models.map { model, name in
      (model: model, name: name, order: (sections.firstIndex(of: model.family.section) ?? 0, model.modelType, model.parameterCount, name))
    }.sorted { $0.order < $1.order }
    return ContactSheet(
      sorted.map { model, name, _ in
        Entry(name: name, section: model.family.section, kind: model.modelType, figure: Diagrams.Figure(model: model))
      }, draw: draw)
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
