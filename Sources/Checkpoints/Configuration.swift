// config.json, read key by key. A reader asks for what it needs, under every name that published files use, and with the range that
// makes sense; what is missing or absurd is one line that says file, key, value and what was expected. What was asked is kept, so that keys
// that nobody reads can be told (UnreadKeys).

import Files

/// A configuration file: typed reading with aliases, ranges and errors.
public struct Configuration: Sendable {
  public let json: JSON
  /// Path of the file, for errors.
  public let file: String
  /// What was asked of the whole file; copies and sections share it.
  let reads: Reads
  /// In front of the keys of a section: `rope_scaling.`.
  let path: String

  /// What a size may be where the caller gives no range: far above every published model, and low enough that the product
  /// of two is a count that 64 bits hold.
  public static let sizes = 1...1 << 24

  /// Numbers that mean the same in every family, by the endings of their keys.
  static let ranges: [(ending: String, range: ClosedRange<Double>)] = [
    ("eps", 0...1), ("epsilon", 0...1), ("theta", 1e-6...1e15), ("_factor", 1e-6...1e9), ("factor", 1e-6...1e9),
  ]

  public init(_ json: JSON, file: String) { self.init(json, file: file, reads: Reads(), path: "") }

  private init(_ json: JSON, file: String, reads: Reads, path: String) {
    (self.json, self.file, self.reads, self.path) = (json, file, reads, path)
  }

  /// What is wrong with a configuration. One line.
  public struct Failure: Error, CustomStringConvertible, Equatable {
    public let description: String
    public init(_ description: String) { self.description = description }
  }

  /// The value under one of these keys, if it is not null. The first is the key's own name; where a file has another as well, that one
  /// wins, as in the reference.
  public func value(_ keys: [String]) -> JSON? {
    reads.note(keys, at: path, .unsaid)
    return found(keys)
  }

  private func found(_ keys: [String]) -> JSON? {
    for key in keys.reversed() {
      if let value = json[ByteString(key)], !value.isNull { return value }
    }
    return nil
  }

  public func has(_ key: String) -> Bool { value([key]) != nil }

  /// Whether the file has the key, be it null.
  private func mentions(_ keys: [String]) -> Bool { keys.contains { json[ByteString($0)] != nil } }

  /// A whole number.
  public func int(_ keys: String..., in range: ClosedRange<Int> = Configuration.sizes, default fallback: Int? = nil) throws -> Int {
    reads.note(keys, at: path, fallback.map { .integer($0) } ?? .required)
    guard let found = found(keys) else {
      guard let fallback else { throw missing(keys) }
      return fallback
    }
    return try whole(found, keys, range, "a whole number")
  }

  private func whole(_ found: JSON, _ keys: [String], _ range: ClosedRange<Int>, _ expected: String) throws -> Int {
    guard let n = found.int else { throw wrong(keys, expected, found) }
    guard range.contains(n) else {
      throw Failure("\(place): \(present(keys)) is \(n), but must lie between \(range.lowerBound) and \(range.upperBound)")
    }
    return n
  }

  /// A whole number that may be missing or null.
  /// - Parameter fallback: what a file means that does not have the key; null always means nil.
  public func optionalInt(_ keys: String..., in range: ClosedRange<Int> = Configuration.sizes, default fallback: Int? = nil) throws -> Int? {
    reads.note(keys, at: path, fallback.map { .integer($0) } ?? .absent)
    guard let found = found(keys) else { return mentions(keys) ? nil : fallback }
    return try whole(found, keys, range, "a whole number or null")
  }

  /// A whole number, or "auto", which is nil, as a missing one is.
  public func optionalInt(orAuto key: String, in range: ClosedRange<Int> = Configuration.sizes) throws -> Int? {
    reads.note([key], at: path, .text("auto"))
    guard let found = found([key]), found.string != "auto" else { return nil }
    if found.string != nil { throw wrong([key], "a whole number or \"auto\"", found) }
    return try whole(found, [key], range, "a whole number or \"auto\"")
  }

  /// A finite number.
  public func real(_ keys: String..., default fallback: Double? = nil) throws -> Double {
    reads.note(keys, at: path, fallback.map { .number($0) } ?? .required)
    guard let found = found(keys) else {
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

  /// A truth; null is false, as the reference's language has it.
  public func bool(_ keys: String..., default fallback: Bool) throws -> Bool {
    reads.note(keys, at: path, .truth(fallback))
    guard let found = found(keys) else { return mentions(keys) ? false : fallback }
    guard let b = found.bool else { throw wrong(keys, "true or false", found) }
    return b
  }

  public func string(_ keys: String..., default fallback: String? = nil) throws -> String {
    reads.note(keys, at: path, fallback.map { .text($0) } ?? .required)
    guard let found = found(keys) else {
      guard let fallback else { throw missing(keys) }
      return fallback
    }
    guard let s = found.string else { throw wrong(keys, "a text", found) }
    return s
  }

  /// A list of texts that may be missing.
  public func strings(_ key: String) throws -> [String]? {
    reads.note([key], at: path, .absent)
    guard let found = found([key]) else { return nil }
    guard let list = found.array?.map(\.string), list.allSatisfy({ $0 != nil }) else { throw wrong([key], "a list of texts", found) }
    return list.map { $0! }
  }

  /// One number or a list of them: token ids such as `eos_token_id`.
  public func ids(_ key: String) throws -> [Int] {
    reads.note([key], at: path, .absent)
    guard let found = found([key]) else { return [] }
    if let one = found.int { return [one] }
    guard let list = found.array?.map(\.int), list.allSatisfy({ $0 != nil }) else {
      throw wrong([key], "a token id or a list of them", found)
    }
    return list.map { $0! }
  }

  /// A part of the configuration, such as `rope_scaling`. What is read of it are its own keys.
  public func section(_ key: String) throws -> Configuration? {
    reads.open(path + key)
    guard let found = found([key]) else { return nil }
    guard found.object != nil else { throw wrong([key], "an object", found) }
    return Configuration(found, file: "\(file): \(key)", reads: reads, path: path + key + ".")
  }

  /// Says that a key is known, though nothing reads it under the other keys' values (a window's size where no layer has a window).
  public func knows(_ keys: String...) { reads.note(keys, at: path, .unsaid) }

  /// Says that a key which the class does not read is none to tell where it says what is done in any case.
  public func agrees(_ key: String, with values: JSONTree...) {
    if let value = json[ByteString(key)], values.contains(where: { $0.equals(value) }) { knows(key) }
  }

  /// The file as an error shows it.
  private var place: String { file.shown(limit: 400) }

  /// The key under which a value stands. For tooltips and errors.
  public func key(_ keys: String...) -> String { present(keys) }

  private func present(_ keys: [String]) -> String { keys.reversed().first { found([$0]) != nil } ?? keys[0] }

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
