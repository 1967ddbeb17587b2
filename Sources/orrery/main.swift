// The program: the tree of commands, and the way in. Each command stands in a file of its own.

import ArgumentParser
import Terminal

struct Orrery: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orrery", abstract: "A working model of every language-model architecture.",
    discussion: """
      EXAMPLES
        orrery generate stories --text "Once there was a cat named Tom."
        orrery trace stories --text "Once there was" --steps 4
        orrery inspect ./Meta-Llama-3-8B/config.json
        orrery diagram ./gpt2 --output gpt2.svg
      """,
    version: "0.1.0",
    subcommands: [
      Generate.self, TraceCommand.self, DiagramCommand.self, Inspect.self, Logits.self, TensorsCommand.self, Tokenize.self,
      Score.self, Fill.self, Embed.self, MaskCommand.self, Models.self, BenchCommand.self, CompletionsCommand.self,
      ManualCommand.self,
    ])
}

/// Raised by Ctrl-C while a command computes; kernels poll it.
nonisolated(unsafe) let stopFlag = UnsafeMutablePointer(mutating: Interrupts.stopFlag)

runCommandLine(root: Orrery.self)
