// The tales in the tokens of a published tokenizer: the same texts, the same law.

import Foundation
import Testing

@testable import Training

@Suite struct TokenizedTalesTests {
  private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private var tokenizer: String { root.appendingPathComponent("lessons/models/stories/tokenizer.json").path }

  @Test func tellsTheSameStoriesUnderTheSameLaw() throws {
    let cut = try TokenizedTales(tokenizer: tokenizer), whole = TalesCorpus()
    let end = try #require(cut.vocabulary.special[.end])
    for (pieces, words) in zip(cut.samples(40, .heldOut, seed: 5), whole.samples(40, .heldOut, seed: 5)) {
      #expect(cut.text(of: pieces.tokens) == whole.text(of: words.tokens))
      #expect(pieces.tokens.last == end && cut.problem(in: pieces.tokens) == nil)
      #expect(cut.nats(of: pieces.tokens) == whole.nats(of: words.tokens) && cut.nats(of: pieces.tokens).isFinite)
      #expect(pieces.tokens.count <= cut.longest!.text)
    }
    // Rarer words are in pieces, so there are more tokens than words.
    let count = { (samples: [Sample]) in samples.reduce(0) { $0 + $1.tokens.count } }
    #expect(count(cut.samples(200, .training, seed: 1)) > count(whole.samples(200, .training, seed: 1)))
    #expect(cut.publishedTokenizer == (try String(contentsOfFile: tokenizer, encoding: .utf8)))
  }

  @Test func judgesTexts() throws {
    let cut = try TokenizedTales(tokenizer: tokenizer)
    let story = cut.samples(1, .heldOut, seed: 5)[0].tokens
    #expect(cut.problem(in: Array(story.dropLast(3)))?.contains("expected") == true)
    #expect(cut.nats(of: Array(story.dropLast(3))) == .infinity)
    #expect(cut.problem(in: [story[0], 40]) != nil)
    // A space too many is no story, whatever its words.
    let space = try #require(cut.words.firstIndex(of: "Ġ"))
    let spaced = [story[0], space] + story.dropFirst()
    #expect(cut.problem(in: spaced) != nil)
  }

  @Test func badTokenizersAreOneLine() throws {
    #expect(throws: (any Error).self) { try Corpora.named("tales(tokenizer: none.json)") }
    let encoder = root.appendingPathComponent("lessons/models/bert-stories/tokenizer.json").path
    _ = try TokenizedTales(tokenizer: encoder)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: folder) }
    try #"{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}"#
      .write(to: folder, atomically: true, encoding: .utf8)
    do {
      _ = try Corpora.named("tales(tokenizer: \(folder.path))")
      Issue.record("a tokenizer without an end token was taken")
    } catch {
      #expect("\(error)" == "the corpus tales: \(folder.path) has no end token, and a story ends somewhere")
    }
  }
}
