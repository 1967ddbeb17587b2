// A corpus from a text file: one sample a line, `source⇥text` or `text`. Its law is not known, so it has no floor. Every line is checked when the file
// is read, not in the middle of a run.

import Files
import Tensors
import Tokenizers

/// The lines of a file. Lines that repeat count once; every tenth of the rest is held out (of fewer than ten, the last).
public struct FileCorpus: Corpus {
  public let name: String
  public var about: String { "\(training.count + heldOut.count) lines of a file" }
  public let words: [String]
  public let vocabulary: WordList
  public let training, heldOut: [Sample]
  public var floor: Double? { nil }
  public let longest: Extent?

  /// With whole words. Texts end with `<eos>`, if the vocabulary has it.
  /// - Parameter vocabulary: nil: the words of the file, in the order of their first use, behind the usual specials.
  /// - Throws: `CorpusFailure` (no line, a word outside of the vocabulary), `FileFailure`.
  public init(path: String, vocabulary: WordList? = nil) throws {
    let lines = try Self.lines(path)
    let list = vocabulary ?? WordList(lines.flatMap { $0.text.split(whereSeparator: \.isWhitespace).map(String.init) })
    try self.init(path, lines, list.list, list) { text, line in
      guard let tokens = list.tokens(of: text) else {
        let word = list.firstUnknown(in: text) ?? text
        throw CorpusFailure.unknownWord(file: path, line: line, word: word, nearest: Suggestion.nearest(to: word, in: list.list))
      }
      return tokens
    }
  }

  /// With a published tokenizer. A piece between spaces that it cannot write is an error.
  public init(path: String, tokenizer: Tokenizer) throws {
    let words = (0..<tokenizer.idLimit).map { tokenizer.token($0)?.string ?? "" }
    let unknown = Set(["<unk>", "[UNK]"].compactMap { tokenizer.id(of: $0) })
    try self.init(path, Self.lines(path), words, WordList(specials: [], words)) { text, line in
      for piece in text.split(whereSeparator: \.isWhitespace) {
        let ids = tokenizer.encode(String(piece), addSpecial: false).ids
        if ids.isEmpty || ids.contains(where: unknown.contains) {
          throw CorpusFailure.unknownWord(file: path, line: line, word: String(piece), nearest: Suggestion.nearest(to: String(piece), in: words))
        }
      }
      return tokenizer.encode(text, addSpecial: false).ids
    }
  }

  private init(
    _ path: String, _ lines: [(number: Int, text: String)], _ words: [String], _ vocabulary: WordList, encode: (String, Int) throws -> [Int]
  ) throws {
    let end = SpecialTokens(words)[.end]
    var samples: [Sample] = [], seen = Set<[[Int]]>()
    for (number, text) in lines {
      let sides = try text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false).map { try encode(String($0), number) }
      let tokens = sides[sides.count - 1]
      let sample = Sample(tokens + (end.map { tokens.last == $0 ? [] : [$0] } ?? []), source: sides.count > 1 ? sides[0] : [])
      if seen.insert([sample.source, sample.tokens]).inserted { samples.append(sample) }
    }
    guard samples.count > 1 else { throw CorpusFailure.tooFewLines(path, lines: samples.count) }
    let holds = { (n: Int) in samples.count < 10 ? n == samples.count - 1 : n % 10 == 9 }
    training = samples.indices.filter { !holds($0) }.map { samples[$0] }
    heldOut = samples.indices.filter(holds).map { samples[$0] }
    longest = Extent(source: samples.map(\.source.count).max() ?? 0, text: samples.map(\.tokens.count).max() ?? 0)
    (name, self.words, self.vocabulary) = (path, words, vocabulary)
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample { generator.pick(part == .training ? training : heldOut) }

  /// The lines with something on them.
  private static func lines(_ path: String) throws -> [(number: Int, text: String)] {
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .map { (number: $0 + 1, text: String($1.last == "\r" ? $1.dropLast() : $1)) }
      .filter { !$0.text.allSatisfy(\.isWhitespace) && !$0.text.hasPrefix("# ") }
    guard !lines.isEmpty else { throw CorpusFailure.emptyFile(path) }
    return lines
  }
}

extension Corpus {
  /// A sample as a line of a file: what it has of source, text, rejected text and label, with tabs between; numbers with commas and semicolons;
  /// answers behind their words as `word/answer`.
  public func line(_ sample: Sample) -> String {
    let list = vocabulary
    var parts: [String] = []
    if !sample.source.isEmpty { parts.append(text(of: sample.source)) }
    if sample.answers.isEmpty { parts.append(text(of: sample.tokens)) }
    else {
      parts.append(zip(sample.tokens, sample.answers).map { list[$0] + ($1 == Batch.none ? "" : "/" + list[$1]) }.joined(separator: " "))
    }
    if !sample.rejected.isEmpty { parts.append(text(of: sample.rejected)) }
    if let label = sample.label { parts.append("\(label)") }
    if !sample.numbers.isEmpty { parts = [sample.numbers.map { $0.map { "\($0)" }.joined(separator: ", ") }.joined(separator: "; ")] }
    return parts.joined(separator: "\t")
  }
}
