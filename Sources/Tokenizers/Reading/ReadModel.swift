import Files

extension TokenModel {
  /// Old files do not name the kind of model; what it has tells it.
  init(_ field: Field) throws(Field.Failure) {
    guard field.json.members != nil else {
      throw field.failure(.wrongKind(expected: "an object", found: field.json.kind))
    }
    let vocabulary = try field.required("vocab")
    let name: ByteString
    if let type = field.optional("type") {
      name = try type.text()
      guard TokenModel.names.contains(name.string) else {
        throw type.failure(.unknownComponent(stage: "model", name: name.string, supported: TokenModel.names))
      }
    } else if vocabulary.json.array != nil {
      name = "Unigram"
    } else if field.optional("merges") != nil {
      name = "BPE"
    } else {
      name = field.optional("max_input_chars_per_word") != nil ? "WordPiece" : "WordLevel"
    }
    switch name {
    case "BPE": self = .bytePair(try BytePairModel(field, vocabulary))
    case "Unigram": self = .unigram(try UnigramModel(field, vocabulary))
    case "WordPiece":
      let table = try ByteTable(vocabulary)
      self = .wordPiece(
        WordPieceModel(
          vocabulary: table, unknown: table.id(of: try field.optional("unk_token")?.text() ?? "[UNK]"),
          prefix: try field.optional("continuing_subword_prefix")?.text() ?? "##",
          longest: try field.optional("max_input_chars_per_word")?.natural() ?? 100))
    default:
      let table = try ByteTable(vocabulary)
      self = .wordLevel(
        WordLevelModel(vocabulary: table, unknown: table.id(of: try field.optional("unk_token")?.text() ?? "<unk>")))
    }
  }
}

extension ByteTable {
  /// `{"token": id, …}`
  init(_ field: Field) throws(Field.Failure) {
    guard let members = field.json.members else {
      throw field.failure(.wrongKind(expected: "an object of tokens and ids", found: field.json.kind))
    }
    self.init(capacity: members.count)
    for member in members {
      guard case .number(.integer(let value)) = member.value.value, let id = UInt32(exactly: value), id <= Int32.max else {
        throw Field(json: member.value, place: field.place + "[\"\(member.key.string)\"]").failure(
          .badID(member.value.int.map(String.init) ?? member.value.kind))
      }
      insert(member.key, id: id)
    }
  }
}

/// Scores as the reference reads them: its JSON reader takes all digits as one integer and scales it by a power of ten, which
/// can miss the nearest double by one unit in the last place, and so decides between equally good segmentations.
private enum ReferenceNumber {
  static func read(_ exact: Double) -> Double {
    guard exact.isFinite else { return exact }
    let parts = exact.magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - fraction.count
    guard let digits = UInt64(mantissa[0] + fraction), let power = Double("1e\(abs(exponent))"), power.isFinite else { return exact }
    let value = exponent >= 0 ? Double(digits) * power : Double(digits) / power
    return exact < 0 ? -value : value
  }
}

extension UnigramModel {
  /// `[["token", score], …]`; the place in the list is the id.
  fileprivate init(_ field: Field, _ vocabulary: Field) throws(Field.Failure) {
    guard let items = vocabulary.json.array else {
      throw vocabulary.failure(.wrongKind(expected: "an array of tokens and scores", found: vocabulary.json.kind))
    }
    var tokens: [ByteString] = []
    var scores: [Double] = []
    tokens.reserveCapacity(items.count)
    scores.reserveCapacity(items.count)
    for (i, item) in items.enumerated() {
      guard let pair = item.array, pair.count == 2, let token = pair[0].text, let score = pair[1].double else {
        throw Field(json: item, place: vocabulary.place + "[\(i)]").failure(
          .wrongKind(expected: "a token and its score", found: item.kind))
      }
      tokens.append(token)
      scores.append(ReferenceNumber.read(score))
    }
    let unknown = field.optional("unk_id")
    let id = try unknown?.natural()
    if let unknown, let id, id >= tokens.count { throw unknown.failure(.unknownOutOfRange(id, count: tokens.count)) }
    self.init(
      tokens: tokens, scores: scores, unknown: id, byteFallback: try field.bool("byte_fallback", default: false))
  }
}

extension BytePairModel {
  fileprivate init(_ field: Field, _ vocabulary: Field) throws(Field.Failure) {
    let table = try ByteTable(vocabulary)
    var options = Options()
    options.unknown = try field.optional("unk_token")?.text().id(in: table)
    options.fusesUnknown = try field.bool("fuse_unk", default: false)
    options.byteFallback = try field.bool("byte_fallback", default: false)
    options.ignoresMerges = try field.bool("ignore_merges", default: false)
    options.prefix = try field.optional("continuing_subword_prefix")?.text().unlessEmpty
    options.suffix = try field.optional("end_of_word_suffix")?.text().unlessEmpty
    let merges = try MergeTable(field.required("merges"), table, prefix: options.prefix?.count ?? 0)
    self.init(vocabulary: table, merges: merges, options: options)
  }
}

extension ByteString {
  fileprivate var unlessEmpty: ByteString? { isEmpty ? nil : self }
  fileprivate func id(in table: ByteTable) -> UInt32? { table.id(of: self) }
}

extension MergeTable {
  /// `["a b", …]` or `[["a", "b"], …]`, in the order in which they were learned.
  fileprivate init(_ field: Field, _ vocabulary: ByteTable, prefix: Int) throws(Field.Failure) {
    guard let items = field.json.array else {
      throw field.failure(.wrongKind(expected: "an array of merges", found: field.json.kind))
    }
    self.init(capacity: items.count)
    var rank: UInt32 = 0
    var joined: [UInt8] = []
    for (i, item) in items.enumerated() {
      if let text = item.text, text.hasPrefix("#version") { continue }
      guard let (left, right) = Self.sides(item) else {
        throw Field(json: item, place: "\(field.place)[\(i)]").failure(.badMerge(item.text.map { "\"\($0)\"" } ?? item.kind))
      }
      joined.removeAll(keepingCapacity: true)
      joined.append(contentsOf: left)
      joined.append(contentsOf: right.dropFirst(prefix))
      guard let a = left.withUnsafeBufferPointer({ vocabulary.id(of: $0) }),
        let b = right.withUnsafeBufferPointer({ vocabulary.id(of: $0) }),
        let merged = joined.withUnsafeBufferPointer({ vocabulary.id(of: $0) })
      else {
        let names = [Array(left), Array(right), joined].map { ByteString(bytes: $0) }
        let missing = names.first { vocabulary.id(of: $0) == nil } ?? ""
        throw Field(json: item, place: "\(field.place)[\(i)]").failure(
          .mergeOutOfVocabulary(token: missing.string, left: names[0].string, right: names[1].string))
      }
      insert(a, b, rank: rank, merged: merged)
      rank += 1
    }
  }

  private static func sides(_ item: JSON) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
    if let bytes = item.text?.bytes {
      guard let space = bytes.firstIndex(of: 0x20), !bytes[(space + 1)...].contains(0x20) else { return nil }
      return (bytes[..<space], bytes[(space + 1)...])
    }
    guard let pair = item.array, pair.count == 2, let left = pair[0].text, let right = pair[1].text else { return nil }
    return (left.bytes[...], right.bytes[...])
  }
}
