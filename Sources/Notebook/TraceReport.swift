// The trace of a generation as a table and as JSON. The page with a slider is TracePage's.

import Blocks
import Files
import Foundation
import Generation
import Models
import Tensors

/// A traced generation with the text of its tokens.
public struct TraceReport: Sendable {
  public let name: String
  public let steps: [TraceStep]
  /// The text before step 0 and every token after it, as a person reads them; ids where there is no tokenizer.
  public let prompt: [String]
  let texts: [String]
  let details: DetailWriter

  /// - Parameters:
  ///   - prompt: ids; of an encoder–decoder, the source text's.
  ///   - drafts: with guesses by multi-token prediction; a step may then give several tokens.
  public init(
    _ open: OpenModel, prompt: [Int], steps: Int, drafts: Bool = false, providers: [any TraceProvider] = TraceProviders.all,
    stop: UnsafeMutablePointer<Int32>? = nil
  ) throws {
    let isPair = open.architecture.encoder != nil
    // `begin` checks what the model can do; its run is not needed where the trace makes its own.
    let (start, forced) = try open.begin(prompt, run: Run(trace: Trace(stop: stop)))
    self.steps = try drafts
      ? Speculative(open.architecture, stops: open.model.stops).trace(start, steps: steps, providers: providers, stop: stop)
      : open.generator().trace(
      start, source: isPair ? prompt : nil, steps: steps, forced: forced, providers: providers, stop: stop)
    name = open.architecture.name
    @Sendable func text(_ id: Int) -> String {
      let text = open.text(of: id)
      return text.isEmpty || text.contains("\u{FFFD}") ? open.shown(id) : text
    }
    self.prompt = start.map(text)
    texts = self.steps.map { $0.token.map(text) ?? "" }
    details = DetailWriter(text: text)
  }

  public var json: JSONTree {
    .object([
      (
        "steps",
        .array(
          zip(steps, texts).map { step, text in
            .object([
              ("step", .int(step.step)), ("token", step.token.map { .object([("id", .int($0)), ("text", .string(text))]) } ?? .null),
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
              ("max_difference_uncached", .float(step.largestDifference)), ("details", .array(step.details.map(details.json))),
            ])
          })
      )
    ])
  }

  /// A table: one row for each step, the layers' memories summed up by kind.
  public var text: String {
    var rows = [["step", "reads", "query", "wrote", "reused", "forgot", "memory", "multiplications", "without cache", "difference", "next token"]]
    for (step, text) in zip(steps, texts) {
      // Every layer does the same; a step is told by its first memory, the bytes by all.
      let first = step.memory.first
      rows.append([
        String(step.step), "\(step.read.count) token\(step.read.count == 1 ? "" : "s")", step.query.described,
        String(first?.written ?? 0), String(first?.reused ?? 0), String(first?.evicted ?? 0),
        binary(step.memory.reduce(0) { $0 + $1.bytes }), grouped(step.multiplications.cached),
        grouped(step.multiplications.uncached), String(format: "%.1e", Double(step.largestDifference)), visible(text),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    let lines = rows.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == row.count - 1 ? row[column] : space + row[column]
      }.joined(separator: "  ")
    }
    let head = "\(name): \(steps.first?.memory.count ?? 0) memories; the prompt is \(prompt.map(visible).joined(separator: " "))"
    return ([head, ""] + lines + steps.flatMap(detailLines)).joined(separator: "\n")
  }

  /// What the family shows of a step, below the table.
  private func detailLines(_ step: TraceStep) -> [String] {
    step.details.isEmpty ? [] : ["", "step \(step.step)"] + step.details.flatMap(details.lines).map { "  " + $0 }
  }

  /// What was generated, as one text.
  public var generated: String { texts.joined() }

  /// The table in sentences.
  public var sentences: String {
    zip(steps, texts).map { step, text in
      let bytes = step.memory.reduce(0) { $0 + $1.bytes }
      return "Step \(step.step) reads \(step.read.count) token\(step.read.count == 1 ? "" : "s"), reuses \(step.memory.first?.reused ?? 0) positions, holds \(grouped(bytes)) bytes, multiplies \(grouped(step.multiplications.cached)) times instead of \(grouped(step.multiplications.uncached)), and chooses \(visible(text))."
        + step.details.map { " " + details.sentence($0) }.joined()
    }.joined(separator: "\n")
  }

  func visible(_ text: String) -> String { visibleText(text) }
}
