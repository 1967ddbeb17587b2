// The comparison of many architectures: text, JSON and CSV.

import Files
import Foundation
import Testing

@testable import Notebook

@Suite struct InspectTableTests {
  @Test func severalAtAContext() throws {
    let table = try InspectTable(["gpt2", "llama-3-8b"], context: 1000)
    let page = table.page(fitting: 100)
    #expect(page.columns.map(\.key) == ["name", "family", "parameters", "layers", "width", "vocabulary", "context", "cache", "memory", "weights", "flops"])
    #expect(page.missing.isEmpty && page.columns.first { $0.key == "memory" }?.heading == "memory\nat 1,000")
    #expect(page.cells == [
      ["gpt2", "decoder", "124 M", "12", "768", "50,257", "1,024", "36 KiB", "35.2 MiB", "237 MiB", "284 M"],
      ["Llama-3-8B", "decoder", "8.03 B", "32", "4,096", "128,256", "8,192", "128 KiB", "125 MiB", "15 GiB", "15.5 B"],
    ])
    let narrow = table.page(fitting: 70)
    #expect(narrow.columns.map(\.key) == ["name", "parameters", "layers", "context", "cache", "memory", "flops"])
    #expect(narrow.missing == ["family", "width", "vocabulary", "weights"])
    let lines = table.csv.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4 && lines[3].isEmpty)
    #expect(lines[0] == "name,model_type,family,parameters,active,layers,width,vocabulary,context,bytes_per_token,constant_bytes,bytes_per_source_token,counted_at,memory_bytes,weight_bytes_bf16,flops_per_token,source")
    #expect(lines[1] == "gpt2,gpt2,decoder,124439808,124439808,12,768,50257,1024,36864,0,0,1000,36864000,248879616,283928064,\"config.json of openai-community/gpt2 on Hugging Face; Radford et al. 2019, \"\"Language Models are Unsupervised Multitask Learners\"\"\"")
    #expect(JSON.encode(table.json).hasPrefix("[{\"name\":\"gpt2\",\"model_type\":\"gpt2\",\"family\":\"decoder\",\"parameters\":{\"total\":124439808,\"active\":124439808},\"layers\":12,\"width\":768,"))
  }

  /// A denoiser reads its whole canvas in every pass: at the longest context that may be asked for, its arithmetic leaves 64 bits. The count stops, and says so.
  @Test(arguments: ["llada-8b", "d3pm-absorbing", "diffusion-lm"])
  func countsThatLeaveSixtyFourBits(_ name: String) throws {
    let table = try InspectTable([name], context: 1 << 24)
    #expect(table.reports[0].text.contains("FLOPs per token       4,611,686,018,427,387,904 or more at a context of 16,777,216"))
    #expect(table.csv.contains(",4611686018427387904,"))
  }

  @Test func allThatAreKnown() throws {
    let table = try InspectTable([], context: 16)
    #expect(table.reports.count == KnownArchitecture.names.count && table.reports.count >= 43)
    // Each says where it was published.
    #expect(table.reports.allSatisfy { $0.source != nil })
  }

  /// 80 columns hold which model, how large, how deep, what it remembers and what a token costs, of all that are known; 132 hold nearly all.
  @Test func aPageIsAsWideAsItIs() throws {
    let table = try InspectTable([], context: nil)
    for (width, keys) in [
      (80, ["name", "parameters", "active", "layers", "cache", "memory", "flops"]),
      (132, ["name", "family", "parameters", "active", "layers", "width", "context", "cache", "bounded", "memory", "flops"]),
    ] {
      let page = table.page(fitting: width)
      #expect(page.columns.map(\.key) == keys)
      let heads = page.columns.map { $0.heading.split(separator: "\n").map(String.init) }
      let widths = page.columns.indices.map { column in (heads[column] + page.cells.map { $0[column] }).map(\.count).max()! }
      #expect(widths.reduce(-2) { $0 + $1 + 2 } <= width)
      // No name is cut.
      #expect(page.cells.map { $0[0] } == table.reports.map(\.model.outline.name))
    }
  }

  @Test func columnsByName() throws {
    let table = try InspectTable(["mamba-130m"], context: nil)
    #expect(try table.page(columns: ["bounded", "layers"]).cells == [["mamba-130m", "2.46 MiB", "24"]])
    #expect(try table.page(columns: ["all"]).columns.count == 13)
    for (name, message) in [
      ("layer", "there is no column 'layer'; did you mean 'layers'?"),
      ("zzzzzz", "there is no column 'zzzzzz'; there are name, family, parameters, active, layers, width, vocabulary, context, cache, bounded, memory, weights, flops, or all"),
    ] {
      #expect { _ = try table.page(columns: [name]) } throws: { "\($0)" == message }
    }
  }

  @Test func anUnknownNameIsOneLine() {
    #expect { _ = try InspectTable(["gpt2", "gpt2-xll"], context: nil) } throws: { error in
      "\(error)".hasPrefix("there is no folder, file, shipped model or known architecture 'gpt2-xll'; did you mean 'gpt2-xl'?")
    }
  }

  /// Three digits of every size, and no zero lost that says something.
  @Test func sizesInTheTable() throws {
    for (count, text) in [
      (1, "0 KiB"), (1024, "1 KiB"), (1536, "1.5 KiB"), (10 * 1024, "10 KiB"), (320 << 10, "320 KiB"), (100 << 20, "100 MiB"), (999 << 20, "999 MiB"),
      (1000 << 20, "0.98 GiB"), (200 << 30, "200 GiB"), (1010 << 10, "0.99 MiB"), (2_579_497, "2.46 MiB"),
    ] { #expect(InspectColumn.bytes(count) == text) }
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var count = 1024.0
    while count < 1e18 {
      let parts = InspectColumn.bytes(Int(count)).split(separator: " "), power = Double(try #require(units.firstIndex(of: String(parts[1]))) + 1)
      let told = try #require(Double(parts[0])) * pow(1024, power)
      #expect(abs(told / Double(Int(count)) - 1) < 0.0051, "\(Int(count)) bytes are \(parts.joined(separator: " "))")
      count *= 1.013
    }
  }

  /// What the table calls a model is what opens it, in every command that needs no weights.
  @Test func namesOfTheTableOpen() throws {
    let reports = try InspectTable([], context: nil).reports
    #expect(reports.count >= 150)
    for report in reports {
      let name = report.model.outline.name
      #expect(try OpenModel.path(of: name) == report.model.folder.path, "\(name)")
      let drawing = try Drawing(name, depth: "block", compare: nil)
      #expect(drawing.failure == nil && drawing.notices == [], "\(name)")
    }
  }
}
