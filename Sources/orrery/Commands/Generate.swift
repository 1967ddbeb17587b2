import ArgumentParser
import Files
import Generation
import Notebook
import Tensors

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continues a text.",
    discussion: """
      EXAMPLES
        orrery generate stories --text "Once there was a cat"
        orrery generate ./Llama-3.2-1B --text "The sky is" --temperature 0.8 --top-p 0.9 --seed 7
        orrery generate ./t5-small --text "translate English to German: Good morning." --beams 4
        orrery generate ./LLaDA-8B-Base --text "The sky is" --steps 16 --remasking low-confidence --block 8
      """)

  @Argument(help: "A folder with config.json and *.safetensors, or a shipped model.", completion: .model) var model: String
  @Option(parsing: .unconditional, help: "Token ids of the prompt.") var ids: IDList?
  @Option(parsing: .unconditional, help: "The prompt.") var text: String?
  @Flag(name: .customLong("no-special"), help: "Do not add the tokenizer's special tokens to the prompt.") var noSpecial = false
  @Option(name: .customLong("max-new-tokens"), parsing: .unconditional, help: "At most so many new tokens.") var limit: Int = 32
  @Option(parsing: .unconditional, help: "0 is greedy; higher is more varied.") var temperature: Double?
  @Option(name: .customLong("top-k"), parsing: .unconditional, help: "Choose among the K most likely tokens.") var topK: Int?
  @Option(name: .customLong("top-p"), parsing: .unconditional, help: "Choose among the most likely tokens that together have probability P.") var topP: Double?
  @Option(parsing: .unconditional, help: "Beam search with N beams.") var beams: Int?
  @Option(parsing: .unconditional, help: "The same seed gives the same text.") var seed: Int = 0
  @Option(parsing: .unconditional, help: "Diffusion: passes of denoising; as many as new tokens if left out.") var steps: Int?
  @Option(help: "Diffusion on masks: which predictions a pass keeps (low-confidence: the most probable).") var remasking: Remasking?
  @Option(parsing: .unconditional, help: "Diffusion: tokens that are written before anything right of them.") var block: Int?
  @Flag(help: "Diffusion on embeddings: put every prediction onto its nearest word.") var clamp = false
  @Flag(name: .customLong("no-cache"), help: "Compute the whole text anew at every step.") var noCache = false
  @Flag(help: "Guess tokens by multi-token prediction and check them in one forward: the same text in fewer forwards.") var drafts = false
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try check()
    let open = try opened(model)
    let read = try promptIDs(open, ids, text, special: !noSpecial)
    let written = try request.carriedOut(with: open, read, calling: model, stop: stopFlag, spelling: Generate.spelled)
    let new = written.tokens
    if open.architecture.encoder == nil { noteLength(read.count + new.count, open) }
    let continuation = open.tokenizerIfAny?.decode(new, skipSpecial: true)
    if output.format == .json {
      let counts: [(String, JSONTree)] = written.speculation.map {
        [("drafts", .object([("checked", .int($0.drafted)), ("accepted", .int($0.accepted)), ("forwards", .int($0.steps.count))]))]
      } ?? []
      write(.object([("ids", .ints(new)), ("text", continuation.map { .string($0) } ?? .null)] + counts))
    } else {
      print(try goingOn(open, read, new) ?? continuation ?? new.map(String.init).joined(separator: ","))
    }
  }

  /// The prompt as it was typed and what a decoder went on with, spaced as the tokenizer spaces them together. Nil without a typed prompt, and for an
  /// encoder–decoder, which writes a text of its own.
  private func goingOn(_ open: OpenModel, _ read: [Int], _ new: [Int]) throws -> String? {
    guard open.architecture.encoder == nil, let text else { return nil }
    return text + (try open.continuation(of: read, by: new))
  }

  private var request: WritingRequest {
    var request = WritingRequest()
    (request.limit, request.temperature, request.topK, request.topP, request.beams, request.seed) = (limit, temperature, topK, topP, beams, seed)
    (request.steps, request.block, request.remasking, request.clamps) = (steps, block, remasking?.rule, clamp)
    (request.usesMemory, request.drafts, request.reading) = (!noCache, drafts, reading.choice)
    return request
  }

  /// An option of a request as the command line writes it.
  static func spelled(_ option: String) -> String {
    switch option {
    case "topK": "--top-k"
    case "topP": "--top-p"
    case "no memory": "--no-cache"
    default: "--" + option
    }
  }

  private func check() throws {
    if let steps, steps < 1 { throw Refusal("--steps is \(steps), but must be at least 1") }
    if let block, block < 1 { throw Refusal("--block is \(block), but must be at least 1") }
    if limit < 0 { throw Refusal("--max-new-tokens is \(limit), but must be at least 0") }
    if let temperature, !(temperature >= 0 && temperature.isFinite) { throw Refusal("--temperature is \(temperature), but must be 0 (greedy) or more") }
    if let topK, topK < 1 { throw Refusal("--top-k is \(topK), but must be at least 1") }
    if let topP, !(topP > 0 && topP <= 1) { throw Refusal("--top-p is \(topP), but must lie above 0 and be at most 1") }
    if let beams, beams < 1 || beams > 256 { throw Refusal("--beams is \(beams), but must lie between 1 and 256") }
  }
}

/// `low-confidence` or `random`.
enum Remasking: String, ExpressibleByArgument, CaseIterable {
  case lowConfidence = "low-confidence", random
  var rule: MaskedDiffusion.Remasking { self == .random ? .random : .lowConfidence }
}

/// The prompt's ids, from --ids or from --text.
func promptIDs(_ open: OpenModel, _ ids: IDList?, _ text: String?, special: Bool) throws -> [Int] {
  switch (ids, text) {
  case (let ids?, nil): return ids.ids
  case (nil, let text?):
    let tokenizer = try open.tokenizer(), encoding = tokenizer.encode(text, addSpecial: special)
    noteLeftOut(tokenizer, encoding, text)
    return encoding.ids
  case (nil, nil): throw Refusal("say what to read: --text \"…\" or --ids 5,6,7")
  default: throw Refusal("give either --text or --ids, not both")
  }
}
