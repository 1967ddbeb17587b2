import Files

/// Why a tokenizer.json cannot be used: one line with the place, the reason and what to do.
public struct TokenizerFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  /// Both from 1; nil when the text is not at hand.
  public let line: Int?
  public let column: Int?
  /// Keys from the top, as in `pre_tokenizer.pretokenizers[1]`.
  public let place: String
  public let problem: Problem

  public enum Problem: Equatable, Sendable {
    case notObject(found: String)
    case missing(key: String, nearest: String?)
    case wrongKind(expected: String, found: String)
    case unknownValue(String, allowed: [String])
    case unknownComponent(stage: String, name: String, supported: [String])
    case unsupportedVersion(String)
    case pattern(String, at: Int, what: String)
    case charsmap(Charsmap)
    case badID(String)
    case badMerge(String)
    case mergeOutOfVocabulary(token: String, left: String, right: String)
    case unknownOutOfRange(Int, count: Int)
    case templateToken(String)
    case templateText(String)
    case unequalLists(ids: Int, tokens: Int)
    case notOneCharacter(String)
    case notPositive(Int)
    case contradiction(String)

    public enum Charsmap: Equatable, Sendable { case notBase64, tooShort, replacementsNotUTF8 }
  }

  public var description: String {
    let position = line.map { ":\($0):\(column ?? 1)" } ?? ""
    return "\(file)\(position): " + (place.isEmpty ? "" : place + ": ") + problem.wording
  }
}

extension TokenizerFailure.Problem {
  var wording: String {
    switch self {
    case .notObject(let found): "expected a tokenizer as the tokenizers library writes it (an object with \"model\"), found \(found)"
    case .missing(let key, let nearest?): "\"\(key)\" is missing; is \"\(nearest)\" meant to be it?"
    case .missing(let key, nil): "\"\(key)\" is missing; write the file again with a current tokenizers library"
    case .wrongKind(let expected, let found): "expected \(expected), found \(found)"
    case .unknownValue(let value, let allowed): "\"\(value)\" is none of \(allowed.joined(separator: ", "))"
    case .unknownComponent(let stage, let name, let supported):
      "the \(stage) \"\(name)\" is unknown\(Suggestion.clause(for: name, in: supported)) (supported: \(supported.joined(separator: ", ")))"
    case .unsupportedVersion(let version): "version \"\(version)\" of the format is unknown; version 1.0 is read here"
    case .pattern(let pattern, let at, let what):
      "the pattern \"\(pattern)\" cannot be used: at character \(at + 1): \(what)"
    case .charsmap(.notBase64): "the character map is not base64; the file is damaged, fetch it again"
    case .charsmap(.tooShort): "the character map ends inside its trie; the file is damaged, fetch it again"
    case .charsmap(.replacementsNotUTF8): "the replacements of the character map are not UTF-8; the file is damaged, fetch it again"
    case .badID(let found): "a token's id must be a whole number from 0 to 2147483647, found \(found)"
    case .badMerge(let text): "a merge is two tokens, as \"a b\" or [\"a\", \"b\"], found \(text)"
    case .mergeOutOfVocabulary(let token, let left, let right):
      "the merge of \"\(left)\" and \"\(right)\" needs \"\(token)\", which is not in the vocabulary; vocabulary and merges are from different files"
    case .unknownOutOfRange(let id, let count): "the unknown token's id \(id) is outside the vocabulary of \(count)"
    case .templateToken(let name): "the template uses \"\(name)\", which its \"special_tokens\" do not define"
    case .templateText(let name): "the text \"\(name)\" is neither A nor B"
    case .unequalLists(let ids, let tokens): "\(ids) ids do not go with \(tokens) tokens"
    case .notOneCharacter(let text): "expected a single character, found \"\(text)\""
    case .notPositive(let value): "expected a number from 1, found \(value)"
    case .contradiction(let text): text
    }
  }
}
