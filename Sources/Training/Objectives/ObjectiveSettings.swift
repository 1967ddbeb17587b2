// Settings of an objective as plan files write them, checked: every getter gives what the setting promises.

import Blocks
import Files
import Models

/// A setting that an objective takes.
public struct ObjectiveSetting: Sendable {
  public enum Kind: Sendable {
    case flag
    case count(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case word([String])
    /// The name of something that is looked for elsewhere.
    case name

    /// From 0 to 1.
    static let share = Kind.number(0...1)

    var described: String {
      switch self {
      case .flag: "true or false"
      case .count(let range) where range.upperBound >= 1 << 20: "a whole number of at least \(range.lowerBound)"
      case .count(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
      case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
      case .name: "a name"
      case .word(let words): "one of \(words.joined(separator: ", "))"
      }
    }
  }

  public let name: String
  public let kind: Kind
  /// One line.
  public let about: String

  init(_ name: String, _ kind: Kind, _ about: String) { (self.name, self.kind, self.about) = (name, kind, about) }
}

/// The settings of one objective, with their names, types and ranges checked.
struct ObjectiveSettings {
  let objective: String
  let special: SpecialTokens
  let model: Architecture?
  private let values: [String: Recipe.Value]

  init(_ objective: String, _ known: [ObjectiveSetting], _ values: [String: Recipe.Value], _ special: SpecialTokens, _ model: Architecture?) throws {
    (self.objective, self.values, self.special, self.model) = (objective, values, special, model)
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard let setting = known.first(where: { $0.name == name }) else {
        throw ObjectiveFailure.unknownSetting(objective: objective, name, known: known.map(\.name))
      }
      func wrong() -> ObjectiveFailure { .wrongType(objective: objective, name, expected: setting.kind.described, found: "\(value)".shown()) }
      func outside() -> ObjectiveFailure { .outOfRange(objective: objective, name, expected: setting.kind.described, found: "\(value)") }
      switch (setting.kind, value) {
      case (.flag, .boolean), (.name, .text): break
      case (.count(let range), .integer(let n)): if !range.contains(n) { throw outside() }
      case (.number(let range), .integer(let n)): if !range.contains(Double(n)) { throw outside() }
      case (.number(let range), .number(let x)): if !range.contains(x) { throw outside() }
      case (.word(let words), .text(let word)):
        if !words.contains(word) { throw ObjectiveFailure.unknownWord(objective: objective, name, word, words: words) }
      default: throw wrong()
      }
    }
  }

  func has(_ name: String) -> Bool { values[name] != nil }
  func flag(_ name: String) -> Bool? { if case .boolean(let flag) = values[name] { flag } else { nil } }
  func count(_ name: String) -> Int? { if case .integer(let n) = values[name] { n } else { nil } }
  func word(_ name: String) -> String? { if case .text(let word) = values[name] { word } else { nil } }
  func share(_ name: String) -> Double? { number(name) }
  func number(_ name: String) -> Double? {
    switch values[name] {
    case .integer(let n): Double(n)
    case .number(let x): x
    default: nil
    }
  }
  /// The model, of an objective that takes its noise from there.
  func modelOrThrow() throws -> Architecture {
    guard let model else { throw ObjectiveFailure.missing(objective: objective, "takes its noise from the model that it trains; give the model") }
    return model
  }
  var divisor: Divisor? { word("divisor").flatMap { Divisor(rawValue: $0) } }
}
