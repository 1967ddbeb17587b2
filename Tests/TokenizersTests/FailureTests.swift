import Files
import Testing
@testable import Tokenizers

@Suite struct FailureTests {
  static let words = #""model": {"type": "WordLevel", "vocab": {"a": 0}}"#

  private func message(_ text: String) throws -> String {
    let json = try parse(text)
    do {
      _ = try Tokenizer(json: json)
      return "no error"
    } catch { return error.description }
  }

  @Test(arguments: [
    ("[]", "tokenizer.json: expected a tokenizer as the tokenizers library writes it (an object with \"model\"), found an array"),
    ("{\"modell\": {}}", "tokenizer.json: \"model\" is missing; is \"modell\" meant to be it?"),
    ("{\"version\": \"2.0\", \(words)}", "tokenizer.json: version: version \"2.0\" of the format is unknown; version 1.0 is read here"),
    ("{\"model\": 3}", "tokenizer.json: model: expected an object, found a number"),
    ("{\"model\": {\"type\": \"WordPeace\", \"vocab\": {}}}", "tokenizer.json: model.type: the model \"WordPeace\" is unknown; did you mean WordPiece? (supported: BPE, WordPiece, Unigram, WordLevel)"),
    ("{\"model\": {\"type\": \"WordLevel\"}}", "tokenizer.json: model: \"vocab\" is missing; write the file again with a current tokenizers library"),
    ("{\"model\": {\"type\": \"WordLevel\", \"vocab\": []}}", "tokenizer.json: model.vocab: expected an object of tokens and ids, found an array"),
    ("{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": -1}}}", "tokenizer.json: model.vocab[\"a\"]: a token's id must be a whole number from 0 to 2147483647, found -1"),
    ("{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 2147483648}}}", "tokenizer.json: model.vocab[\"a\"]: a token's id must be a whole number from 0 to 2147483647, found 2147483648"),
    ("{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": \"b\"}}}", "tokenizer.json: model.vocab[\"a\"]: a token's id must be a whole number from 0 to 2147483647, found a string"),
    ("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a  b\"]}}", "tokenizer.json: model.merges[0]: a merge is two tokens, as \"a b\" or [\"a\", \"b\"], found \"a  b\""),
    ("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}", "tokenizer.json: model.merges[0]: a merge is two tokens, as \"a b\" or [\"a\", \"b\"], found an array"),
    ("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": [\"a b\"]}}", "tokenizer.json: model.merges[0]: the merge of \"a\" and \"b\" needs \"ab\", which is not in the vocabulary; vocabulary and merges are from different files"),
    ("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": {}}}", "tokenizer.json: model.merges: expected an array of merges, found an object"),
    ("{\"model\": {\"type\": \"Unigram\", \"vocab\": {}}}", "tokenizer.json: model.vocab: expected an array of tokens and scores, found an object"),
    ("{\"model\": {\"type\": \"Unigram\", \"vocab\": [[1, 2]]}}", "tokenizer.json: model.vocab[0]: expected a token and its score, found an array"),
    ("{\"model\": {\"type\": \"Unigram\", \"unk_id\": 5, \"vocab\": [[\"a\", 2]]}}", "tokenizer.json: model.unk_id: the unknown token's id 5 is outside the vocabulary of 1"),
    ("{\(words), \"normalizer\": {\"type\": \"NFKE\"}}", "tokenizer.json: normalizer.type: the normalizer \"NFKE\" is unknown; did you mean NFKC? (supported: BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Replace, Prepend, Precompiled, Nmt, ByteLevel, Sequence)"),
    ("{\(words), \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Strip\", \"strip_left\": 1}]}}", "tokenizer.json: normalizer.normalizers[0].strip_left: expected true or false, found a number"),
    ("{\(words), \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"???\"}}", "tokenizer.json: normalizer.precompiled_charsmap: the character map is not base64; the file is damaged, fetch it again"),
    ("{\(words), \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"////fwAA\"}}", "tokenizer.json: normalizer.precompiled_charsmap: the character map ends inside its trie; the file is damaged, fetch it again"),
    ("{\(words), \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"BAAAAAAAAAD/\"}}", "tokenizer.json: normalizer.precompiled_charsmap: the replacements of the character map are not UTF-8; the file is damaged, fetch it again"),
    ("{\(words), \"pre_tokenizer\": {\"type\": \"BiteLevel\"}}", "tokenizer.json: pre_tokenizer.type: the pre-tokenizer \"BiteLevel\" is unknown; did you mean ByteLevel? (supported: ByteLevel, Whitespace, WhitespaceSplit, BertPreTokenizer, Metaspace, Split, Punctuation, Digits, CharDelimiterSplit, UnicodeScripts, FixedLength, Sequence)"),
    ("{\(words), \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"a(b\"}, \"behavior\": \"Isolated\"}}", "tokenizer.json: pre_tokenizer.pattern.Regex: the pattern \"a(b\" cannot be used: at character 2: \"(\" is never closed"),
    ("{\(words), \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"Gone\"}}", "tokenizer.json: pre_tokenizer.behavior: \"Gone\" is none of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"),
    ("{\(words), \"pre_tokenizer\": {\"type\": \"FixedLength\", \"length\": 0}}", "tokenizer.json: pre_tokenizer: expected a number from 1, found 0"),
    ("{\(words), \"pre_tokenizer\": {\"type\": \"CharDelimiterSplit\", \"delimiter\": \"ab\"}}", "tokenizer.json: pre_tokenizer.delimiter: expected a single character, found \"ab\""),
    ("{\(words), \"pre_tokenizer\": {\"type\": \"Metaspace\", \"add_prefix_space\": false, \"prepend_scheme\": \"first\"}}", "tokenizer.json: pre_tokenizer: \"add_prefix_space\": false contradicts \"prepend_scheme\": \"first\"; remove one of the two"),
    ("{\(words), \"post_processor\": {\"type\": \"Bert\"}}", "tokenizer.json: post_processor.type: the post-processor \"Bert\" is unknown (supported: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence)"),
    ("{\(words), \"post_processor\": {\"type\": \"BertProcessing\", \"cls\": [\"a\"], \"sep\": [\"b\", 1]}}", "tokenizer.json: post_processor.cls: expected a token and its id, found an array of 1"),
    ("{\(words), \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"[X]\"}}], \"pair\": []}}", "tokenizer.json: post_processor.single[0].SpecialToken.id: the template uses \"[X]\", which its \"special_tokens\" do not define"),
    ("{\(words), \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": {\"id\": \"B\"}}], \"pair\": []}}", "tokenizer.json: post_processor.single[0].Sequence.id: the text \"B\" is neither A nor B"),
    ("{\(words), \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [], \"pair\": [], \"special_tokens\": {\"x\": {\"ids\": [1], \"tokens\": []}}}}", "tokenizer.json: post_processor.special_tokens.x: 1 ids do not go with 0 tokens"),
    ("{\(words), \"decoder\": {\"type\": \"Fuze\"}}", "tokenizer.json: decoder.type: the decoder \"Fuze\" is unknown; did you mean Fuse? (supported: ByteLevel, WordPiece, Metaspace, BPEDecoder, ByteFallback, Fuse, Strip, Replace, CTC, Sequence)"),
    ("{\(words), \"decoder\": {\"type\": \"Strip\", \"content\": \"a\", \"start\": -1, \"stop\": 0}}", "tokenizer.json: decoder.start: expected a whole number from 0, found a number"),
    ("{\(words), \"added_tokens\": [{\"content\": 4}]}", "tokenizer.json: added_tokens[0].content: expected a string, found a number"),
    ("{\(words), \"added_tokens\": 4}", "tokenizer.json: added_tokens: expected an array, found a number"),
  ])
  func everyMessage(_ text: String, _ expected: String) throws {
    #expect(try message(text) == expected)
  }

  @Test func aFileIsNamedWithLineAndColumn() throws {
    let path = try temporaryFolder() + "/tokenizer.json"
    try write("{\n  \"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}},\n  \"decoder\": {\"type\": \"None\"}\n}", to: path)
    do {
      _ = try Tokenizer(path: path)
      Issue.record("no error")
    } catch let error as TokenizerFailure {
      #expect(error.description.hasPrefix("\(path):3:23: decoder.type: the decoder \"None\" is unknown"))
    }
  }

  @Test(arguments: [
    ("a)", "\")\" closes nothing", 1), ("*a", "nothing stands before the repetition \"*\"", 0), ("a{3,2}", "the repetition {3,2} counts down", 1),
    ("a{1001}", "a repetition of more than 1000 times", 1), ("[a", "\"[\" is never closed", 0), ("[b-a]", "the range in \"[…]\" runs backwards", 2),
    ("\\", "the pattern ends in a backslash", 0), ("(a)\\1", "\"\\1\" is not supported", 3), ("(?<=a+)b", "looking back needs a bounded length", 0),
    ("\\pL", "a property needs braces, as in \\p{L}", 0), ("\\p{L", "\"\\p{\" is never closed", 0), ("(?x)a", "the group \"(?x\" is not supported", 0),
    ("\\x{110000}", "this hexadecimal escape is no character", 0), ("(?#a", "the comment is never closed", 0), ("(?<n", "the group's name is never closed", 0),
    ("((a{1000}){1000}){1000}", "the repetitions of the pattern unfold into more than 20000 steps", 0), ("\\c", "\"\\c\" is not supported", 0),
    ("\\p{Lx}", "an unknown property \"Lx\"; there are the general categories (L, Lu, Nd, P, …), Any, Alpha, Alnum, Digit, Punct, Space, Word and the scripts (Han, Hiragana, Hangul, Latin, …)", 0),
    ("[[:abc:]]", "an unknown class \"[:…:]\"; there are alnum, alpha, blank, cntrl, digit, lower, punct, space, upper, word, xdigit", 1),
    (String(repeating: "(", count: 200), "more than 100 groups inside each other", 100), (String(repeating: "a", count: 10_001), "the pattern has more than 10000 characters", 0),
  ])
  func everyPatternProblem(_ pattern: String, _ what: String, _ at: Int) {
    do throws(PatternParser.Problem) {
      _ = try Pattern(regex: ByteString(pattern))
      Issue.record("no error for \(pattern)")
    } catch {
      #expect(error == PatternParser.Problem(at: at, what: what))
    }
  }
}
