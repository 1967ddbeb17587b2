// The builders reach what the families have: every architecture that a published configuration makes can be said in builder calls, and what they make
// has the same parts, parameters, memory and arithmetic, and with the same numbers the same logits.

import Files
import Foundation
import Tensors
import Testing

@testable import Blocks
@testable import Checkpoints
@testable import Models

/// The same architecture once more, by way of the JSON of its calls.
private func said(_ model: Architecture) throws -> Architecture {
  let recipe = try Recipe(describing: model)
  return try Recipe(JSON.parse(Array(JSON.encode(recipe.json).utf8), name: "recipe")).architecture()
}

/// The first part of two architectures that does not say the same.
private func difference(_ a: any Part, _ b: any Part, _ path: String = "") -> String? {
  // A factor of 1 is none.
  if let scaled = a as? Scaled, scaled.factor == 1, scaled.input == 1 { return difference(scaled.block, b, path) }
  if a.kind != b.kind { return "\(path): \(a.kind) is \(b.kind)" }
  if !(a is Architecture), a.settings != b.settings { return "\(path): \(a.settings.filter { !b.settings.contains($0) }) is \(b.settings.filter { !a.settings.contains($0) })" }
  if a.parts.map(\.name) != b.parts.map(\.name) { return "\(path): \(a.parts.map(\.name)) is \(b.parts.map(\.name))" }
  for (x, y) in zip(a.parts, b.parts) { if let found = difference(x.part, y.part, path + "." + x.name) { return found } }
  return nil
}

private func expectSame(_ family: Architecture, _ built: Architecture, context: Int? = nil) {
  #expect(difference(family, built) == nil)
  let (a, b) = (family.allParameters, built.allParameters)
  #expect(a.map { "\($0.path) \($0.parameter.shape) \($0.parameter.isBuffer)" } == b.map { "\($0.path) \($0.parameter.shape) \($0.parameter.isBuffer)" })
  #expect((family.context, family.predictionsLeftOut, family.width) == (built.context, built.predictionsLeftOut, built.width))
  #expect(family.family == built.family)
  let (x, y) = (Account(family, context: context), Account(built, context: context))
  #expect((x.total, x.active, x.multiplicationsPerToken) == (y.total, y.active, y.multiplicationsPerToken))
  #expect(x.memory.map { "\($0.name) \($0.growth) \($0.elements)" } == y.memory.map { "\($0.name) \($0.growth) \($0.elements)" })
}

@Suite struct BuilderReachTests {
  @Test(arguments: fixtureNames()) func aFixtureIsSaid(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path), family = model.architecture
    expectSame(model.outline, try said(model.outline), context: 12)
    let built = try said(family)
    let numbers = Dictionary(family.allParameters.map { ($0.path, $0.parameter.tensor) }, uniquingKeysWith: { a, _ in a })
    for (path, parameter) in built.allParameters {
      guard let tensor = numbers[path], tensor.shape == parameter.shape else { continue }
      parameter.bind(tensor)
    }
    let ids = [5, 3, 9, 1, 7, 2, 4, 8, 6, 11, 0, 10, 12]
    func outcome(_ a: Architecture) throws -> [Float] {
      let run = Run()
      if a.encoder != nil { a.encode(Architecture.Input([ids]), run) }
      let x = try a.hidden(Architecture.Input([ids]), run).checked()
      return x.values + (try a.head.map { try $0(x, run).checked().values } ?? [])
    }
    #expect(try outcome(family) == outcome(built), "\(name): other numbers")
  }

  /// Every published configuration that has a model type of its own.
  static let published: [String] = {
    let folder = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("lessons/architectures")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().filter { name in
      guard let text = try? String(contentsOf: folder.appendingPathComponent("\(name)/config.json"), encoding: .utf8) else { return false }
      return !text.contains("\"orrery\"")
    }
  }()

  @Test(arguments: published) func aPublishedArchitectureIsSaid(_ name: String) throws {
    let file = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("lessons/architectures/\(name)/config.json")
    let c = Configuration(try JSON.read(file.path), file: "config.json")
    let family = try Family.of(c).recipe(c, .unknown)
    expectSame(family, try said(family), context: 64)
    // Long texts are what positions are stretched to.
    if family.modelType == "llama" { #expect(try said(family).longest == family.longest) }
  }
}
