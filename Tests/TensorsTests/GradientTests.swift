// Every pullback against central differences, over the cases of GradientCases.swift; and no primitive without a case.

import Foundation
import Testing

@testable import Tensors

/// How an input's numbers are drawn.
enum Draw: Sendable {
  /// Evenly from the range.
  case between(Float, Float)
  /// With either sign and at least 0.3 from 0: away from the kinks of relu, abs and sign.
  case awayFromZero
  /// All numbers of a row at least 0.15 apart, shuffled: away from ties.
  case apart
  /// Not close to a whole number.
  case awayFromWhole
  /// These numbers.
  case given([Float])
  /// Places 0 ..< n as numbers.
  case places(Int)

  static let plain = Draw.between(-1, 1)

  func numbers(_ shape: Shape, using generator: inout SeededGenerator) -> [Float] {
    let count = shape.elementCount
    switch self {
    case .between(let low, let high): return (0..<count).map { _ in low + (high - low) * generator.uniform() }
    case .awayFromZero: return (0..<count).map { _ in (0.3 + 1.2 * generator.uniform()) * (generator.uniform() < 0.5 ? -1 : 1) }
    case .awayFromWhole: return (0..<count).map { _ in (generator.uniform() * 6 - 3).rounded() + 0.2 + 0.6 * generator.uniform() }
    case .places(let n): return (0..<count).map { _ in (generator.uniform() * Float(n)).rounded(.down) }
    case .given(let numbers): return numbers
    case .apart:
      let width = max(1, shape.last ?? 1)
      return (0..<(count / width)).flatMap { _ in
        var row = (0..<width).map { (Float($0) - Float(width) / 2) * 0.2 + 0.05 * generator.uniform() }
        for i in row.indices.reversed() { row.swapAt(i, min(i, Int(generator.uniform() * Float(i + 1)))) }
        return row
      }
    }
  }
}

/// A primitive at some shapes.
struct GradientCase: CustomStringConvertible, Sendable {
  let primitive: any Primitive
  let inputs: [(shape: Shape, draw: Draw)]
  /// Inputs that no gradient may reach: places, choices.
  var constant: Set<Int> = []
  /// The gradient is 0 or none everywhere: what chooses, compares, or rounds.
  var isFlat = false
  let note: String

  init(_ primitive: any Primitive, _ shapes: Shape..., draws: [Draw] = [], constant: Set<Int> = [], isFlat: Bool = false, note: String = "") {
    self.primitive = primitive
    inputs = shapes.enumerated().map { ($1, draws.indices.contains($0) ? draws[$0] : draws.last ?? .plain) }
    (self.constant, self.isFlat, self.note) = (constant, isFlat, note)
  }

  var kind: String { String(describing: type(of: primitive)) }
  var description: String { "\(kind) \(primitive.name) \(inputs.map(\.shape.described).joined(separator: " "))\(note.isEmpty ? "" : " " + note)" }
}

/// How the inputs lie in memory.
enum Layout: CaseIterable { case contiguous, view }

/// The numbers with the axes in the opposite order and gaps between them, behind an offset.
func strided(_ numbers: [Float], _ shape: Shape) -> Tensor {
  var strides = Shape(repeating: 0, count: shape.count), step = 1
  for axis in shape.indices {
    strides[axis] = step
    step *= shape[axis] + 1
  }
  let storage = Storage(count: step + 3), tensor = Tensor(viewing: storage, shape: shape, strides: strides, offset: 3)
  storage.base.assumingMemoryBound(to: Float.self).update(repeating: .nan, count: step + 3)
  Tensor(numbers, shape).write(into: tensor)
  return tensor
}

@Suite struct GradientTests {
  /// Bound of |difference − gradient| relative to the largest number of an input's gradient, beside what rounding explains.
  static let bound = 1e-3

  /// One primitive with the numbers of its inputs and a gradient for each of its outputs.
  private struct Trial {
    let given: GradientCase
    var numbers: [[Float]]
    var cotangents: [[Float]] = []
    let outputs: [Tensor]

    init(_ given: GradientCase) {
      self.given = given
      var generator = SeededGenerator(seed: 7)
      numbers = given.inputs.map { $0.draw.numbers($0.shape, using: &generator) }
      outputs = given.primitive.evaluate(zip(numbers, given.inputs).map { Tensor($0, $1.shape) })
      cotangents = outputs.map { Draw.between(-1, 1).numbers($0.shape, using: &generator) }
    }

    func inputs(_ layout: Layout) -> [Tensor] {
      zip(numbers, given.inputs).map { layout == .contiguous ? Tensor($0, $1.shape) : strided($0, $1.shape) }
    }

    /// Σ cotangent·output over the outputs that `counts` names, in double precision; and the sum of its parts' sizes, which rounding goes by.
    func loss(_ numbers: [[Float]], _ counts: [Bool]) -> (value: Double, size: Double) {
      let outputs = given.primitive.evaluate(zip(numbers, given.inputs).map { Tensor($0, $1.shape) })
      var value = 0.0, size = 0.0
      for (i, output) in outputs.enumerated() where counts[i] {
        // −∞ (a closed cell) stays what it is.
        for (y, c) in zip(output.values, cotangents[i]) where y.isFinite {
          value += Double(y) * Double(c)
          size += abs(Double(y) * Double(c))
        }
      }
      return (value, size)
    }

