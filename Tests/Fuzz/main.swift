// The fuzzers: seeded inputs for everything that reads what others wrote, and for the language and what is behind it. Inputs run in batches,
// each in a process of its own: a trap, a hang over ten seconds and memory without bound end the batch alone, and are told with the
// target, the seed and the number of the input, which make it again.
//
//   fuzz [--seconds N] [--seed S] [--count N] [--target NAME]…    runs all targets in turn until the time is over; 1 if anything was found
//   fuzz --show TARGET SEED INDEX                                  prints one input
//   fuzz --batch TARGET SEED FIRST COUNT STATUS                    what a process of a batch does

import Foundation

var words = Array(CommandLine.arguments.dropFirst())
if words.first == "--batch", words.count == 6, let target = Target.named(words[1]), let seed = UInt64(words[2]), let first = Int(words[3]), let count = Int(words[4]) {
  Batch(target: target, seed: seed, first: first, count: count, status: words[5]).run()
  exit(0)
}
if words.first == "--show", words.count == 4, let target = Target.named(words[1]), let seed = UInt64(words[2]), let index = Int(words[3]) {
  FileHandle.standardOutput.write(Data(target.input(seed, index)))
  exit(0)
}
var hunt = Hunt()
while !words.isEmpty {
  let word = words.removeFirst(), value = words.isEmpty ? "" : words.removeFirst()
  switch word {
  case "--seconds": hunt.seconds = Double(value) ?? 10
  case "--seed": hunt.seed = UInt64(value) ?? 1
  case "--count": hunt.count = Int(value)
  case "--target":
    guard let target = Target.named(value) else {
      say("fuzz: there is no target '\(value)'; there are \(Target.all.map(\.name).joined(separator: ", "))")
      exit(2)
    }
    hunt.targets.append(target)
  default:
    say("usage: fuzz [--seconds N] [--seed S] [--count N] [--target NAME]… | --show TARGET SEED INDEX")
    exit(2)
  }
}
exit(hunt.run() ? 0 : 1)
