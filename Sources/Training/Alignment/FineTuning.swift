// Supervised fine-tuning: the next token, with a loss on the response alone. The prompt and the template around it are read and never said; only the token
// that ends the assistant's turn carries loss as well, or the model would never stop (Ouyang et al. 2022, 2203.02155).

import Blocks
import Tensors

/// The tokens around a turn of the user and a turn of the assistant.
public struct TurnTemplate: Sendable, Equatable {
  /// Before the prompt; between prompt and response; behind the response.
  public var before: [Int], between: [Int], end: [Int]

  public init(before: [Int] = [], between: [Int] = [], end: [Int] = []) { (self.before, self.between, self.end) = (before, between, end) }

  /// What a vocabulary has for it: `<user>`, `<end>` and `<asst>`; a separator and an end token otherwise.
  public init(_ special: SpecialTokens) {
    func id(_ names: [String]) -> [Int] { names.lazy.compactMap { special.words.firstIndex(of: $0) }.first.map { [$0] } ?? [] }
    let user = id(["<user>", "<|user|>"]), assistant = id(["<asst>", "<assistant>", "<|assistant|>"])
    let end = id(["<end>", "<|end|>", "<|im_end|>"])
    if user.isEmpty || assistant.isEmpty {
      self.init(between: special[.separator].map { [$0] } ?? [], end: special[.end].map { [$0] } ?? [])
    } else {
      let turn = end.isEmpty ? special[.end].map { [$0] } ?? [] : end
      self.init(before: user, between: turn + assistant, end: turn)
    }
  }
}

/// Says the response to a prompt.
public struct FineTuning: Objective {
  public let name = "fine-tuning"
  public let rows: ResponseRows
  public var template: TurnTemplate
  /// Whether the token that ends the response carries loss. Without it answers run on.
  public var learnsToEnd = true
  public var divisor = Divisor.tokens

  /// - Parameter template: nil: what the vocabulary has for it.
  public init(_ special: SpecialTokens, template: TurnTemplate? = nil, begins: Bool? = nil) {
    rows = ResponseRows(special, begins: begins ?? false)
    self.template = template ?? TurnTemplate(special)
  }

  public func example(prompt: [Int], response: [Int]) throws -> Example {
    // A response that ends itself is not ended twice.
    let ends = response.count >= template.end.count && Array(response.suffix(template.end.count)) == template.end
    let said = ends ? response : response + template.end
    let counted = said.indices.map { learnsToEnd || $0 < said.count - template.end.count }
    return try rows.example(template.before + prompt + template.between, said, counted: counted, objective: name)
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { try example(prompt: $0.source, response: $0.tokens) }
    return try Batch(examples, filler: rows.special.filler, divisor: divisor, readsBothWays: false, objective: name)
  }
}
