// Masked language modelling: some tokens are hidden, and the model says them from both sides (Devlin et al. 2018).

import Blocks
import Tensors

/// Masked-token prediction with BERT's corruption: of the selected tokens most become masks, some another word, some stay.
public struct MaskedTokens: Objective {
  public let name = "masked"
  public let special: SpecialTokens
  public let mask: Int
  /// Share of the tokens that is selected.
  public var rate = 0.15
  /// Of the selected: share that becomes the mask token, and share that becomes any word. The rest stays as it is.
  public var masked = 0.8, random = 0.1
  /// Exactly max(1, round(rate · L)) tokens, as BERT; else each by itself.
  public var isExact = false
  /// The same text is always masked in one of so many ways (BERT wrote its corpus ten times); nil: anew each time (RoBERTa).
  public var copies: Int?
  /// Which ways these are.
  public var seed: UInt64 = 0
  /// `[CLS]` before and `[SEP]` behind the text.
  public var frames: Bool
  public var divisor = Divisor.tokens

  public enum Choice: String, Sendable { case mask, random, kept }

  public init(_ special: SpecialTokens) throws {
    self.special = special
    mask = try special.required(.mask, by: "masked")
    frames = special[.classifier] != nil && special[.separator] != nil
  }

  /// A text with these tokens selected; a random one becomes `words[place]`.
  public func example(_ text: [Int], _ choices: [Int: Choice], words: [Int: Int] = [:]) -> Example {
    var tokens = text, targets = Array(repeating: Batch.none, count: text.count), notes = Array(repeating: "", count: text.count)
    for (place, choice) in choices {
      targets[place] = text[place]
      notes[place] = choice.rawValue
      switch choice {
      case .mask: tokens[place] = mask
      case .random: tokens[place] = words[place] ?? text[place]
      case .kept: break
      }
    }
    var example = Example(tokens, targets: targets)
    example.original = text
    example.notes = [("choice", notes)]
    return example
  }

  /// A text with tokens selected at random; specials never are.
  /// - Throws: `ObjectiveFailure.empty` if there is nothing but specials.
  public func corrupted(_ text: [Int], using generator: inout SeededGenerator) throws -> Example {
    let open = text.indices.filter { !special.isSpecial(text[$0]) }
    guard !open.isEmpty else { throw ObjectiveFailure.empty(objective: name, "a text has nothing to mask but special tokens") }
    var choices: [Int: Choice] = [:], words: [Int: Int] = [:]
    for place in select(open, of: text.count, using: &generator) {
      // One draw for each selected token, cut at 0.8 and 0.9: a second draw of 0.1 would leave too few random words.
      let u = Double(generator.uniform())
      choices[place] = u < masked ? .mask : u < masked + random ? .random : .kept
      if choices[place] == .random { words[place] = special.plain.isEmpty ? text[place] : special.plain[generator.below(special.plain.count)] }
    }
    return example(text, choices, words: words)
  }

  private func select(_ open: [Int], of count: Int, using generator: inout SeededGenerator) -> [Int] {
    if isExact { return Array(generator.shuffled(open).prefix(min(open.count, max(1, Int((rate * Double(count)).rounded()))))) }
    // A short text may get no selection at all, and an empty one has no mean: it is drawn again, and forced in the end.
    for _ in 0..<64 {
      let chosen = open.filter { _ in Double(generator.uniform()) < rate }
      if !chosen.isEmpty { return chosen }
    }
    return [open[generator.below(open.count)]]
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { sample -> Example in
      let text = framed(sample.tokens)
      guard let copies else { return try corrupted(text, using: &generator) }
      var own = SeededGenerator(seed: seed &+ text.fingerprint &+ UInt64(generator.below(max(1, copies))))
      return try corrupted(text, using: &own)
    }
    return try Batch(examples, filler: special.filler, divisor: divisor, readsBothWays: true, objective: name)
  }

  func framed(_ text: [Int]) -> [Int] {
    guard frames, let first = special[.classifier], let last = special[.separator], text.first != first else { return text }
    return [first] + text + [last]
  }
}

extension SeededGenerator {
  /// A whole number below `bound`, evenly.
  mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  /// The list in a random order.
  mutating func shuffled<T>(_ list: [T]) -> [T] {
    var list = list
    for i in list.indices.dropFirst().reversed() { list.swapAt(i, below(i + 1)) }
    return list
  }
}

extension [Int] {
  /// A number that stands for these tokens, the same in every run (FNV-1a).
  var fingerprint: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for id in self { hash = (hash ^ UInt64(bitPattern: Int64(id))) &* 0x100_0000_01B3 }
    return hash
  }
}
