// The program: the tree of commands, and the way in. Each command stands in a file of its own; without one, the prompt opens.

import ArgumentParser
import Glibc
import Notebook
import Terminal

struct Orrery: ParsableCommand, Conversational {
  static let configuration = CommandConfiguration(
    commandName: "orrery", abstract: "A working model of every language-model architecture.",
    discussion: """
      EXAMPLES
        orrery
        orrery lesson
        orrery eval 'softmax(tensor([1, 2, 3]))'
        orrery generate stories --text "Once there was a cat named Tom."
        orrery trace stories --text "Once there was" --steps 4
        orrery inspect ./Meta-Llama-3-8B/config.json
        orrery diagram ./gpt2 --output gpt2.svg
        orrery train lessons/models/gpt2-stories.plan
      ENVIRONMENT
        ORRERY_MEMORY=8G   memory that tensors may take together; three quarters of the machine's if it is not set
      """,
    version: "0.1.0",
    subcommands: [
      LessonOpenCommand.self, LessonsCommand.self, RunCommand.self, EvalCommand.self, DocsCommand.self, Generate.self, TraceCommand.self, DiagramCommand.self, Inspect.self, Logits.self, TensorsCommand.self, Tokenize.self,
      Score.self, Fill.self, Embed.self, MaskCommand.self, Models.self, TrainCommand.self, CorpusCommand.self, BenchCommand.self, CompletionsCommand.self,
      ManualCommand.self,
    ])

  @OptionGroup var trust: TrustOption
  @OptionGroup var display: DisplayOptions

  /// The prompt; with piped input, its cells without prompts.
  func run() throws {
    let style = display.style
    let host = Stage(style: style, file: Screen.isInteractive ? nil : "standard input", trust: trust)
    let code = Prompt(host: host, style: style, history: .standard(environment: Environment.all)).run()
    if code != 0 { throw ExitCode(code) }
  }
}

/// Raised by Ctrl-C while a command computes; kernels poll it.
nonisolated(unsafe) let stopFlag = UnsafeMutablePointer(mutating: Interrupts.stopFlag)

runCommandLine(root: Orrery.self)
