// The tokens that play a part of their own in an objective: found in a vocabulary by their names.

/// A vocabulary as objectives see it: its words, and which of them are masks, separators, sentinels.
public struct SpecialTokens: Sendable, Equatable {
  /// The words in the order of their ids.
  public let words: [String]
  /// Ids by role.
  public private(set) var ids: [Role: Int] = [:]
  /// `<extra_id_0>`, `<extra_id_1>`, … in this order.
  public let sentinels: [Int]
  /// Ids of words, no specials: what a corruption may put in a word's place.
  public let plain: [Int]
  private let isSpecial: [Bool]

  public enum Role: String, Sendable, CaseIterable {
    case padding, begin, end, mask, separator, classifier
    /// Around the contents of a blank (GLM).
    case spanStart = "span start", spanEnd = "span end"

    /// The names under which vocabularies know it.
    public var names: [String] {
      switch self {
      case .padding: ["<pad>", "[PAD]", "<|pad|>"]
      case .begin: ["<bos>", "<s>", "[BOS]", "<|startoftext|>", "<|begin_of_text|>"]
      case .end: ["<eos>", "</s>", "[EOS]", "<|endoftext|>", "<|end_of_text|>"]
      case .mask: ["<mask>", "[MASK]", "[M]", "<|mdm_mask|>"]
      case .separator: ["<sep>", "[SEP]"]
      case .classifier: ["<cls>", "[CLS]"]
      case .spanStart: ["<sop>", "[S]", "<|startofpiece|>"]
      case .spanEnd: ["<eop>", "[E]", "<|endofpiece|>"]
      }
    }

    var described: String {
      switch self {
      case .spanStart: "a token for the start of a span"
      case .spanEnd: "a token for the end of a span"
      case .end: "an end token"
      case .mask: "a mask token"
      default: "a \(rawValue) token"
      }
    }
  }

  public init(_ words: [String]) {
    self.words = words
    var known: [String: Int] = [:]
    for (id, word) in words.enumerated() where known[word] == nil { known[word] = id }
    for role in Role.allCases { ids[role] = role.names.lazy.compactMap { known[$0] }.first }
    var sentinels: [Int] = []
    while let id = known["<extra_id_\(sentinels.count)>"] { sentinels.append(id) }
    self.sentinels = sentinels
    isSpecial = words.map { $0.utf8.count > 2 && (($0.hasPrefix("<") && $0.hasSuffix(">")) || ($0.hasPrefix("[") && $0.hasSuffix("]"))) }
    plain = words.indices.filter { [isSpecial] in !isSpecial[$0] }
  }

  public subscript(role: Role) -> Int? {
    get { ids[role] }
    set { ids[role] = newValue }
  }

  /// Whether a token is no word of the text.
  public func isSpecial(_ id: Int) -> Bool { isSpecial.indices.contains(id) && isSpecial[id] }

  /// The id of a role.
  /// - Throws: `ObjectiveFailure.noToken`.
  public func required(_ role: Role, by objective: String) throws -> Int {
    guard let id = ids[role] else { throw ObjectiveFailure.noToken(objective: objective, role.described, names: role.names) }
    return id
  }

  /// What is put where no token is: it is neither read nor counted.
  var filler: Int { ids[.padding] ?? 0 }

  /// Ids of the marks that end a sentence.
  var stops: Set<Int> { Set(words.indices.filter { [".", "?", "!", "。", "？", "！"].contains(words[$0]) }) }

  /// A token as a table shows it.
  public func word(_ id: Int) -> String { words.indices.contains(id) ? words[id] : "\(id)" }
}
