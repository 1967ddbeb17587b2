// Tab in bash, through the script that `orrery completions bash` prints: names of models and lessons, and paths.
import Foundation
import Testing

@Suite struct CompletionTests {
  @Test(arguments: [
    ("gener", ["generate"]), ("generate transl", ["translator"]), ("generate stories --temp", ["--temperature"]),
    ("logits Tests/Fixtures/checkpoints/llama-te", []), ("logits Tests/Fixtures/checkpoints/llama-ti", ["Tests/Fixtures/checkpoints/llama-tied/"]),
    ("inspect llama-tie", []), ("inspect mistral-7b-v0", []), ("inspect Mistral-7B-v0", ["Mistral-7B-v0.1", "Mistral-7B-v0.3"]),
    ("diagram stories --compare Llama-3-8", ["Llama-3-8B"]), ("lesson mas", ["masks"]), ("mask win", ["window"]),
  ])
  func tabOffers(_ line: String, _ expected: [String]) throws {
    let script = """
      source <("$0" completions bash)
      COMP_WORDS=("$0" "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
      _orrery "$0" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let process = Process(), output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = try ["--norc", "-c", script, Program.path()] + line.split(separator: " ").map(String.init)
    process.currentDirectoryURL = Shown.root
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let offered = said.split(separator: "\n").map { String($0).trimmingCharacters(in: .whitespaces) }
    #expect(offered == expected)
  }
}
