// config.json, read key by key. A reader asks for what it needs, under every name that published files use, and with the range that
// makes sense; what is missing or absurd is one line that says file, key, value and what was expected.

import Files

/// A configuration file: typed reading with aliases, ranges and errors.
public struct Configuration: Sendable {
  public let json: JSON
  /// Path of the file, for errors.
  public let file: String

  /// What a size may be where the caller gives no range: far above every published model, and low enough that the product
  /// of two is a count that 64 bits hold.
  public static let sizes = 1...1 << 24

  /// Numbers that mean the same in every family, by the endings of their keys.
  static let ranges: [(ending: String, range: ClosedRange<Double>)] = [
    ("eps", 0...1), ("epsilon", 0...1), ("theta", 1e-6...1e15), ("_factor", 1e-6...1e9), ("factor", 1e-6...1e9),
  ]

  public init(_ json: JSON, file: String) {
    self.json = json
    self.file = file
  }

  /// What is wrong with a configuration. One line.
  public struct Failure: Error, CustomStringConvertible, Equatable {
    public let description: String
    public init(_ description: String) { self.description = description }
  }

  /// The value under the first of these keys that is present and not null.
  public func value(_ keys: [String]) -> JSON? {
    for key in keys {
      if let value = json[ByteString(key)], !value.isNull { return value }
    }
    return nil
  }

  public func has(_ key: String) -> Bool { value([key]) != nil }

  /// A whole number.
  public func int(_ keys: String..., in range: ClosedRange<Int> = Configuration.sizes, default fallback: Int? = nil) throws -> Int {
    guard let found = value(keys) else {
      guard let fallback else { throw missing(keys) }
      return fallback
    }
    guard let n = found.int else { throw wrong(keys, "a whole number", found) }
    guard range.contains(n) else {
      throw Failure("\(place): \(present(keys)) is \(n), but must lie between \(range.lowerBound) and \(range.upperBound)")
    }
    return n
  }

  /// A whole number that may be missing or null.
  public func optionalInt(_ keys: String..., in range: ClosedRange<Int> = Configuration.sizes) throws -> Int? {
    guard let found = value(keys) else { return nil }
    guard let n = found.int else { throw wrong(keys, "a whole number or null", found) }
    guard range.contains(n) else {
      throw Failure("\(place): \(present(keys)) is \(n), but must lie between \(range.lowerBound) and \(range.upperBound)")
    }
    return n
  }

  /// A finite number.
  public func real(_ keys: String..., default fallback: Double? = nil) throws -> Double {
    guard let found = value(keys) else {
      guard let fallback else { throw missing(keys) }
      return fallback
    }
    guard let x = found.double, x.isFinite else { throw wrong(keys, "a number", found) }
    let key = present(keys)
    if let (_, range) = Configuration.ranges.first(where: { key.hasSuffix($0.ending) }), !range.contains(x) {
      throw Failure("\(place): \(key) is \(found.shown), but must lie between \(range.lowerBound) and \(range.upperBound)")
    }
    return x
  }

  public func bool(_ keys: String..., default fallback: Bool) throws -> Bool {
    guard let found = value(keys) else { return fallback }
    guard let b = found.bool else { throw wrong(keys, "true or false", found) }
    return b
  }

  public func string(_ keys: String..., default fallback: String? = nil) throws -> String {
    guard let found = value(keys) else {
      guard let fallback else { throw missing(keys) }
      return fallback
    }
    guard let s = found.string else { throw wrong(keys, "a text", found) }
    return s
  }

  /// A list of texts that may be missing.
  public func strings(_ key: String) throws -> [String]? {
    guard let found = value([key]) else { return nil }
    guard let list = found.array?.map(\.string), list.allSatisfy({ $0 != nil }) else { throw wrong([key], "a list of texts", found) }
    return list.map { $0! }
  }

  /// One number or a list of them: token ids such as `eos_token_id`.
  public func ids(_ key: String) throws -> [Int] {
    guard let found = value([key]) else { return [] }
    if let one = found.int { return [one] }
    guard let list = found.array?.map(\.int), list.allSatisfy({ $0 != nil }) else {
      throw wrong([key], "a token id or a list of them", found)
    }
    return list.map { $0! }
  }

  /// A part of the configuration, such as `rope_scaling`.
  public func section(_ key: String) throws -> Configuration? {
    guard let found = value([key]) else { return nil }
    guard found.object != nil else { throw wrong([key], "an object", found) }
    return Configuration(found, file: "\(file): \(key)")
  }

  /// The file as an error shows it.
  private var place: String { file.shown(limit: 400) }

  /// The key under which a value stands: the first of these that is present. For tooltips and errors.
  public func key(_ keys: String...) -> String { present(keys) }

  private func present(_ keys: [String]) -> String { keys.first { value([$0]) != nil } ?? keys[0] }

  private func missing(_ keys: [String]) -> Failure {
    let known = (json.members ?? []).map(\.key.string)
    let near = Suggestion.nearest(to: keys[0], in: known).map { "; did you mean the key '\($0.shown())' that it has?" } ?? ""
    let also = keys.count > 1 ? " (or \(keys.dropFirst().map { "'\($0)'" }.joined(separator: ", ")))" : ""
    return Failure("\(place): the key '\(keys[0])'\(also) is missing\(near)")
  }

  private func wrong(_ keys: [String], _ expected: String, _ found: JSON) -> Failure {
    Failure("\(place): \(present(keys)) must be \(expected), but it is \(found.shown)")
  }
}
