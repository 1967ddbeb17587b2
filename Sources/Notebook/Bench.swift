// Timings: prefill and decoding of a model, held against the speed at which this machine reads memory.

import Blocks
import CKernels
import Dispatch
import Files
import Models
import Tensors

/// Medians of a few repetitions, interleaved, since a machine's speed drifts.
public struct Bench: Sendable {
  public struct Settings: Sendable {
    public var type: ElementType = .f32
    public var promptTokens = 512, newTokens = 64, repetitions = 5
    public var threads: Int?
    public init() {}
  }
  public private(set) var prefill: [Double] = [], decode: [Double] = [], read: [Double] = []
  public let parameters: Int, threads: Int, type: ElementType
  /// Bytes of weights that a decoded token reads (of the embedding: one row), and of memory at the middle of the decoding.
  public let bytesPerToken: Int
  /// What names cost, watched and unwatched, on a forward of 16 tokens.
  public let watching: WatchCost

  /// Runs the benchmark. Without weights on disk, seeded random ones of the wanted type are made.
  /// - Parameter progress: told what is happening, for a person who waits.
  public init(_ model: Model, _ settings: Settings, stop: UnsafeMutablePointer<Int32>? = nil, progress: (String) -> Void) throws {
    let architecture = model.architecture
    if let threads = settings.threads { ork_set_threads(Int32(threads)) }
    threads = Int(ork_threads())
    if model.isOutline {
      progress("making \(human(architecture.parameterCount)) random weights in \(settings.type.rawValue)")
      try Bench.fill(architecture, settings.type)
    }
    parameters = architecture.parameterCount
    type = architecture.embedding.tokens.tensor.type
    var weights = architecture.allParameters.reduce(0) { $0 + $1.parameter.count * $1.parameter.tensor.type.width }
    let table = architecture.embedding.tokens
    // An untied table is looked up, one row a token; a tied one is read whole by the head.
    if architecture.head?.isTied == false { weights -= (table.count - table.shape[1]) * table.tensor.type.width }
    var generator = SeededGenerator(seed: 1)
    let vocabulary = architecture.embedding.vocabulary
    let prompt = (0..<settings.promptTokens).map { _ in Int(generator.next() % UInt64(vocabulary)) }
    let block = architecture.allParameters.map(\.parameter).filter { $0.count > 1 << 16 }
    var memory = 0
    if architecture.family != .encoder {
      // Not timed: pages of the mapped weights, threads, and the room of the memory are there afterwards.
      progress("warming up")
      let run = Run(trace: Trace(stop: stop))
      let text = (0...settings.newTokens).map { prompt[$0 % prompt.count] }
      if architecture.encoder != nil { architecture.encode(Architecture.Input([prompt]), run) }
      _ = try architecture(Architecture.Input([text]), run, lastOnly: true)
    }
    for repetition in 0..<settings.repetitions {
      progress("repetition \(repetition + 1) of \(settings.repetitions)")
      let whole = Run(trace: Trace(stop: stop))
      if architecture.encoder != nil { architecture.encode(Architecture.Input([prompt]), whole) }
      prefill.append(
        Double(settings.promptTokens) / (try Bench.seconds { _ = try architecture(Architecture.Input([prompt]), whole) }))
      guard architecture.family != .encoder else { continue }
      let run = Run(trace: Trace(stop: stop))
      run.expected = settings.newTokens + 1
      if architecture.encoder != nil { architecture.encode(Architecture.Input([prompt]), run) }
      _ = try architecture(Architecture.Input([[prompt[0]]]), run)
      decode.append(
        Double(settings.newTokens)
          / (try Bench.seconds {
            for i in 0..<settings.newTokens { _ = try architecture(Architecture.Input([[prompt[i % prompt.count]]]), run) }
          }))
      memory = run.memoryBytes / 2
      // The same weights, read and nothing else.
      let bytes = block.reduce(0) { $0 + $1.count * $1.tensor.type.width }
      read.append(
        Double(bytes) / (Bench.seconds { for p in block { _ = ork_read(p.tensor.raw, Int64(p.count * p.tensor.type.width)) } }))
    }
    bytesPerToken = weights + memory
    progress("what names cost")
    watching = try WatchCost(architecture, ids: Array(prompt.prefix(16)), pairs: 2 * settings.repetitions + 1, stop: stop)
  }

