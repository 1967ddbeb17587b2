// The trace of a generation as a table and as JSON. The page with a slider is TracePage's.

import Blocks
import Files
import Generation
import Models
import Tensors

/// A traced generation with the text of its tokens.
public struct TraceReport: Sendable {
  public let name: String
  public let steps: [TraceStep]
  /// The text before step 0 and every token after it, as a person reads them; ids where there is no tokenizer.
  public let prompt: [String]
  /// What an encoder has read before; empty where there is none.
  public let source: [String]
  /// What each step added, token by token.
  let texts: [[String]]
  /// What each step read ahead of the text: guesses.
  let guesses: [[String]]
  let details: DetailWriter
  /// Whether the steps are passes over a canvas and not tokens one after the other.
  let isCanvas: Bool

  /// - Parameters:
  ///   - prompt: ids; of an encoder–decoder, the source text's.
  ///   - drafts: with guesses by multi-token prediction; a step may then give several tokens.
  public init(
    _ open: OpenModel, prompt: [Int], steps: Int, drafts: Bool = false, reading: ReadingChoice = ReadingChoice(),
    providers: [any TraceProvider] = TraceProviders.all, stop: UnsafeMutablePointer<Int32>? = nil
  ) throws {
    let isPair = open.architecture.encoder != nil
    // `begin` checks what the model can do; its run is not needed where the trace makes its own.
    let (start, forced) = try open.begin(prompt, run: Run(trace: Trace(stop: stop)))
    self.steps = try drafts
      ? Speculative(open.architecture, stops: open.model.stops).trace(
        start, steps: steps, mask: reading.mask, prefix: reading.prefix, providers: providers, stop: stop)
      : open.generator().trace(
        start, source: isPair ? prompt : nil, steps: steps, forced: forced, mask: reading.mask, prefix: reading.prefix, providers: providers, stop: stop)
    name = open.architecture.name
    @Sendable func text(_ id: Int) -> String {
      let text = open.text(of: id)
      return text.isEmpty || text.contains("\u{FFFD}") ? open.shown(id) : text
    }
    self.prompt = start.map(text)
    source = isPair ? prompt.map(text) : []
    texts = self.steps.map { $0.added.map(text) }
    guesses = self.steps.map { $0.read.suffix($0.guesses).map(text) }
    details = DetailWriter(text: text)
    generated = (try? open.continuation(of: isPair ? [] : start, by: self.steps.flatMap(\.added))) ?? texts.joined().joined()
    isCanvas = false
  }

  /// The trace of a denoising: a step for each pass over the canvas.
  public init(
    _ open: OpenModel, prompt: [Int], way: any Decoding, limit: Int, providers: [any TraceProvider] = TraceProviders.all,
    stop: UnsafeMutablePointer<Int32>? = nil
  ) throws {
    let isPair = open.architecture.encoder != nil
    let (start, _) = try open.begin(prompt, run: Run(trace: Trace(stop: stop)))
    steps = try way.trace(start, source: isPair ? prompt : nil, limit: limit, of: open.architecture, providers: providers, stop: stop)
    name = open.architecture.name
    @Sendable func text(_ id: Int) -> String {
      let text = open.text(of: id)
      return text.isEmpty || text.contains("\u{FFFD}") ? open.shown(id) : text
    }
    self.prompt = start.map(text)
    source = isPair ? prompt.map(text) : []
    texts = steps.map { $0.added.map(text) }
    guesses = steps.map { _ in [] }
    details = DetailWriter(text: text)
    generated = texts.joined().joined()
    isCanvas = true
  }

