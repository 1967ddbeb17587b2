import ArgumentParser
import Blocks
import Files
import Notebook
import Terminal

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Exact counts of an architecture: parameters, memory, arithmetic.",
    discussion: """
      EXAMPLES
        orrery inspect stories
        orrery inspect ./Meta-Llama-3-8B/config.json --context 8192
        orrery inspect ./gpt2 --format json
        orrery inspect --table
        orrery inspect --table gpt2-xl llama-3-8b mistral-7b-v0.1 --context 32768
        orrery inspect --table gpt2 mamba-130m --columns layers,width,vocabulary,weights
        orrery inspect --table --csv > architectures.csv
      """)

  @Argument(help: "A folder, a config.json, a shipped model, or the name of a known architecture; several with --table.", completion: .architecture) var models: [String] = []
  @Flag(help: "Compares the models in a table; all known architectures if none is named.") var table = false
  @Option(help: "Columns of the table, by commas, or all; left out: as many as the page is wide enough for.") var columns: String?
  @Flag(help: "The table as comma-separated values: every column, whole numbers.") var csv = false
  @Option(parsing: .unconditional, help: "Tokens at which arithmetic and memory are counted; left out: the context of each (512 where there is no bound).") var context: Int?
  @OptionGroup var output: OutputOptions
  @OptionGroup var display: DisplayOptions

  func run() throws {
    if let context, context < 1 || context > 1 << 24 { throw Refusal("--context is \(context), but must lie between 1 and \(1 << 24)") }
    if columns != nil, !table || csv || output.format == .json { throw Refusal("--columns is for the table that people read: --csv and --format json have all columns") }
    if table || csv { return try show(InspectTable(models, context: context)) }
    guard let model = models.first else { throw Refusal("say which model to inspect, or --table for all known architectures") }
    if models.count > 1 { throw Refusal("one model at a time, or several with --table") }
    let open = try OpenModel(model)
    let report = try InspectReport(open.model, context: context)
    if output.format == .json { write(report.json) } else { print(report.text) }
  }

  private func show(_ table: InspectTable) throws {
    for report in table.reports { if let notice = report.model.notice { Notices.add("orrery: " + notice) } }
    if csv { return print(table.csv, terminator: "") }
    if output.format == .json { return write(table.json) }
    let page = try columns.map { try table.page(columns: $0.split(separator: ",").map { $0.withoutOuterSpace }) }
      ?? table.page(fitting: Screen.size.columns)
    Table(page.columns.map(\.heading), alignments: page.columns.map { $0.isNumber ? .right : .left }, rows: page.cells)
      .lines(style: display.style).forEach { print($0) }
    guard !page.missing.isEmpty else { return }
    Notices.add("orrery: no room for \(page.missing.joined(separator: ", ")); --columns all shows every column, --csv and --format json have them whole")
  }
}
