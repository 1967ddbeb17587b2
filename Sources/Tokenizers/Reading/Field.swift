import Files

/// A value of the file together with its place, so that whatever is wrong with it can say where.
struct Field {
  let json: JSON
  let place: String

  struct Failure: Error {
    let offset: Int
    let place: String
    let problem: TokenizerFailure.Problem
  }

  func failure(_ problem: TokenizerFailure.Problem) -> Failure { Failure(offset: json.offset, place: place, problem: problem) }

  private func below(_ key: String) -> String { place.isEmpty ? key : place + "." + key }

  /// The member, or nil when it is missing or null.
  func optional(_ key: String) -> Field? {
    guard let value = json[ByteString(key)], !value.isNull else { return nil }
    return Field(json: value, place: below(key))
  }

  func required(_ key: String) throws(Failure) -> Field {
    if let field = optional(key) { return field }
    let names = (json.members ?? []).prefix(64).map(\.key.string)
    throw failure(.missing(key: key, nearest: Suggestion.nearest(to: key, in: names)))
  }

  func text() throws(Failure) -> ByteString {
    guard let text = json.text else { throw failure(.wrongKind(expected: "a string", found: json.kind)) }
    return text
  }

  func bool() throws(Failure) -> Bool {
    guard let value = json.bool else { throw failure(.wrongKind(expected: "true or false", found: json.kind)) }
    return value
  }

  /// A count or an id: from 0.
  func natural() throws(Failure) -> Int {
    guard let value = json.int, value >= 0 else { throw failure(.wrongKind(expected: "a whole number from 0", found: json.kind)) }
    return value
  }

  func id() throws(Failure) -> UInt32 {
    guard let value = json.int, let id = UInt32(exactly: value), id <= Int32.max else {
      throw failure(.badID(json.int.map(String.init) ?? json.kind))
    }
    return id
  }

  func number() throws(Failure) -> Double {
    guard let value = json.double else { throw failure(.wrongKind(expected: "a number", found: json.kind)) }
    return value
  }

  func array() throws(Failure) -> [Field] {
    guard let items = json.array else { throw failure(.wrongKind(expected: "an array", found: json.kind)) }
    return items.enumerated().map { Field(json: $1, place: "\(place)[\($0)]") }
  }

  func character() throws(Failure) -> UInt32 {
    let text = try text()
    let scalars = UTF8Text.scalars(text.bytes)
    guard scalars.count == 1 else { throw failure(.notOneCharacter(text.string)) }
    return scalars[0]
  }

  func bool(_ key: String, default fallback: Bool) throws(Failure) -> Bool { try optional(key)?.bool() ?? fallback }

  /// One of the names of a closed list.
  func choice<T: RawRepresentable & CaseIterable>(_: T.Type = T.self) throws(Failure) -> T where T.RawValue == String {
    let name = try text().string
    guard let value = T(rawValue: name) else {
      throw failure(.unknownValue(name, allowed: T.allCases.map(\.rawValue)))
    }
    return value
  }

  /// `{"String": "…"}` or `{"Regex": "…"}`; a bare string, as old files have it, is a text.
  func pattern() throws(Failure) -> Pattern {
    let source: Field
    let isRegex: Bool
    if let regex = optional("Regex") {
      (source, isRegex) = (regex, true)
    } else if json.text != nil {
      (source, isRegex) = (self, false)
    } else {
      (source, isRegex) = (try required("String"), false)
    }
    let text = try source.text()
    do throws(PatternParser.Problem) {
      return isRegex ? try Pattern(regex: text) : try Pattern(literal: text)
    } catch {
      throw source.failure(.pattern(excerpt(text), at: error.at, what: error.what))
    }
  }

  private func excerpt(_ text: ByteString) -> String {
    let string = text.string
    return string.count <= 80 ? string : string.prefix(76) + "…"
  }
}
