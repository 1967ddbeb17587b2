// No argument of a builder is ignored: another value gives another model (other parts, other parameters or other logits), or is refused with one line.

import Files
import Tensors
import Testing

@testable import Blocks
@testable import Models

@Suite struct BuilderArgumentTests {
  /// What an argument may be besides its default: enough to see that it is heeded.
  static func others(_ type: ArgumentType, than initial: Recipe.Value?) -> [Recipe.Value] {
    switch type {
    case .boolean: [.boolean(true), .boolean(false)].filter { initial != $0 }
    case .integer(let range): [3, 2, 4, 8].filter { range.contains($0) && initial != .integer($0) }.map { .integer($0) }
    case .number(let range): [0.5, 2, 1.5, 3].filter { range.contains($0) && initial?.double != $0 }.map { .number($0) }
    case .text(let words): words.filter { initial != .text($0) }.map { .text($0) }
    case .list(let element): others(element, than: nil).prefix(2).map { .list([$0]) }
    case .made(let kind):
      Builder.all.filter { $0.makes == kind && kind != .architecture }.compactMap { builder -> Recipe.Value? in
        if builder.example.isEmpty { return builder.parameters.isEmpty ? Recipe.Value.call(Recipe(builder.name)) : nil }
        return (try? parsed(builder.example)).map { Recipe.Value.call($0) }
      }
    case .either(let types): types.flatMap { others($0, than: initial) }
    }
  }

  /// A stack in which what a call makes is at work.
  static func stack(around call: Recipe, _ kind: Kind) -> Recipe? {
    func of(_ builder: String, _ pairs: KeyValuePairs<String, Recipe.Value>) -> Recipe { Recipe(builder, pairs.map { Recipe.Argument($0, $1) }) }
    var r = of("decoder", [
      "layers": 2, "width": 32, "vocabulary": 20, "attention": .call(of("multiHead", ["heads": 2])), "feedForward": .call(of("feedForward", ["hidden": 12])),
    ])
    // A cell gives as many numbers as it has, and here the stream has as many.
    if ["rnn", "lstm"].contains(call.builder) { r["width"] = 64 }
    switch kind {
    case .architecture: return call
    case .mixer: r["attention"] = .call(call)
    case .feedForward, .norm, .position: r[kind.name] = .call(call)
    case .layer: r["layers"] = .call(of("pattern", ["layers": .list([.call(call), .call(call)])]))
    case .layers: r["layers"] = .call(call)
    case .scaling: r["position"] = .call(of("rope", ["scaling": .call(call)]))
    case .head: r["head"] = .call(call)
    case .extra: r["extras"] = .list([.call(call)])
    case .prediction: r["predicting"] = .call(call)
    default: return nil
    }
    return r
  }

  /// What can be seen of a model: its parts and sizes, and what it says of a text longer than any window here.
  static func seen(_ recipe: Recipe) throws -> String {
    let model = try recipe.architecture().proved()
    var lines = ["\(model.family) \(model.context ?? 0) \(model.longest ?? 0) \(model.name) \(model.predictionsLeftOut)"]
    model.walk { path, part in lines.append("\(path) \(part.kind) \(part.settings.map { "\($0.name)=\($0.value)" })") }
    lines += model.allParameters.map { "\($0.path) \($0.parameter.shape) \($0.parameter.initial)" }
    model.initialise(seed: 3)
    let run = Run(keepsMemory: false), ids = [5, 3, 9, 1, 7, 2, 4, 8, 6, 11, 0, 10, 5, 5, 1, 3].map { $0 % model.embedding.vocabulary }
    if model.encoder != nil { model.encode(Architecture.Input([ids]), run) }
    let x = try model.hidden(Architecture.Input([ids]), run).checked()
    lines.append("\(x.values) \(try model.head.map { try $0(x, run).checked().values } ?? [])")
    return lines.joined(separator: "\n")
  }

  /// Both forms of a latent attention, and both ways to convolve, give the same numbers by design; two layers of one number share whatever it is.
  private static let unseen: Set<String> = ["latent.form", "s4d.method", "share.as"]

  @Test(arguments: Builder.all.filter { stack(around: Recipe($0.name), $0.makes) != nil && !$0.example.isEmpty }.map(\.name))
  func everyArgumentIsHeeded(_ name: String) throws {
    let builder = try #require(Builder.named(name)), plain = try parsed(builder.example)
    let base = try Self.seen(try #require(Self.stack(around: plain, builder.makes)))
    for parameter in builder.parameters where !Self.unseen.contains("\(name).\(parameter.name)") {
      var refusals: [String] = [], isHeeded = false
      let values = Self.others(parameter.type, than: plain[parameter.name] ?? parameter.initial)
      for value in values where value != plain[parameter.name] {
        var call = plain
        call[parameter.name] = value
        do {
          if try Self.seen(try #require(Self.stack(around: call, builder.makes))) != base { isHeeded = true }
        } catch {
          refusals.append("\(error)")
          #expect(!"\(error)".contains("\n"))
        }
      }
      // What is always refused needs something else beside it, and says so.
      #expect(isHeeded || values.isEmpty || refusals.count == values.count, "\(name): \(parameter.name) is ignored; \(refusals)")
    }
  }

  @Test func everyParameterIsDescribed() {
    for builder in Builder.all {
      for parameter in builder.parameters {
        #expect(!parameter.about.isEmpty && !parameter.about.contains("\n") && parameter.about.count < 200, "\(builder.name).\(parameter.name)")
      }
      #expect(Set(builder.parameters.map(\.name)).count == builder.parameters.count, "\(builder.name)")
    }
    #expect(Set(Builder.all.map(\.name)).count == Builder.all.count)
  }
}