  /// The trace of the model's own way of writing: token by token, or passes over a canvas.
  /// - Parameters:
  ///   - steps: tokens to generate, or passes.
  ///   - limit: tokens of the canvas; nil: as many as steps.
  ///   - choice: how to remove noise; its steps and stop tokens are filled in here.
  public static func of(
    _ open: OpenModel, prompt: [Int], steps: Int, limit: Int? = nil, drafts: Bool = false, choice: Architecture.Denoising = .init(),
    reading: ReadingChoice = ReadingChoice(), calling name: String? = nil, spelling: (String) -> String = { $0 }, stop: UnsafeMutablePointer<Int32>?
  ) throws -> TraceReport {
    var choice = choice
    try reading.check(open.architecture, count: prompt.count, calling: name ?? open.reference, spelling: spelling)
    if open.architecture.denoiser != nil, reading.mask != nil {
      var request = WritingRequest()
      request.reading = reading
      _ = try request.denoising(open, calling: name ?? open.reference, spelling: spelling)
    }
    (choice.steps, choice.stops) = (steps, open.model.stops)
    if let way = open.architecture.denoising(choice) {
      return try TraceReport(open, prompt: prompt, way: way, limit: limit ?? steps, stop: stop)
    }
    return try TraceReport(open, prompt: prompt, steps: steps, drafts: drafts, reading: reading, stop: stop)
  }

  public var json: JSONTree {
    .object([
      (
        "steps",
        .array(
          zip(steps, texts).map { step, words in
            .object([
              ("step", .int(step.step)), ("token", step.token.map { .object([("id", .int($0)), ("text", .string(words.last ?? ""))]) } ?? .null),
              ("added", .array(zip(step.added, words).map { .object([("id", .int($0)), ("text", .string($1))]) })),
              ("position", step.position.map { .int($0) } ?? .null), ("passes", .int(step.passes)),
              ("read", .ints(step.read)), ("query", .ints(step.query)),
              (
                "multiplications",
                .object([("cached", .int(step.multiplications.cached)), ("uncached", .int(step.multiplications.uncached))])
              ),
              (
                "memory",
                .array(
                  step.memory.map { slot in
                    .object([
                      ("name", .string(slot.name)), ("shape", .ints(slot.shape)), ("bytes", .int(slot.bytes)),
                      ("written", .int(slot.written)), ("reused", .int(slot.reused)), ("evicted", .int(slot.evicted)),
                    ])
                  })
              ), ("attention", .array(step.attention.map { .floats($0) })),
              ("attention_layers", .array(step.attentionLayers.map { .string($0) })),
              ("max_difference_uncached", .float(step.largestDifference)), ("details", .array(step.details.map(details.json))),
            ])
          })
      )
    ])
  }

  /// A table: one row for each step; below it where the last token looked, and the memories where they are of several kinds.
  public var text: String { text(fitting: .max) }

  /// - Parameter width: columns of the page; what does not fit beside the rest stands below it.
  public func text(fitting width: Int) -> String {
    // What a page of 80 columns has no room for stands below: the shape and the difference.
    let headings = ["step", "reads", "wrote", "reused", "forgot", "memory", "multiplied", "uncached", isCanvas ? "surest" : "next", "query", "differs"]
    let telling = memories.telling
    let rows = zip(steps, texts).map { step, words in
      // Every layer does the same; a step is told by one of its memories, the bytes by all.
      let slot = telling.flatMap { name in step.memory.first { $0.name == name } }
      return [
        String(step.step), "\(step.read.count) token\(step.read.count == 1 ? "" : "s")", String(slot?.written ?? 0), String(slot?.reused ?? 0),
        String(slot?.evicted ?? 0), binary(step.memory.reduce(0) { $0 + $1.bytes }), grouped(step.multiplications.cached),
        grouped(step.multiplications.uncached), words.map(visible).joined(separator: " "), step.query.isEmpty ? "–" : step.query.described,
        String(printf: "%.1e", Double(step.largestDifference)),
      ]
    }
    let table = TextColumns([headings] + rows, leftAligned: [8]).lines(fitting: width)
    return (wrappedLines(head.split(separator: " ").map(String.init), fitting: width, indent: 2) + [""] + table + lookingLines + memoryLines(width) + steps.flatMap { detailLines($0, min(width, 100)) }).joined(separator: "\n")
  }

