// A named tensor is what goes on: whoever changes it changes what the model says, or is told why it cannot be changed. Swept over every name of
// every shipped model, once for each kind of model and pattern of names.

import Foundation
import Testing
import Tensors

@testable import Blocks
@testable import Models

@Suite struct NameTests {
  static let models: [String] = {
    let folder = "lessons/models"
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
      .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/model.safetensors") }.map { "\(folder)/\($0)" }
  }()

  /// One forward as the prompt makes it: everything is watched, nothing is kept for a later call.
  private static func forward(_ a: Architecture, _ ids: [Int], _ edits: [Edit] = []) throws -> (said: Tensor, run: Run) {
    let run = Run(keepsMemory: false, watch: .everything)
    run.edits = edits
    var input = ids
    if a.encoder != nil {
      a.encode(Architecture.Input([ids]), run)
      input = Array(ids.prefix(6))
    }
    let said = a.head != nil ? try a(Architecture.Input([input]), run) : try a.hidden(Architecture.Input([input]), run).checked()
    return (said, run)
  }

  /// Ways to change any tensor; one of them shows wherever anything is computed from it. The last is for choices: another expert, which exists.
  private static let changes: [@Sendable (Tensor) -> Tensor] = [
    { x in
      var generator = SeededGenerator(seed: 7)
      return Tensor(x.values.map { $0 + (0.1 + abs($0)) * (generator.uniform() - 0.5) }, x.shape)
    },
    { x in Tensor(x.values.map { _ in 0 }, x.shape) },
    { x in Tensor(x.values.reversed(), x.shape) }, { x in Tensor(x.values.map { max(0, 1 - $0) }, x.shape) },
  ]

  /// What an edit of the name does: nil if it moves what the model says, else the reason why it does not; an empty one if there is none.
  private static func silence(_ a: Architecture, _ ids: [Int], _ name: String, _ before: Tensor) -> String? {
    for change in changes {
      do {
        let (said, run) = try forward(a, ids, [Edit(name, change: change)])
        if run.edits[0].applied.isEmpty { return "" }
        if said.largestDifference(from: before) > 0 { return nil }
      } catch let fault as Fault {
        // What went to infinity has moved as well.
        guard case .other("edit", let message) = fault.kind else { return nil }
        return message
      } catch { return "\(error)" }
    }
    return ""
  }

  @Test func everyEditShowsOrIsRefused() throws {
    var known: Set<String> = [], silent: [String] = [], refused: [String: String] = [:], moved = 0
    for path in NameTests.models {
      let model = try Model(path: path), a = model.architecture
      var kinds: [String] = []
      a.tally { part, _ in if !kinds.contains(part.kind) { kinds.append(part.kind) } }
      let ids = (0..<24).map { 5 + ($0 * 7) % max(1, min(40, a.embedding.vocabulary - 6)) }
      let (said, run) = try NameTests.forward(a, ids)
      var patterns: [String: String] = [:], order: [String] = []
      for (name, _) in run.seen {
        let pattern = name.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
        if patterns[pattern] == nil { order.append(pattern) }
        // The last of a pattern: behind it there is least that could show a change by another way.
        patterns[pattern] = name
      }
      for pattern in order where known.insert("\(kinds) \(pattern)").inserted {
        guard let reason = NameTests.silence(a, ids, patterns[pattern]!, said) else {
          moved += 1
          continue
        }
        if reason.isEmpty { silent.append("\(path): \(patterns[pattern]!)") } else { refused[String(pattern.split(separator: ".").last ?? ""), default: reason] = reason }
      }
    }
    #expect(silent == [])
    #expect(Set(refused.keys) == ["cell", "decay", "state", "write"], "\(refused)")
    #expect(moved > 600)
  }

  /// A state that a later call reads goes on.
  @Test func aKeptStateGoesOn() throws {
    let a = try Model(path: "lessons/models/mamba-stories").architecture
    func next(_ edits: [Edit]) throws -> Tensor {
      let run = Run()
      run.edits = edits
      _ = try a([5, 6, 7], run)
      return try a([8], run)
    }
    let plain = try next([]), changed = try next([Edit("layers.1.mixer.state") { $0 * 0 }])
    #expect(changed.largestDifference(from: plain) > 1e-3)
  }

  /// A pattern that meets both changes what goes on and leaves the ends as they are.
  @Test func aPatternThatMeetsAnEnd() throws {
    let a = try Model(path: "lessons/models/mamba-stories").architecture
    let (_, run) = try NameTests.forward(a, [5, 6, 7], [Edit("layers.0.mixer.*") { $0 * 0.5 }])
    #expect(!run.edits[0].applied.isEmpty && !run.edits[0].applied.contains { $0.name == "layers.0.mixer.state" })
    #expect(throws: Fault.self) { try NameTests.forward(a, [5, 6, 7], [Edit("layers.*.mixer.state") { $0 * 0 }]) }
  }

  /// No block names a tensor and drops what it gets back.
  @Test func nothingNamedIsDropped() throws {
    for folder in ["Sources/Blocks", "Sources/Models", "Sources/Generation"] {
      for file in FileManager.default.enumerator(atPath: folder)!.compactMap({ $0 as? String }).filter({ $0.hasSuffix(".swift") }) {
        for line in try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8).split(separator: "\n") where line.contains(".named(\"") {
          #expect(!line.contains("_ = "), "\(file): \(line): a tensor that is an end is noted, not named")
        }
      }
    }
  }
}