    /// The slope along a direction of one input, and what rounding may have done to it. Richardson's step takes h² away.
    func slope(_ input: Int, _ direction: [Float], _ counts: [Bool]) -> (value: Double, rounding: Double) {
      // There is no step from −∞.
      let direction = zip(direction, numbers[input]).map { $1.isFinite ? $0 : 0 }
      let largest = direction.reduce(0) { max($0, abs($1)) }
      guard largest > 0 else { return (0, 0) }
      var size = 0.0
      func difference(_ h: Float) -> Double {
        var ends: [(value: Double, size: Double)] = []
        var moved = [[Float]]()
        for sign in [Float(1), -1] {
          var changed = numbers
          for j in changed[input].indices { changed[input][j] += sign * h * direction[j] }
          moved.append(changed[input])
          ends.append(loss(changed, counts))
          size = max(size, ends.last!.size)
        }
        // By the step that single precision really took.
        let taken = zip(moved[0], moved[1]).enumerated().max { abs(direction[$0.offset]) < abs(direction[$1.offset]) }!
        let step = Double(taken.element.0 - taken.element.1) / Double(direction[taken.offset])
        return (ends[0].value - ends[1].value) / step
      }
      let h = 0.02 / largest
      let value = (4 * difference(h / 2) - difference(h)) / 3
      return (value, 2e-7 * size / Double(h) * 2)
    }
  }

