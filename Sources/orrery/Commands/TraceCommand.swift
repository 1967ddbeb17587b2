import ArgumentParser
import Blocks
import Files
import Generation
import Notebook
import Tensors
import Terminal

struct TraceCommand: ParsableCommand {
  enum TraceFormat: String, ExpressibleByArgument, CaseIterable { case text, json, html }

  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Follows memory token by token: what was written, reused and forgotten.",
    discussion: """
      EXAMPLES
        orrery trace stories --text "Once there was" --steps 4
        orrery trace ./gpt2 --ids 464,3797,318 --format json
        orrery trace stories --text "Once there was" --format html > trace.html
        orrery trace ./LLaDA-8B-Base --text "The sky is" --steps 4 --max-new-tokens 16
      """)

  @Argument(help: "A folder with config.json and *.safetensors, or a shipped model.", completion: .model) var model: String
  @Option(parsing: .unconditional, help: "Token ids of the prompt (for an encoder–decoder: of the source).") var ids: IDList?
  @Option(parsing: .unconditional, help: "The prompt.") var text: String?
  @Flag(name: .customLong("no-special"), help: "Do not add the tokenizer's special tokens to the prompt.") var noSpecial = false
  @Flag(help: "Guess tokens by multi-token prediction and check them; a step may give several.") var drafts = false
  @Option(parsing: .unconditional, help: "Tokens to generate; of a diffusion model, passes of denoising.") var steps: Int = 5
  @Option(name: .customLong("max-new-tokens"), parsing: .unconditional, help: "Diffusion: tokens of the canvas; as many as steps if left out.") var limit: Int?
  @Option(help: "Diffusion on masks: which predictions a pass keeps.") var remasking: Remasking?
  @Option(parsing: .unconditional, help: "Diffusion: tokens that are written before anything right of them.") var block: Int?
  @Option(help: "text, json, or html (a page of its own with a step slider).") var format: TraceFormat = .text
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var display: DisplayOptions

  func run() throws {
    guard (1...100_000).contains(steps) else { throw Refusal("--steps is \(steps), but must lie between 1 and 100000") }
    let open = try opened(model)
    let prompt = try promptIDs(open, ids, text, special: !noSpecial)
    if let limit, limit < 1 { throw Refusal("--max-new-tokens is \(limit), but must be at least 1") }
    if let block, block < 1 { throw Refusal("--block is \(block), but must be at least 1") }
    if open.architecture.denoiser == nil, limit != nil || block != nil || remasking != nil {
      throw Refusal("\(model) writes token by token: --max-new-tokens, --block and --remasking are for diffusion models; --steps counts the tokens")
    }
    if open.architecture.denoiser != nil {
      var request = WritingRequest()
      (request.block, request.remasking, request.drafts) = (block, remasking?.rule, drafts)
      _ = try request.denoising(open, calling: model, spelling: Generate.spelled)
    }
    var choice = Architecture.Denoising()
    (choice.block, choice.remasking) = (block, remasking?.rule)
    let report = try TraceReport.of(open, prompt: prompt, steps: steps, limit: limit, drafts: drafts, choice: choice, reading: reading.choice, calling: model,
      spelling: Generate.spelled, stop: stopFlag)
    switch format {
    case .json: write(report.json)
    case .text: print(display.style.plain ? report.sentences : report.text(fitting: Screen.size.columns))
    case .html: print(report.html)
    }
  }
}