  /// Seeded random numbers in place of weights. Their values do not matter for timing, but they must stay finite.
  private static func fill(_ architecture: Architecture, _ type: ElementType) throws {
    if let refusal = Budget.refusal(of: Cost.product(type.width, architecture.parameterCount)) { throw Fault(refusal, part: architecture.name) }
    var generator = SeededGenerator(seed: 7)
    for (_, parameter) in architecture.allParameters {
      let storage = Storage(count: parameter.count, type: type)
      var values = [Float](repeating: 0, count: min(parameter.count, 1 << 16))
      if case .constant(let c) = parameter.initial {
        for i in values.indices { values[i] = c }
      } else {
        for i in values.indices { values[i] = (generator.uniform() - 0.5) * 0.07 }
      }
      var done = 0
      while done < parameter.count {
        let count = min(values.count, parameter.count - done)
        values.withUnsafeBufferPointer { source in
          let target = storage.base + done * type.width
          if type == .f32 {
            target.copyMemory(from: source.baseAddress!, byteCount: 4 * count)
          } else {
            ork_narrow(source.baseAddress!, target, type == .f16 ? ORK_F16 : ORK_BF16, Int64(count))
          }
        }
        done += count
      }
      parameter.bind(Tensor(shape: parameter.shape, storage: storage))
    }
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(max(1, DispatchTime.now().uptimeNanoseconds - start)) / 1e9
  }

  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    return sorted.count % 2 == 1 ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
  }

  /// Share of the machine's reading speed that decoding reaches.
  public var decodeShare: Double { Bench.median(decode) * Double(bytesPerToken) / Bench.median(read) }

  public var json: JSONTree {
    .object([
      ("prefill_tokens_per_second", .double(Bench.median(prefill))), ("decode_tokens_per_second", .double(Bench.median(decode))),
      ("bytes_per_token", .int(bytesPerToken)), ("memory_read_bytes_per_second", .double(Bench.median(read))),
      ("decode_share_of_memory_speed", .double(decodeShare)), ("parameters", .int(parameters)), ("dtype", .string(type.rawValue)),
      ("named_tensors", .int(watching.names)), ("unwatched_names_share", .double(watching.unwatchedShare)),
      ("watched_over_plain", .double(watching.watchedOverPlain)),
      ("threads", .int(threads)), ("instructions", .string(String(cString: ork_instructions()))),
      ("repetitions", .int(prefill.count)),
    ])
  }

  public var text: String {
    var lines = [
      "\(human(parameters)) parameters in \(type.rawValue), \(threads) thread\(threads == 1 ? "" : "s"), \(String(cString: ork_instructions())); medians of \(prefill.count)",
      "  prefill  \(String(printf: "%.1f", Bench.median(prefill))) tokens a second (logits of all positions)",
    ]
    if !decode.isEmpty {
      // Weights that fit the processor's caches are not read from memory: their share of its speed says nothing.
      let share = bytesPerToken < 64 << 20 ? "" : String(
        printf: ", %.0f %% of the speed at which memory is read (%.1f GB/s)", 100 * decodeShare, Bench.median(read) / 1e9)
      lines.append("  decode   \(String(printf: "%.1f", Bench.median(decode))) tokens a second\(share)")
    }
    lines.append(
      "  names    \(watching.names) in a forward of 16 tokens: \(String(printf: "%.2f", 100 * watching.unwatchedShare)) % of its time unwatched; all watched, it takes \(String(printf: "%.2f", watching.watchedOverPlain)) times as long")
    return lines.joined(separator: "\n")
  }
}
