// Random calls of builders, valid and nearly: every argument from what its parameter takes, sizes small and mostly fitting.

import Files
import Models
import Tensors

struct Recipes {
  var random: SeededGenerator

  /// A whole architecture.
  mutating func architecture(_ depth: Int = 4) -> Recipe { call(of: Kind.architecture, depth) ?? Recipe("decoder") }

  private mutating func call(of kind: Kind, _ depth: Int) -> Recipe? {
    var all = Builder.all.filter { $0.makes == kind && $0.name != "configuration" }
    if depth <= 1 {
      // Those that need nothing built come to an end.
      let plain = all.filter { $0.parameters.allSatisfy { $0.isOptional || $0.initial != nil || !Recipes.needsCall($0.type) } }
      if !plain.isEmpty { all = plain }
    }
    // Most architectures are stacks: what stands around another comes now and then.
    if kind == .architecture, !random.isOnce(in: 4) { all = all.filter { ["decoder", "encoder", "encoderDecoder"].contains($0.name) } }
    guard !all.isEmpty, depth > -3 else { return nil }
    let builder = random.one(of: all)
    var arguments: [Recipe.Argument] = []
    for parameter in builder.parameters {
      let isNeeded = !parameter.isOptional && parameter.initial == nil
      guard isNeeded || random.isOnce(in: depth > 1 ? 3 : 6) else { continue }
      if let value = value(parameter.type, parameter.name, depth) { arguments.append(.init(parameter.name, value)) }
    }
    return Recipe(builder.name, arguments)
  }

  private static func needsCall(_ type: ArgumentType) -> Bool {
    switch type {
    case .made: true
    case .list(let inner): needsCall(inner)
    case .either(let types): types.allSatisfy(needsCall)
    default: false
    }
  }

  private mutating func value(_ type: ArgumentType, _ name: String, _ depth: Int) -> Recipe.Value? {
    if random.isOnce(in: 60) { return random.one(of: [.integer(0), .integer(-1), .number(0.5), .text("x"), .boolean(true), .list([]), .integer(1 << 24)]) }
    switch type {
    case .boolean: return .boolean(random.isOnce(in: 2))
    case .integer(let range):
      let usual: [Int] =
        switch name {
        case "layers": [1, 1, 2]
        case "width", "hidden", "latent", "condition": [16, 32, 16, 24]
        case "heads", "keyValue", "groups": [1, 2, 4, 2]
        case "vocabulary": [16, 24]
        case "context", "length": [8, 16]
        default: [1, 2, 3, 4, 8]
        }
      let n = random.isOnce(in: 25) ? random.one(of: [range.lowerBound, min(range.upperBound, 7), min(range.upperBound, 100), 5]) : random.one(of: usual)
      return .integer(min(max(n, range.lowerBound), range.upperBound))
    case .number(let range): return .number(min(max(random.one(of: [0, 0.1, 0.5, 1, 2, 10_000]), range.lowerBound), range.upperBound))
    case .text(let words): return .text(words.isEmpty ? "x" : random.one(of: words))
    case .list(let inner): return .list((0...random.below(3)).compactMap { _ in value(inner, name, depth - 1) })
    case .made(let kind): return call(of: kind, depth - 1).map { .call($0) }
    case .either(let types): return value(random.one(of: types), name, depth)
    }
  }
}
