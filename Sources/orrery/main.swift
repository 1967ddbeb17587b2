import ArgumentParser

struct Orrery: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orrery", abstract: "A working model of every language-model architecture.",
    subcommands: [Tokenize.self, Score.self, Fill.self, Embed.self, Models.self, DiagramCommand.self, Logits.self, Generate.self, Inspect.self, TensorsCommand.self, TraceCommand.self, MaskCommand.self, BenchCommand.self])
}

nonisolated(unsafe) let stopFlag: UnsafeMutablePointer<Int32> = {
  let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
  flag.initialize(to: 0)
  return flag
}()

Orrery.main()
