// A diffusion model on the command line: what it writes, what its trace shows, and what cannot be asked of it.

import Foundation
import Testing

@Suite struct DiffusionCommandTests {
  private func run(_ line: String) throws -> (printed: String, status: Int32) {
    let program = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).deletingLastPathComponent()
    let process = Process(), output = Pipe()
    process.executableURL = program.appendingPathComponent("orrery")
    process.arguments = line.split(separator: " ").map { $0 == "LLADA" ? "Tests/Fixtures/checkpoints/llada" : String($0) }
    process.currentDirectoryURL = Shown.root
    (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, output, output)
    try process.run()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (printed, process.terminationStatus)
  }

  /// The text of the reference's sampler, whole and in blocks.
  @Test func writes() throws {
    let whole = try run("generate LLADA --ids 16,55,44,9,4 --max-new-tokens 12 --steps 4")
    #expect(whole == ("31,38,48,29,18,18,31,38,10,10,18,50\n", 0))
    let blocks = try run("generate LLADA --ids 16,55,44,9,4 --max-new-tokens 12 --steps 6 --block 4 --remasking low-confidence")
    #expect(blocks == ("31,27,48,18,50,27,10,27,57,27,50,50\n", 0))
  }

  @Test func traces() throws {
    let table = try run("trace LLADA --ids 16,55,44,9,4 --steps 2 --max-new-tokens 4")
    #expect(table.status == 0 && table.printed.contains("denoising: noise level 1.00, masked 4, kept 2, remasked 2, block 5..<9, remasking low-confidence"))
    let page = try run("trace LLADA --ids 16,55,44,9,4 --steps 2 --max-new-tokens 4 --format html")
    #expect(page.printed.contains("<span class=\"remasked\"") && page.printed.components(separatedBy: "<section>").count == 3)
  }

  @Test(arguments: [
    ("generate LLADA --ids 1 --steps 0", "--steps is 0, but must be at least 1"),
    ("generate LLADA --ids 1 --block 0", "--block is 0, but must be at least 1"),
    ("generate LLADA --ids 1 --beams 3", "--beams, --top-k and --top-p are for models that write token by token; LLADA removes noise"),
    ("generate stories --ids 1 --steps 3", "--steps, --remasking, --block and --clamp are for diffusion models; stories writes token by token"),
    ("generate LLADA --ids 1 --max-new-tokens 64", "the text has 65 tokens; this model reads at most 64"),
    ("trace LLADA --ids 1 --max-new-tokens 0", "--max-new-tokens is 0, but must be at least 1"),
    ("trace LLADA --ids 1 --block 0", "--block is 0, but must be at least 1"),
    ("fill blanks --text a --sweeps -1", "--sweeps is -1, but must lie between 0 and 1000"),
  ])
  func refusals(_ line: String, _ expected: String) throws {
    let result = try run(line)
    #expect(result == ("orrery: \(expected.replacing("LLADA", with: "Tests/Fixtures/checkpoints/llada"))\n", 2))
  }
}
