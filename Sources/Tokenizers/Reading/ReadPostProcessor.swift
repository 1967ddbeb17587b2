import Files

extension PostProcessor {
  init(_ field: Field) throws(Field.Failure) {
    let type = try field.required("type")
    switch try type.text() {
    case "Sequence":
      var parts: [PostProcessor] = []
      for part in try field.required("processors").array() { parts.append(try PostProcessor(part)) }
      self = .sequence(parts)
    case "ByteLevel":
      self = .byteLevel(
        trimsOffsets: try field.bool("trim_offsets", default: true), addsSpace: try field.bool("add_prefix_space", default: true))
    case "BertProcessing":
      self = .bert(cls: try SpecialToken(field.required("cls")), sep: try SpecialToken(field.required("sep")))
    case "RobertaProcessing":
      self = .roberta(
        cls: try SpecialToken(field.required("cls")), sep: try SpecialToken(field.required("sep")),
        trimsOffsets: try field.bool("trim_offsets", default: true), addsSpace: try field.bool("add_prefix_space", default: true))
    case "TemplateProcessing":
      let tokens = try PostProcessor.specials(field)
      self = .template(
        single: try PostProcessor.pieces(field.required("single"), tokens, texts: 1),
        pair: try PostProcessor.pieces(field.required("pair"), tokens, texts: 2))
    case let name:
      throw type.failure(.unknownComponent(stage: "post-processor", name: name.string, supported: PostProcessor.names))
    }
  }

  /// `{"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}}`
  private static func specials(_ field: Field) throws(Field.Failure) -> [ByteString: [SpecialToken]] {
    var result: [ByteString: [SpecialToken]] = [:]
    guard let all = field.optional("special_tokens") else { return result }
    guard let members = all.json.members else {
      throw all.failure(.wrongKind(expected: "an object", found: all.json.kind))
    }
    for member in members {
      let entry = Field(json: member.value, place: all.place + "." + member.key.string)
      let ids = try entry.required("ids").array()
      let tokens = try entry.required("tokens").array()
      guard ids.count == tokens.count else { throw entry.failure(.unequalLists(ids: ids.count, tokens: tokens.count)) }
      var list: [SpecialToken] = []
      for (id, token) in zip(ids, tokens) { list.append(SpecialToken(token: try token.text(), id: Int(try id.id()))) }
      result[member.key] = list
    }
    return result
  }

  /// A list of `{"Sequence": {"id": "A", "type_id": 0}}` and `{"SpecialToken": {"id": "[SEP]", "type_id": 0}}`.
  private static func pieces(_ field: Field, _ tokens: [ByteString: [SpecialToken]], texts: Int) throws(Field.Failure) -> [Piece] {
    var result: [Piece] = []
    for item in try field.array() {
      if let text = item.optional("Sequence") {
        let id = try text.required("id")
        let type = try text.optional("type_id")?.natural() ?? 0
        switch try id.text() {
        case "A": result.append(.text(0, type: type))
        case "B" where texts == 2: result.append(.text(1, type: type))
        case let name: throw id.failure(.templateText(name.string))
        }
      } else {
        let special = try item.required("SpecialToken")
        let id = try special.required("id")
        let name = try id.text()
        guard let list = tokens[name] else { throw id.failure(.templateToken(name.string)) }
        result.append(.special(list, type: try special.optional("type_id")?.natural() ?? 0))
      }
    }
    return result
  }
}

extension PostProcessor.SpecialToken {
  /// `["[CLS]", 101]`
  init(_ field: Field) throws(Field.Failure) {
    let items = try field.array()
    guard items.count == 2 else {
      throw field.failure(.wrongKind(expected: "a token and its id", found: "an array of \(items.count)"))
    }
    self.init(token: try items[0].text(), id: Int(try items[1].id()))
  }
}
