// Gradients of whole models against the reference implementation's (Tests/Fixtures/gradients, made by make_gradients.py): for every tensor of
// a checkpoint the norm of its gradient, its sum, and its product with a pattern.

import Blocks
import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Testing

@testable import Training

private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

private func gradientNames() -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: fixtures.appendingPathComponent("gradients").path)) ?? []).sorted()
    .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
}

/// What make_gradients.py wrote.
private struct ReferenceGradient {
  let ids: [[Int]], decoderIds: [[Int]]?, segments: [[Int]]?
  let loss: Double
  let tensors: [(name: String, numbers: [Double])]

  init(_ name: String) throws {
    let json = try JSON.read(fixtures.appendingPathComponent("gradients/\(name).json").path)
    func rows(_ key: ByteString) -> [[Int]]? { json[key]?.array?.map { $0.array!.map { $0.int! } } }
    (ids, decoderIds, segments) = (rows("ids")!, rows("decoder_ids"), rows("token_types"))
    loss = json["loss"]!.double!
    tensors = json["tensors"]!.members!.map { ($0.key.string, $0.value.array!.map { $0.double! }) }
  }

  /// The loss that the script takes, on our model.
  func loss(_ model: Architecture, _ run: Run) throws -> Tensor {
    if let decoderIds {
      model.encode(Architecture.Input(ids), run)
      return counted(try model(Architecture.Input(decoderIds), run))
    }
    let input = Architecture.Input(ids, segments: segments)
    let hidden = model.hidden(input, run)
    let logits = model.head.map { $0(hidden, run) }
    let positions = Float(ids.count * ids[0].count)
    var loss = logits.map { $0.shape.last! > 1 ? counted($0) : weighted($0, 0.3) * (1 / positions) } ?? weighted(hidden, 0.3) * (1 / positions)
    if let pooler = model.extras.first(where: { $0.name == "pooler" })?.part as? Pooler {
      let pair = model.extras.first { ["nextSentence", "sentenceOrder"].contains($0.name) }?.part as? Projection
      if pair != nil || model.head == nil {
        let pooled = pooler(hidden, run)
        loss = loss + weighted(pair.map { $0(pooled) } ?? pooled, 0.5)
      }
    }
    return loss
  }

  private func counted(_ logits: Tensor) -> Tensor {
    let count = logits.count / logits.shape.last!, vocabulary = logits.shape.last!
    let losses = crossEntropy(logits, targets: (0..<count).map { Int32((5 * $0 + 3) % vocabulary) })
    return (losses * Tensor((0..<count).map { Float(1 + $0 % 3) / Float(2 * count) }, losses.shape)).total
  }

  private func weighted(_ x: Tensor, _ rate: Float) -> Tensor {
    (x.reshaped([x.count]) * Tensor((0..<x.count).map { cosf(rate * Float($0)) }, [x.count])).total
  }
}

/// Where in the file each number of each parameter stands: found by loading the same folder with numbers that count.
private struct FileLayout {
  /// First place of each tensor, and how many it has.
  private(set) var tensors: [String: Range<Int>] = [:]
  /// Places of the numbers of each parameter, by its path.
  private(set) var places: [String: [Int]] = [:]
  private(set) var end = 0

  init(_ folder: CheckpointFolder) throws {
    var known: [Data: Int] = [:], parts: [(String, [Int], [Float])] = []
    for (name, entry) in folder.tensors.sorted(by: { $0.key < $1.key }) {
      // What is equal in the file (tied weights that stand there twice) must stay equal.
      let bytes = Data(entry.bytes), start = known[bytes] ?? end, count = entry.shape.elementCount
      if known.updateValue(start, forKey: bytes) == nil { end += count }
      tensors[name] = start..<(start + count)
      parts.append((name, entry.shape, (start..<(start + count)).map(Float.init)))
    }
    precondition(end < 1 << 24, "float32 counts no further")
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("gradients-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: copy) }
    try FileManager.default.copyItem(atPath: folder.path + "/config.json", toPath: copy.path + "/config.json")
    var buffers: [UnsafeMutableBufferPointer<Float>] = []
    defer { buffers.forEach { $0.deallocate() } }
    try Safetensors.write(copy.path + "/model.safetensors", parts.map { name, shape, numbers in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: numbers.count)
      _ = buffer.initialize(from: numbers)
      buffers.append(buffer)
      return Safetensors.Part(name, .f32, shape, UnsafeRawBufferPointer(buffer))
    })
    for (path, parameter) in try Model(path: copy.path).architecture.allParameters where !parameter.isBuffer {
      places[path] = parameter.tensor.values.map { Int($0) }
    }
  }
}

@Suite struct ReferenceGradientTests {
  /// Bound of the difference relative to the norm of a tensor's gradient: ours is single precision, the reference double. (What is 0 by symmetry,
  /// such as a key's bias, is rounding: the norm counts as at least a thousandth of the whole gradient's.) Most stay below 1e-5; Qwen3-Next, which
  /// divides by the norms of its keys, comes to 1.5e-4.
  static let bound = 3e-4, floor = 1e-3

  @Test(arguments: gradientNames(), [false, true])
  func gradientsEqualTheReference(_ name: String, isDetailed: Bool) throws {
    let folder = try CheckpointFolder(path: fixtures.appendingPathComponent("checkpoints/\(name)").path)
    let model = try Model(folder: folder).architecture, layout = try FileLayout(folder)
    let expected = try ReferenceGradient(name)
    let step = try GradientStep(model)
    let recording = Recording(isDetailed: isDetailed)
    step.trace.recording = recording
    let loss = try expected.loss(model, Run(trace: step.trace, keepsMemory: false)).checked()
    step.trace.recording = nil
    #expect(abs(Double(loss.item) - expected.loss) < 1e-5 * max(1, abs(expected.loss)), "\(name): loss \(loss.item), not \(expected.loss)")

    let found = try recording.gradients(of: loss, by: step.parameters.map(\.tensor), freeing: true)
    var published = [Double](repeating: 0, count: layout.end)
    for (path, parameter) in model.allParameters where !parameter.isBuffer {
      guard let gradient = found[parameter.tensor] else { continue }
      let places = try #require(layout.places[path])
      for (place, number) in zip(places, gradient.values) { published[place] += Double(number) }
    }
    let whole = expected.tensors.reduce(0) { $0 + $1.numbers[0] * $1.numbers[0] }.squareRoot()
    var worst = (error: 0.0, name: "")
    for (tensor, reference) in expected.tensors {
      let range = try #require(layout.tensors[tensor], "\(name): \(tensor) is not in the file")
      let numbers = published[range]
      let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot(), sum = numbers.reduce(0, +)
      let along = zip(0..., numbers).reduce(0) { $0 + $1.1 * cos(0.7 * Double($1.0)) }
      let scale = max(reference[0], ReferenceGradientTests.floor * whole)
      let error = zip([norm, sum, along], reference).map { abs($0 - $1) / scale }.max()!
      #expect(error < ReferenceGradientTests.bound, "\(name): gradient of \(tensor): norm, sum, along \([norm, sum, along]), not \(reference)")
      if !(error <= worst.error) { worst = (error, tensor) }
    }
    if ProcessInfo.processInfo.environment["ORRERY_SHOW_ERRORS"] != nil { print("worst \(name) \(isDetailed) \(worst)") }
  }
}
