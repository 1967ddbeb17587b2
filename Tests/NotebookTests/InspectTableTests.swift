// The comparison of many architectures: text, JSON and CSV.

import Files
import Testing

@testable import Notebook

@Suite struct InspectTableTests {
  @Test func severalAtAContext() throws {
    let table = try InspectTable(["gpt2", "llama-3-8b"], context: 1000)
    #expect(table.cells == [
      ["gpt2", "decoder", "124 M", "", "12", "768", "1,024", "36 KiB", "", "35.2 MiB", "1,000", "284 M"],
      ["Llama-3-8B", "decoder", "8.03 B", "", "32", "4,096", "8,192", "128 KiB", "", "125 MiB", "1,000", "15.5 B"],
    ])
    let lines = table.csv.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4 && lines[3].isEmpty)
    #expect(lines[0] == "name,model_type,family,parameters,active,layers,width,vocabulary,context,bytes_per_token,constant_bytes,bytes_per_source_token,counted_at,memory_bytes,weight_bytes_bf16,flops_per_token,source")
    #expect(lines[1] == "gpt2,gpt2,decoder,124439808,124439808,12,768,50257,1024,36864,0,0,1000,36864000,248879616,283928064,\"config.json of openai-community/gpt2 on Hugging Face; Radford et al. 2019, \"\"Language Models are Unsupervised Multitask Learners\"\"\"")
    #expect(JSON.encode(table.json).hasPrefix("[{\"name\":\"gpt2\",\"model_type\":\"gpt2\",\"family\":\"decoder\",\"parameters\":{\"total\":124439808,\"active\":124439808},\"layers\":12,\"width\":768,"))
  }

  @Test func allThatAreKnown() throws {
    let table = try InspectTable([], context: 16)
    #expect(table.reports.count == KnownArchitecture.names.count && table.reports.count >= 43)
    // Each says where it was published.
    #expect(table.reports.allSatisfy { $0.source != nil })
  }

  @Test func anUnknownNameIsOneLine() {
    #expect { _ = try InspectTable(["gpt2", "gpt2-xll"], context: nil) } throws: { error in
      "\(error)".hasPrefix("there is no folder, file, shipped model or known architecture 'gpt2-xll'; did you mean 'gpt2-xl'?")
    }
  }
}
