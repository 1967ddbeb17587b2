// BART's objective: a text is corrupted in one or several of five ways, and the decoder says the whole of it again (Lewis et al. 2019, section 2.2).

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// Says a text from a corrupted form of it.
public struct TextDenoising: Objective {
  /// A way to corrupt.
  public enum Noise: String, Sendable, CaseIterable {
    /// Tokens become masks.
    case mask
    /// Tokens are gone: the model must find out where.
    case delete
    /// Spans with Poisson lengths become one mask each; a span of length 0 inserts one.
    case infill
    /// Sentences in another order.
    case permute
    /// The text begins at another token.
    case rotate
  }

  public let name = "denoising"
  public let special: SpecialTokens
  let mask: Int, stops: Set<Int>
  /// In this order. The large model permutes sentences, then infills.
  public var noises: [Noise] = [.permute, .infill]
  /// Share of the tokens that masking, deletion and infilling take.
  public var rate = 0.3
  /// Mean of the Poisson lengths: 3 in the paper, 3.5 in the released flags.
  public var length = 3.0
  public var divisor = Divisor.tokens

  public init(_ special: SpecialTokens) throws {
    self.special = special
    mask = try special.required(.mask, by: name)
    _ = try special.required(.end, by: name)
    stops = special.stops
  }

  // MARK: the five ways, given the choices

  public func masked(_ text: [Int], at places: Set<Int>) -> [Int] { text.indices.map { places.contains($0) ? mask : text[$0] } }

  public static func deleted(_ text: [Int], at places: Set<Int>) -> [Int] { text.indices.filter { !places.contains($0) }.map { text[$0] } }

  /// - Parameter spans: in the order of the text, apart; an empty one inserts a mask before its place.
  public func infilled(_ text: [Int], _ spans: [Range<Int>]) -> [Int] {
    var result: [Int] = [], next = 0
    for span in spans {
      result += text[next..<span.lowerBound] + [mask]
      next = span.upperBound
    }
    return result + text[next...]
  }

  /// Sentences of a text, each with the mark that ends it.
  public func sentences(_ text: [Int]) -> [[Int]] {
    var result: [[Int]] = [[]]
    for token in text {
      result[result.count - 1].append(token)
      if stops.contains(token) { result.append([]) }
    }
    return result.filter { !$0.isEmpty }
  }

  public static func rotated(_ text: [Int], by count: Int) -> [Int] { Array(text[count...] + text[..<count]) }

  // MARK: the choices

  /// Spans of a text: lengths until the share is reached, in random places. Kept tokens and spans are shuffled among one another.
  func spans(_ count: Int, using generator: inout SeededGenerator) -> [Range<Int>] {
    let wanted = min(count, Int((rate * Double(count)).rounded()))
    var lengths: [Int] = [], taken = 0
    while taken < wanted {
      let next = min(generator.poisson(length), wanted - taken)
      lengths.append(next)
      taken += next
    }
    let order = generator.shuffled(Array(repeating: -1, count: count - taken) + lengths)
    var place = 0
    return order.compactMap { item in
      defer { place += item < 0 ? 1 : item }
      return item < 0 ? nil : place..<(place + item)
    }
  }

  /// The text after all noises.
  public func corrupted(_ text: [Int], using generator: inout SeededGenerator) -> [Int] {
    var text = text
    for noise in noises {
      switch noise {
      case .mask, .delete:
        let places = Set(text.indices.filter { _ in Double(generator.uniform()) < rate })
        // Something must be left to read.
        text = noise == .mask ? masked(text, at: places) : places.count < text.count ? TextDenoising.deleted(text, at: places) : text
      case .infill: text = infilled(text, spans(text.count, using: &generator))
      case .permute: text = generator.shuffled(sentences(text)).flatMap { $0 }
      case .rotate: text = text.isEmpty ? text : TextDenoising.rotated(text, by: generator.below(text.count))
      }
    }
    return text
  }

  /// `<s>` corrupted `</s>` → `<s>` text `</s>`; the decoder starts with `</s>`.
  public func example(_ text: [Int], corrupted: [Int]) -> Example {
    let begin = special[.begin].map { [$0] } ?? [], end = special[.end].map { [$0] } ?? []
    let said = begin + text + end
    var example = Example(end + said.dropLast(), targets: said, source: begin + corrupted + end)
    example.original = begin + text + end
    return example
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { sample -> Example in
      guard !sample.tokens.isEmpty else { throw ObjectiveFailure.tooShort(objective: name, tokens: 0, least: 1) }
      return example(sample.tokens, corrupted: corrupted(sample.tokens, using: &generator))
    }
    return try Batch(examples, filler: special.filler, divisor: divisor, readsBothWays: false, objective: name)
  }
}

extension SeededGenerator {
  /// A Poisson number, by counting how many uniform factors it takes to fall below e^(−mean) (Knuth 1969).
  mutating func poisson(_ mean: Double) -> Int {
    let bound = exp(-mean)
    var product = 1.0, count = -1
    repeat {
      product *= 1 - Double(next() >> 11) * 0x1p-53
      count += 1
    } while product > bound
    return count
  }
}