  @Test(arguments: gradientCases) func followsCentralDifferences(_ given: GradientCase) throws {
    let trial = Trial(given), shapes = trial.outputs.map(\.shape)
    #expect(!shapes.isEmpty, "\(given): the shape rule refuses the case")
    let all = Array(repeating: true, count: given.inputs.count)
    // All outputs at once, and of several each alone.
    var counted = [shapes.map { _ in true }]
    if shapes.count > 1 { counted += shapes.indices.map { only in shapes.indices.map { $0 == only } } }
    var generator = SeededGenerator(seed: 9)
    for counts in counted {
      for layout in Layout.allCases {
        let inputs = trial.inputs(layout), outputs = given.primitive.evaluate(inputs)
        for (a, b) in zip(outputs, trial.outputs) {
          let apart = zip(a.values, b.values).reduce(Float(0)) { $1.0 == $1.1 ? $0 : max($0, abs($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) }
          #expect(apart < 1e-5, "\(given): the value of a view is another (\(layout))")
        }
        let cotangents: [Tensor?] = shapes.indices.map { i in
          !counts[i] ? nil : layout == .contiguous ? Tensor(trial.cotangents[i], shapes[i]) : strided(trial.cotangents[i], shapes[i])
        }
        let gradients = given.primitive.pullback(inputs, outputs, cotangents, needs: all)
        #expect(gradients.count == inputs.count)
        for (i, gradient) in gradients.enumerated() {
          if let fault = gradient?.fault { Issue.record("\(given): \(fault)"); continue }
          let numbers = gradient?.values ?? Array(repeating: 0, count: trial.numbers[i].count)
          #expect(gradient == nil || gradient!.shape == given.inputs[i].shape, "\(given): a gradient \(gradient!.shape.described) by input \(i)")
          #expect(numbers.allSatisfy { $0.isFinite }, "\(given): the gradient by input \(i) is not finite")
          if given.constant.contains(i) {
            #expect(gradient == nil, "\(given): a gradient by input \(i), which is a choice")
            continue
          }
          if given.isFlat { #expect(numbers.allSatisfy { $0 == 0 }, "\(given): a gradient by what is flat") }
          guard layout == .contiguous || numbers.count > 0 else { continue }
          // Along a direction that is half chance, half the gradient; then number by number.
          let largest = Double(numbers.reduce(0) { max($0, abs($1)) })
          let chance = Draw.plain.numbers(given.inputs[i].shape, using: &generator)
          let direction = zip(chance, numbers).map { $0 + (largest > 0 ? $1 / Float(largest) : 0) }
          var checks = [direction]
          if layout == .contiguous {
            let count = numbers.count
            let largestFirst = numbers.indices.sorted { abs(numbers[$0]) > abs(numbers[$1]) }
            let chosen = count <= 24 ? Array(numbers.indices) : Array(largestFirst.prefix(10)) + (0..<14).map { _ in Int(generator.uniform() * Float(count - 1)) }
            checks += chosen.map { place in numbers.indices.map { $0 == place ? 1 : 0 } }
          }
          for direction in checks {
            let expected = zip(direction, numbers).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let length = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let found = trial.slope(i, direction, counts)
            let allowed = GradientTests.bound * (abs(expected) + largest * length) + found.rounding
            #expect(abs(found.value - expected) <= allowed, "\(given), \(layout), outputs \(counts): by input \(i): \(expected), the difference says \(found.value) ± \(allowed)")
          }
        }
      }
    }
  }

  /// Whoever asks for one gradient gets the one that asking for all gives.
  @Test(arguments: gradientCases) func needsChangeNothing(_ given: GradientCase) throws {
    let trial = Trial(given), inputs = trial.inputs(.contiguous)
    let cotangents = zip(trial.cotangents, trial.outputs).map { Tensor?.some(Tensor($0, $1.shape)) }
    let all = given.primitive.pullback(inputs, trial.outputs, cotangents, needs: inputs.map { _ in true })
    for i in inputs.indices {
      let one = given.primitive.pullback(inputs, trial.outputs, cotangents, needs: inputs.indices.map { $0 == i })
      #expect(one[i]?.values == all[i]?.values, "\(given): input \(i) alone")
    }
    let none = given.primitive.pullback(inputs, trial.outputs, trial.outputs.map { _ in nil }, needs: inputs.map { _ in true })
    for (i, gradient) in none.enumerated() {
      #expect(gradient == nil || gradient!.values.allSatisfy { $0 == 0 }, "\(given): a gradient by input \(i) of no gradient")
    }
  }

  /// Recorded and walked, with the walk itself recorded, the gradients are those of the pullback.
  @Test(arguments: gradientCases) func walkingGivesThePullback(_ given: GradientCase) throws {
    let trial = Trial(given), trace = Trace(recording: Recording())
    let inputs = trial.inputs(.contiguous).map { $0.tracked(by: trace) }
    let outputs = given.primitive.apply(all: inputs, trace: trace)
    let cotangents = zip(trial.cotangents, outputs).map { Tensor($0, $1.shape) }
    let expected = given.primitive.pullback(trial.inputs(.contiguous), trial.outputs, cotangents, needs: inputs.indices.map { !given.constant.contains($0) })
    // Closed cells give no loss.
    guard trial.outputs.allSatisfy({ $0.values.allSatisfy { $0.isFinite } }) else { return }
    var loss = Tensor(0).tracked(by: trace)
    for (output, cotangent) in zip(outputs, cotangents) { loss = loss + (output * cotangent).total }
    let wanted = inputs.indices.filter { !given.constant.contains($0) }
    let back = Trace(recording: Recording())
    let walked = try trace.recording!.gradients(of: loss.checked(), by: wanted.map { inputs[$0] }, trace: back)
    for i in wanted {
      guard let gradient = walked[inputs[i]] else {
        #expect(expected[i] == nil || expected[i]!.values.allSatisfy { $0 == 0 }, "\(given): input \(i) is not reached")
        continue
      }
      let apart = zip(gradient.values, expected[i]?.values ?? Array(repeating: 0, count: gradient.count)).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(apart < 1e-5 * max(1, gradient.values.reduce(0) { max($0, abs($1)) }), "\(given): input \(i)")
    }
    if !given.isFlat { #expect(back.recording!.nodes.contains { $0.primitive.name == "∂\(given.primitive.name)" }, "\(given): the walk was not recorded") }
  }

  /// Types in Sources that are primitives, by their declarations.
  static func declared() throws -> Set<String> {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    let declaration = /(?:struct|class|enum|extension|actor)\s+([A-Za-z_]+)[^{:\n]*:[^{\n]*\b(?:SinglePrimitive|Primitive)\b/
    var found: Set<String> = []
    for case let file as URL in try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)) where file.pathExtension == "swift" {
      for match in try String(contentsOf: file, encoding: .utf8).matches(of: declaration) { found.insert(String(match.1)) }
    }
    return found
  }

  /// A new primitive fails here until it has a case.
  @Test func everyPrimitiveHasACase() throws {
    let declared = try GradientTests.declared(), covered = Set(gradientCases.map(\.kind))
    #expect(declared.count >= 30)
    // A gradient's own operation: what it computes is what all the others' tests hold. Gradients of gradients are not taken.
    let without: Set = ["Pullback"]
    #expect(declared.subtracting(covered).subtracting(without) == [], "primitives without a case in GradientCases.swift")
    #expect(covered.subtracting(declared) == [])
  }

  /// Of primitives that are many in one, each.
  @Test func everyFunctionHasACase() {
    func names<P: Primitive>(_: P.Type, _ name: (P) -> String) -> [String] { Set(gradientCases.compactMap { $0.primitive as? P }.map { name($0) }).sorted() }
    let unary = names(Unary.self) { $0.function.rawValue }, binary = names(Binary.self) { $0.function.rawValue }, reduce = names(Reduce.self) { $0.function.rawValue }
    let gated = names(Gated.self) { $0.activation.rawValue }, methods = names(LongConvolution.self) { $0.method.rawValue }
    #expect(unary == Unary.Function.allCases.map(\.rawValue).sorted())
    #expect(binary == Binary.Function.allCases.map(\.rawValue).sorted())
    #expect(reduce == Reduce.Function.allCases.map(\.rawValue).sorted())
    #expect(gated == Unary.Function.allCases.map(\.rawValue).sorted())
    #expect(methods == LongConvolution.Method.allCases.map(\.rawValue).sorted())
  }
}
