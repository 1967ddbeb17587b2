// The arguments of one builder call, checked: every getter gives what the parameter's type promises.

import Blocks
import Files

/// Arguments that have passed the types and ranges of a builder's parameters.
public struct BuilderArguments: Sendable {
  /// The builder's name, for errors.
  public let builder: String
  /// Values by parameter; calls have been made already.
  private let values: [String: Made]

  /// An argument: a plain value, or what a call made.
  indirect enum Made: Sendable {
    case plain(Recipe.Value)
    case list([Made])
    case value(any Sendable)
  }

  init(_ builder: String, _ values: [String: Made]) { (self.builder, self.values) = (builder, values) }

  /// Whether there is an argument (or a default).
  public func has(_ name: String) -> Bool { values[name] != nil }

  public func optionalInteger(_ name: String) -> Int? {
    switch values[name] {
    case .plain(.integer(let n)): n
    case .plain(.number(let x)): Int(exactly: x)
    default: nil
    }
  }
  public func optionalNumber(_ name: String) -> Double? {
    switch values[name] {
    case .plain(.integer(let n)): Double(n)
    case .plain(.number(let x)): x
    default: nil
    }
  }
  public func optionalBoolean(_ name: String) -> Bool? { if case .plain(.boolean(let b)) = values[name] { b } else { nil } }
  public func optionalText(_ name: String) -> String? { if case .plain(.text(let s)) = values[name] { s } else { nil } }
  /// What a builder made.
  public func optional<T: Sendable>(_ name: String, as type: T.Type = T.self) -> T? {
    if case .value(let made) = values[name] { made as? T } else { nil }
  }

  public func integer(_ name: String) throws -> Int { try required(name, optionalInteger(name)) }
  public func number(_ name: String) throws -> Double { try required(name, optionalNumber(name)) }
  public func boolean(_ name: String) throws -> Bool { try required(name, optionalBoolean(name)) }
  public func text(_ name: String) throws -> String { try required(name, optionalText(name)) }
  public func made<T: Sendable>(_ name: String, as type: T.Type = T.self) throws -> T { try required(name, optional(name)) }

  /// A list of whole numbers.
  public func integers(_ name: String) -> [Int] { items(name).compactMap { if case .plain(.integer(let n)) = $0 { n } else { nil } } }
  public func booleans(_ name: String) -> [Bool] { items(name).compactMap { if case .plain(.boolean(let b)) = $0 { b } else { nil } } }
  public func numbers(_ name: String) -> [Double] {
    items(name).compactMap { item in
      switch item {
      case .plain(.integer(let n)): Double(n)
      case .plain(.number(let x)): x
      default: nil
      }
    }
  }
  /// What stands in a place that may hold one part, several, or none: nil if nothing is said about it, empty for `none()`.
  public func several<T: Sendable>(_ name: String, as type: T.Type = T.self) -> [T]? {
    switch values[name] {
    case .value(is Nothing): []
    case .value(let made): (made as? T).map { [$0] }
    case .list: list(name)
    default: nil
    }
  }
  public func texts(_ name: String) -> [String] { items(name).compactMap { if case .plain(.text(let s)) = $0 { s } else { nil } } }
  /// A list of lists of texts.
  public func textLists(_ name: String) -> [[String]] {
    items(name).map { item in
      switch item {
      case .list(let inner): inner.compactMap { if case .plain(.text(let s)) = $0 { s } else { nil } }
      case .plain(.list(let inner)): inner.compactMap { if case .text(let s) = $0 { s } else { nil } }
      default: []
      }
    }
  }
  /// A list of what builders made.
  public func list<T: Sendable>(_ name: String, as type: T.Type = T.self) -> [T] {
    items(name).compactMap { if case .value(let made) = $0 { made as? T } else { nil } }
  }

  /// A list of what builders of several kinds made.
  public func everything(_ name: String) -> [any Sendable] { items(name).compactMap { if case .value(let made) = $0 { made } else { nil } } }

  /// A failure for what the types allow and the meaning does not.
  public func contradiction(_ text: String) -> BuildFailure { .contradiction(builder: builder, text) }

  private func items(_ name: String) -> [Made] {
    switch values[name] {
    case .list(let items): items
    case .plain(.list(let items)): items.map { .plain($0) }
    default: []
    }
  }

  private func required<T>(_ name: String, _ value: T?) throws -> T {
    guard let value else { throw BuildFailure.missing(builder: builder, argument: name) }
    return value
  }
}
