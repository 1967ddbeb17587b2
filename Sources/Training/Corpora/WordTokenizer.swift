// A corpus's words as a published tokenizer.json: one token a word, read by Orrery and by the reference implementation alike.

import Files

extension WordList {
  /// The vocabulary as tokenizer.json writes it: model WordLevel, specials as added tokens. A text in prose is cut at punctuation as well, straight
  /// quotes open after a space or at the beginning and close elsewhere, and decoding puts the spaces where prose has them.
  /// - Parameters:
  ///   - begins: put `<bos>` before a text.
  ///   - ends: put `<eos>` after it.
  ///   - separates: put `<sep>` after it, between a source and what is to be said.
  public func tokenizerJSON(begins: Bool = false, ends: Bool = false, separates: Bool = false) -> String {
    JSON.encode(tokenizerTree(begins: begins, ends: ends, separates: separates), .pretty)
  }

  func tokenizerTree(begins: Bool = false, ends: Bool = false, separates: Bool = false) -> JSONTree {
    let specialIDs = indices.filter(self.special.isSpecial)
    return [
      "version": "1.0", "truncation": nil, "padding": nil,
      "added_tokens": .array(specialIDs.map { id in
        ["id": .int(id), "content": .string(self[id]), "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true]
      }),
      "normalizer": spelling == .spaced ? nil : Self.normalizer,
      "pre_tokenizer": spelling == .spaced
        ? ["type": "WhitespaceSplit"]
        : ["type": "Sequence", "pretokenizers": [["type": "WhitespaceSplit"], ["type": "Punctuation", "behavior": "Isolated"]]],
      "post_processor": postProcessor(first: begins ? special[.begin] : nil, last: ends ? special[.end] : separates ? special[.separator] : nil),
      "decoder": spelling == .spaced ? nil : Self.decoder,
      "model": [
        "type": "WordLevel", "vocab": .object(enumerated().map { ($1, .int($0)) }), // A word outside the list has no token: the reference refuses such a text.
        "unk_token": "<unk>",
      ],
    ]
  }

  private static let normalizer: JSONTree = [
    "type": "Sequence",
    "normalizers": [
      ["type": "Replace", "pattern": ["Regex": "(?:^|(?<=\\s))\""], "content": "“"], ["type": "Replace", "pattern": ["String": "\""], "content": "”"],
    ],
  ]

  private static let decoder: JSONTree = [
    "type": "Sequence",
    "decoders": .array(
      [["type": "WordPiece", "prefix": "##", "cleanup": false], ["type": "Fuse"]]
        + [(" .", "."), (" ,", ","), (" !", "!"), (" ?", "?"), (" ”", "”"), ("“ ", "“")].map { (from, to) -> JSONTree in
          ["type": "Replace", "pattern": ["String": .string(from)], "content": .string(to)]
        }),
  ]

  private func postProcessor(first: Int?, last: Int?) -> JSONTree {
    let used = [first, last].compactMap { $0 }
    guard !used.isEmpty else { return nil }
    func named(_ id: Int?) -> [JSONTree] { id.map { [["SpecialToken": ["id": .string(self[$0]), "type_id": 0]]] } ?? [] }
    func text(_ name: String) -> [JSONTree] { [["Sequence": ["id": .string(name), "type_id": 0]]] }
    return [
      "type": "TemplateProcessing", "single": .array(named(first) + text("A") + named(last)), "pair": .array(named(first) + text("A") + text("B") + named(last)),
      "special_tokens": .object(used.map { (self[$0], ["id": .string(self[$0]), "ids": [.int($0)], "tokens": [.string(self[$0])]]) }),
    ]
  }
}
