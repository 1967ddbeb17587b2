import Files
import Testing
import Tokenizers

/// What the reference library gave for the same texts, in full: ids, tokens, offsets, marks, types, decoded text.
@Suite struct ReferenceTests {
  @Test func trainedTokenizersOfEveryKind() throws {
    let texts = try Fixtures.texts()
    for fixture in try Fixtures.read("models.json") {
      let name = fixture["name"]!.string!
      let tokenizer = try Tokenizer(json: fixture["tokenizer"]!)
      for (text, expected) in zip(texts, fixture["encodings"]!.array!) {
        let parts = expected.array!
        let encoding = tokenizer.encode(text.bytes)
        let label: Comment = "\(name): \(text.debug)"
        #expect(encoding.ids == parts[0].ints, label)
        #expect(encoding.tokens == parts[1].strings, label)
        #expect(encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == parts[2].array!.map(\.ints), label)
        #expect(encoding.isSpecial.map { $0 ? 1 : 0 } == parts[3].ints, label)
        #expect(encoding.typeIDs == parts[4].ints, label)
        #expect(ByteString(bytes: tokenizer.decodeBytes(encoding.ids)) == parts[5].text!, label)
      }
      for (pair, expected) in zip(fixture["pairs"]!.array!, fixture["pairEncodings"]!.array!) {
        let encoding = tokenizer.encode(pair: pair.array![0].string!, pair.array![1].string!)
        let parts = expected.array!.map(\.ints)
        #expect([encoding.ids, encoding.isSpecial.map { $0 ? 1 : 0 }, encoding.typeIDs] == parts, "\(name), pair")
      }
    }
  }

  /// Normalisers, pre-tokenizers, patterns and added tokens one by one: every token is a piece.
  @Test func everyStageAlone() throws {
    let texts = try Fixtures.texts()
    for fixture in try Fixtures.read("stages.json") {
      let tokenizer = try Tokenizer(json: fixture["tokenizer"]!)
      for (text, expected) in zip(texts, fixture["encodings"]!.array!) {
        let parts = expected.array!
        let encoding = tokenizer.encode(text.bytes)
        let label: Comment = "\(fixture["name"]!.string!): \(text.debug)"
        #expect(encoding.ids == parts[0].ints, label)
        #expect(encoding.tokens == parts[1].strings, label)
        #expect(encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == parts[2].array!.map(\.ints), label)
      }
    }
  }

  @Test func everyDecoderAlone() throws {
    for fixture in try Fixtures.read("decoders.json") {
      let tokenizer = try Tokenizer(json: fixture["tokenizer"]!)
      for (ids, expected) in zip(fixture["ids"]!.array!, fixture["texts"]!.array!) {
        let text = ByteString(bytes: tokenizer.decodeBytes(ids.ints))
        #expect(text == expected.text!, "\(fixture["name"]!.string!): \(ids.ints)")
      }
    }
  }

  /// Token by token gives what the whole gives.
  @Test func streamedTextIsTheText() throws {
    for fixture in try Fixtures.read("models.json") {
      let tokenizer = try Tokenizer(json: fixture["tokenizer"]!)
      for text in try Fixtures.texts() {
        let ids = tokenizer.encode(text.bytes).ids
        var stream = StreamDecoder(tokenizer)
        var streamed = ids.reduce(into: "") { $0 += stream.next($1) }
        streamed += stream.finish()
        let whole = tokenizer.decode(ids)
        #expect(ByteString(streamed) == ByteString(whole), "\(fixture["name"]!.string!): \(text.debug)")
      }
    }
  }
}

extension ByteString {
  var debug: String { string.debugDescription }
}
