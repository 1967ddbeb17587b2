import Files

extension Tokenizer {
  /// Reads a tokenizer.json, or the one in a folder. Throws `TokenizerFailure`, `JSON.Failure` or `FileFailure`.
  ///
  /// The roles of its tokens come from tokenizer_config.json and special_tokens_map.json beside it, where they are.
  public init(path: String) throws {
    let path = Path.isFolder(path) ? Path.join(path, "tokenizer.json") : path
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    let json = try JSON.parse(file.bytes, name: path)
    do throws(Field.Failure) {
      try self.init(Field(json: json, place: ""))
    } catch {
      let (line, column) = JSON.position(of: error.offset, in: file.bytes)
      throw TokenizerFailure(file: path, line: line, column: column, place: error.place, problem: error.problem)
    }
    roles = TokenRoles(folder: Path.folder(of: path))
  }

  /// From JSON that has been read; `name` is what errors name.
  public init(json: JSON, name: String = "tokenizer.json") throws(TokenizerFailure) {
    do throws(Field.Failure) {
      try self.init(Field(json: json, place: ""))
    } catch {
      throw TokenizerFailure(file: name, line: nil, column: nil, place: error.place, problem: error.problem)
    }
  }

  private init(_ field: Field) throws(Field.Failure) {
    guard field.json.members != nil else { throw field.failure(.notObject(found: field.json.kind)) }
    if let version = field.optional("version") {
      let name = try version.text().string
      guard name == "1.0" else { throw version.failure(.unsupportedVersion(name)) }
    }
    model = try TokenModel(field.required("model"))
    if let part = field.optional("normalizer") { normalizer = try Normalizer(part) } else { normalizer = nil }
    if let part = field.optional("pre_tokenizer") { preTokenizer = try PreTokenizer(part) } else { preTokenizer = nil }
    if let part = field.optional("post_processor") { postProcessor = try PostProcessor(part) } else { postProcessor = nil }
    if let part = field.optional("decoder") { decoder = try Decoder(part) } else { decoder = nil }
    var entries: [AddedTokens.Entry] = []
    for token in try field.optional("added_tokens")?.array() ?? [] {
      let isSpecial = try token.bool("special", default: false)
      entries.append(
        AddedTokens.Entry(
          content: try token.required("content").text(), isSpecial: isSpecial,
          stripsLeft: try token.bool("lstrip", default: false), stripsRight: try token.bool("rstrip", default: false),
          standsAlone: try token.bool("single_word", default: false),
          isNormalized: try token.bool("normalized", default: !isSpecial)))
    }
    added = AddedTokens(entries, model: model, normalizer: normalizer)
  }
}
