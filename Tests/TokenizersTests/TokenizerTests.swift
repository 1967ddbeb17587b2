import Files
import Testing
import Tokenizers

@Suite struct TokenizerTests {
  @Test func halfACharacterIsHeldBack() throws {
    let tokenizer = try Tokenizer(json: Fixtures.tokenizer("gpt2"))
    let ids = tokenizer.encode("é👍").ids
    var stream = StreamDecoder(tokenizer)
    let parts = ids.map { stream.next($0) }
    #expect(ids.count > 2)
    #expect(parts.filter { !$0.isEmpty } == ["é", "👍"])
    #expect(stream.next(ids.last!) == "")
    #expect(stream.finish() == "\u{FFFD}")
  }

  /// As the reference: without an unknown token what the vocabulary lacks is dropped; here it can be asked what.
  @Test func whatIsInNoTokenIsKnown() throws {
    let tokenizer = try Tokenizer(json: try parse(
      #"{"pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}"#))
    func left(_ tokenizer: Tokenizer, _ text: String) -> [String] { tokenizer.leftOut(of: text, encodedAs: tokenizer.encode(text)) }
    #expect(tokenizer.encode("azb é zz b").ids == [2, 1])
    #expect(left(tokenizer, "azb é zz b") == ["z", "é"])
    #expect(left(tokenizer, "ab b") == [])
    // A vocabulary of words: what is missing are words, not the letters of those that are there.
    let words = try Tokenizer(json: try parse(
      #"{"pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"the": 0, "cat": 1}}}"#))
    #expect(words.encode("Once the cat, there").ids == [0, 1] && left(words, "Once the cat, there") == ["Once", ",", "there"])
    let gpt2 = try Tokenizer(json: Fixtures.tokenizer("gpt2"))
    #expect(left(gpt2, "é👍 \u{1} नमस्ते") == [])
  }

  @Test func textsAreComparedAsBytes() throws {
    let json = try parse(
      #"{"model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "é": 1, "e\#u{301}": 2}}}"#)
    let tokenizer = try Tokenizer(json: json)
    #expect(tokenizer.encode("é").ids == [1])
    #expect(tokenizer.encode("e\u{301}").ids == [2])
  }

  @Test func invalidUTF8CountsAsReplacementCharacters() throws {
    let tokenizer = try Tokenizer(json: Fixtures.tokenizer("gpt2"))
    let encoding = tokenizer.encode([0x61, 0xE4, 0xBD, 0x62, 0xFF])
    #expect(encoding.ids == tokenizer.encode("a\u{FFFD}b\u{FFFD}").ids)
    #expect(tokenizer.decode(encoding.ids) == "a\u{FFFD}b\u{FFFD}")
  }

  @Test func tokensAndIDs() throws {
    let tokenizer = try Tokenizer(json: Fixtures.tokenizer("roberta"))
    #expect(tokenizer.kind == "BPE")
    #expect(tokenizer.id(of: "<mask>") == 3)
    #expect(tokenizer.token(3) == "<mask>")
    #expect(tokenizer.token(-1) == nil)
    #expect(tokenizer.token(1 << 40) == nil)
    #expect(tokenizer.id(of: "nothing of that kind") == nil)
    #expect(tokenizer.idLimit == tokenizer.vocabularySize)
    #expect(tokenizer.decode([1, -5, 1 << 40, 2]) == "")
    #expect(tokenizer.decode([1, 2], skipSpecial: false) == "<s></s>")
    #expect(tokenizer.encode("x", addSpecial: false).ids.count + 2 == tokenizer.encode("x").ids.count)
    #expect(tokenizer.addedTokens.prefix(4).map(\.content) == ["<unk>", "<s>", "</s>", "<mask>"])
  }

  @Test func vocabulariesMayHaveGaps() throws {
    let json = try parse(#"{"model": {"type": "WordLevel", "vocab": {"a": 2000000000, "b": 7}}, "added_tokens": [{"content": "c"}]}"#)
    let tokenizer = try Tokenizer(json: json)
    #expect(tokenizer.encode("a").ids == [2_000_000_000])
    #expect(tokenizer.token(2_000_000_000) == "a")
    #expect(tokenizer.token(8) == nil)
    #expect(tokenizer.id(of: "c") == 2)
    #expect(tokenizer.idLimit == 2_000_000_001)
    #expect(tokenizer.encode("unknown").ids == [])
  }

  @Test func rolesComeFromTheFilesBeside() throws {
    let folder = Path.join(try temporaryFolder(), "model")
    try makeFolder(folder)
    try write("{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"[MASK]\": 5, \"</s>\": 6}}}", to: folder + "/tokenizer.json")
    try write("{\"mask_token\": {\"content\": \"[MASK]\"}, \"eos_token\": \"</s>\", \"pad_token\": null}", to: folder + "/tokenizer_config.json")
    try write("{\"eos_token\": \"other\", \"unk_token\": \"[UNK]\"}", to: folder + "/special_tokens_map.json")
    let tokenizer = try Tokenizer(path: folder)
    #expect(tokenizer.roles.contents == ["mask_token": "[MASK]", "eos_token": "</s>", "unk_token": "[UNK]"])
    #expect(tokenizer.maskID == 5)
    #expect(tokenizer.eosID == 6)
    #expect(tokenizer.unknownID == nil)
    #expect(tokenizer.padID == nil)
  }

  /// A piece of a hundred thousand characters, in every kind of model: no quadratic step, no deep recursion.
  @Test func longPiecesAreRead() throws {
    for name in ["gpt2", "llama2", "bert", "t5", "gpt1", "words"] {
      let tokenizer = try Tokenizer(json: Fixtures.tokenizer(name))
      for unit in ["a", " ", "é", "ab", "\n"] {
        let text = String(repeating: unit, count: 100_000)
        #expect(tokenizer.encode(text).count >= 1 || unit == " " || unit == "\n", "\(name) \(unit.debugDescription)")
      }
    }
  }

  /// A pattern that would take exponential time is cut off.
  @Test func aRunawayPatternEnds() throws {
    let json = try parse(
      #"{"model": {"vocab": [["<unk>", 0]], "unk_id": 0}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a|a)*b"}, "behavior": "Isolated"}}"#)
    #expect(try Tokenizer(json: json).encode(String(repeating: "a", count: 60)).count == 1)
  }
}