  private var head: String {
    let count = steps.first?.memory.count ?? 0
    let memories = "\(name): \(count) \(count == 1 ? "memory" : "memories")"
    let start = prompt.map(visible).joined(separator: " ")
    if !source.isEmpty, start.isEmpty { return "\(memories); the source is \(source.map(visible).joined(separator: " "))" }
    return source.isEmpty ? "\(memories); the prompt is \(start)" : "\(memories); the source is \(source.map(visible).joined(separator: " ")), the decoder begins with \(start)"
  }

  /// The attention row: the tokens that the last token looked at most.
  private var lookingLines: [String] {
    guard steps.contains(where: { !($0.attention.last ?? []).isEmpty }) else { return [] }
    let widest = String(steps.last?.step ?? 0).count
    return ["", "where the last token looks (last layer with attention, mean of its heads):"] + steps.enumerated().map { index, step in
      let number = String(step.step)
      return "  step " + String(repeating: " ", count: widest - number.count) + number + "  " + looking(index).joined(separator: ", ")
    }
  }

  /// `␣birds 41 %`, the largest three.
  func looking(_ index: Int) -> [String] {
    let before = prompt + texts[..<index].joined() + guesses[index], row = steps[index].attention.last ?? []
    let order = row.indices.sorted { row[$0] == row[$1] ? $0 < $1 : row[$0] > row[$1] }
    return order.prefix(3).map { key in
      let place = before.count - row.count + key
      return "\(before.indices.contains(place) ? visible(before[place]) : String(key)) \(Int((row[key] * 100).rounded())) %"
    }
  }

  /// The memories as kinds.
  var memories: TraceMemories { TraceMemories(steps) }

  private func memoryLines(_ width: Int) -> [String] {
    let kinds = memories.kinds
    guard kinds.count > 1 else { return [] }
    let headings = ["memory", "of them", "after the last step"] + steps.map { "step \($0.step)" }
    let rows = kinds.map { kind in
      [kind.name, String(kind.count), "\(kind.last.shape.described), \(binary(kind.bytes))"] + kind.steps.map { $0.map { "\($0.written) \($0.reused) \($0.evicted)" } ?? "–" }
    }
    return ["", "positions written, reused and forgotten:"] + TextColumns([headings] + rows, leftAligned: [0, 2]).lines(fitting: max(20, width - 2)).map { $0.isEmpty ? "" : "  " + $0 }
  }

  /// What the family shows of a step, below the table.
  private func detailLines(_ step: TraceStep, _ width: Int) -> [String] {
    step.details.isEmpty ? [] : ["", "step \(step.step)"] + step.details.flatMap { details.lines($0, fitting: width - 2) }.map { "  " + $0 }
  }

  /// What was generated, as one text.
  public let generated: String

  /// The table in sentences.
  public var sentences: String {
    let telling = memories.telling
    return zip(steps, texts).enumerated().map { index, pair in
      let (step, words) = pair
      let bytes = step.memory.reduce(0) { $0 + $1.bytes }
      return "Step \(step.step) reads \(step.read.count) token\(step.read.count == 1 ? "" : "s"), reuses \(step.memory.first { $0.name == telling }?.reused ?? 0) positions, holds \(grouped(bytes)) bytes, multiplies \(grouped(step.multiplications.cached)) times instead of \(grouped(step.multiplications.uncached))\(step.token == nil ? "" : ", and chooses \(words.map(visible).joined(separator: " "))")."
        + (looking(index).isEmpty ? "" : " The last token looks at \(looking(index).joined(separator: ", ")).")
        + step.details.map { " " + details.sentence($0) }.joined()
    }.joined(separator: "\n")
  }

  func visible(_ text: String) -> String { visibleText(text) }
}
