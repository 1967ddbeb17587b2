// What an architecture is made to be trained with, where nobody says otherwise. Without it an encoder would be asked for the next word, which it sees.

import Blocks

extension Objectives {
  /// The name of the objective that fits: the noise that a denoiser removes, masked words for who sees both sides, a target for a decoder that has an
  /// encoder beside it, else the next word.
  /// - Parameter corpus: one with sources can be translated; one without a mask cannot hide words.
  public static func usual(for model: Architecture, on corpus: any Corpus) -> String {
    if let classifier = model.classifier, classifier.classes > 1 { return "classification" }
    switch model.denoiser?.process {
    case .masked: return "masked diffusion"
    case .blocks: return "block diffusion"
    case .categorical: return "categorical diffusion"
    case .gaussian: return "vector diffusion"
    case .flow: return "flow matching"
    case .simplex: return "simplex diffusion"
    case nil: break
    }
    let hasSources = corpus.samples(1, .training, seed: 0).first?.source.isEmpty == false
    let hidesWords = !corpus.words.isEmpty && corpus.vocabulary.special[.mask] != nil
    if model.encoder != nil { return hasSources ? "translation" : "denoising" }
    if model.family == .diffusion { return "masked diffusion" }
    if model.family == .encoder, hidesWords { return "masked" }
    return "next"
  }
}
