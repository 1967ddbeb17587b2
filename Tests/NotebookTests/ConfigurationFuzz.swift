// Every published configuration with something wrong in it: each number becomes 0, −1, 10¹⁸, a text, null; each key goes. What follows is an
// architecture that counts and draws, or one line. Never a crash, never a wait.
//
// The test takes a sample, the same every time, from the smallest configuration of each kind (those with the same keys). ORRERY_FUZZ=all takes all
// mutants of all configurations and prints the slowest and every distinct message
// (`ORRERY_FUZZ=all swift test --filter ConfigurationFuzz`).

import Diagrams
import Files
import Foundation
import Models
import Tensors
import Testing

@testable import Notebook

@Suite struct ConfigurationFuzz {
  /// A change of one place of a configuration.
  struct Mutant {
    let name: String, place: String, tree: JSONTree
  }

  private static let values: [(String, JSONTree?)] = [
    ("0", 0), ("-1", -1), ("1e18", .int(1_000_000_000_000_000_000)), ("3", 3), ("4000", 4000), ("9999", 9999), ("16777216", 16_777_216), ("0.5", .double(0.5)), ("text", "twelve"), ("null", nil as JSONTree?),
    ("list", .array([1])), ("object", .object([("a", 1)])), ("removed", nil),
  ]

  /// Every mutant of a tree: what stands at one place is another value, or is gone.
  static func mutants(of tree: JSONTree, _ place: String = "") -> [(String, JSONTree)] {
    switch tree {
    case .object(let members):
      return members.indices.flatMap { index -> [(String, JSONTree)] in
        let (key, value) = members[index]
        let path = place.isEmpty ? key : "\(place).\(key)"
        func with(_ new: JSONTree?) -> JSONTree {
          var copy = members
          if let new { copy[index].1 = new } else { copy.remove(at: index) }
          return .object(copy)
        }
        let here = values.map { label, new in ("\(path) = \(label)", label == "null" ? with(.null) : with(new)) }
        return here + mutants(of: value, path).map { ($0.0, with($0.1)) }
      }
    case .array(let items):
      // Long lists repeat themselves: the first and the last of their elements.
      return Set([0, items.count - 1]).filter { items.indices.contains($0) }.sorted().flatMap { index -> [(String, JSONTree)] in
        func with(_ new: JSONTree) -> JSONTree {
          var copy = items
          copy[index] = new
          return .array(copy)
        }
        let here = values.compactMap { label, new in new.map { ("\(place)[\(index)] = \(label)", with($0)) } }
        return here + mutants(of: items[index], "\(place)[\(index)]").map { ($0.0, with($0.1)) }
      }
    default: return []
    }
  }

  /// The places of a configuration that have names: what tells its kind.
  private static func keys(_ tree: JSONTree, _ place: String = "") -> Set<String> {
    guard case .object(let members) = tree else { return [] }
    return members.reduce(into: []) { $0.formUnion(keys($1.1, place + "." + $1.0).union([place + "." + $1.0])) }
  }

  /// How large a configuration's numbers are, all together.
  private static func size(_ tree: JSONTree) -> Double {
    switch tree {
    case .object(let members): members.reduce(0) { $0 + size($1.1) }
    case .array(let items): items.reduce(0) { $0 + size($1) }
    case .int(let n): log2(Double(max(1, n)))
    default: 0
    }
  }

  /// The smallest configuration of each kind.
  private static func kinds(_ names: [String]) throws -> [String] {
    var smallest: [Set<String>: (name: String, size: Double)] = [:]
    for name in names {
      let tree = JSONTree(try JSON.read(try #require(try KnownArchitecture.path(of: name)) + "/config.json", limits: .settings))
      let kind = keys(tree), size = size(tree)
      if size < smallest[kind]?.size ?? .infinity { smallest[kind] = (name, size) }
    }
    return smallest.values.map(\.name).sorted()
  }

  /// What comes of a configuration: nil if it counts and draws, else its line.
  static func outcome(_ tree: JSONTree, in folder: String) throws -> String? {
    let file = folder + "/config.json"
    try JSON.encode(tree).write(toFile: file, atomically: false, encoding: .utf8)
    do {
      let model = try OpenModel(file)
      let report = try InspectReport(model.model)
      _ = (report.text, Diagrams.Figure(model: model.model.outline).alternative)
      return nil
    } catch { return "\(error)".replacing(folder, with: "~") }
  }

  /// Recipes that together use every builder which needs no other: each of their mutants is made, run on outlines, counted and drawn.
  static let recipes = [
    """
    {"decoder": {"layers": 2, "width": 16, "attention": {"multiHead": {"heads": 2}}, "feedForward": {"experts": {"count": 4, "active": 2, "of": {"swiglu": {"hidden": 20}},
      "shared": {"geglu": {"hidden": 8}}, "scoring": "sigmoid", "renormalise": true, "balanced": true, "capacity": 8, "scale": 2.5}}}}
    """,
    """
    {"decoder": {"layers": {"pattern": {"layers": [{"multiHead": {"heads": 4, "window": 8, "headWidth": 6, "headNorm": true, "bias": true, "scale": 0.5}},
      {"layer": {"mixer": {"grouped": {"heads": 4, "keyValue": 2, "position": {"rope": {"base": 500, "part": 0.5, "layout": "interleaved", "stretch": 2}}}},
      "feedForward": {"geglu": {"hidden": 20, "bias": true}}}}, {"multiQuery": {"heads": 4, "mask": {"either": {"a": {"prefix": {"count": 2}}, "b": {"near": {"distance": 1}}}}}}], "repeat": 2}},
      "width": 32, "position": {"alibi": {}}, "norm": {"layerNorm": {"epsilon": 1e-5, "bias": false}}, "arrangement": "sandwich", "mask": {"causal": {}},
      "vocabulary": 50, "context": 64, "residualScale": 0.5, "embeddingScale": 2, "embeddingNorm": true, "finalNorm": true, "segments": 2, "name": "all", "head": "untied"}}
    """,
    """
    {"encoderDecoder": {"layers": 2, "decoderLayers": 3, "width": 32, "attention": {"multiHead": {"heads": 4}}, "feedForward": {"feedForward": {"hidden": 64, "activation": "relu"}},
      "position": {"relative": {"buckets": 8, "farthest": 20}}, "norm": {"rmsNorm": {"epsilon": 1e-6}}, "arrangement": "pre"}}
    """,
    """
    {"replacing": {"architecture": {"encoder": {"layers": 3, "width": 32, "attention": {"multiHead": {"heads": 4}}, "position": {"learned": {}}, "arrangement": "deepNorm", "shared": true}},
      "path": "layers.*.feedForward", "by": {"swiglu": {"hidden": 12, "width": 32}}}}
    """,
    """
    {"masked": {"architecture": {"decoder": {"layers": 2, "width": 32, "attention": {"multiHead": {"heads": 4}}, "feedForward": {"none": {}}, "position": {"sinusoidal": {"base": 1000}},
      "arrangement": "parallel"}}, "mask": {"both": {"a": {"window": {"count": 4}}, "b": {"not": {"mask": {"chunked": {"size": 2}}}}}}}}
    """,
  ]

  @Test func aRecipeThatContradictsItselfIsOneLine() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-fuzz-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let takesAll = ProcessInfo.processInfo.environment["ORRERY_FUZZ"] == "all"
    var generator = SeededGenerator(seed: 5), slowest: [(Double, String)] = []
    for text in Self.recipes {
      let tree = JSONTree.object([("model_type", "orrery"), ("recipe", JSONTree(try JSON.parse(Array(text.utf8), name: "recipe")))])
      #expect(try Self.outcome(tree, in: folder) == nil)
      for (place, mutant) in Self.mutants(of: tree) where takesAll || generator.uniform() < 0.25 {
        if takesAll { try place.write(toFile: "/tmp/orrery-fuzz-at", atomically: false, encoding: .utf8) }
        let start = ContinuousClock.now
        if let line = try Self.outcome(mutant, in: folder) {
          #expect(!line.contains("\n") && line.count < 600, "\(place): \(line)")
        }
        let passed = (ContinuousClock.now - start).components
        slowest.append((Double(passed.seconds) + Double(passed.attoseconds) / 1e18, place))
      }
    }
    if takesAll { for (seconds, place) in slowest.sorted(by: { $0.0 > $1.0 }).prefix(12) { print("  \(String(format: "%.3f", seconds)) s  \(place)") } }
  }

  @Test func aConfigurationThatContradictsItselfIsOneLine() throws {
    let takesAll = ProcessInfo.processInfo.environment["ORRERY_FUZZ"] == "all"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-fuzz-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let only = ProcessInfo.processInfo.environment["ORRERY_FUZZ_ONLY"]
    var generator = SeededGenerator(seed: 4)
    var slowest: [(seconds: Double, place: String)] = [], messages: [String: String] = [:], count = 0
    let names = takesAll ? KnownArchitecture.names : try Self.kinds(KnownArchitecture.names)
    for name in names where only == nil || only == name {
      let file = try #require(try KnownArchitecture.path(of: name)) + "/config.json"
      let tree = JSONTree(try JSON.read(file, limits: .settings))
      for (place, mutant) in Self.mutants(of: tree) where takesAll || generator.uniform() < 0.012 {
        if takesAll { try "\(name): \(place)".write(toFile: "/tmp/orrery-fuzz-at", atomically: false, encoding: .utf8) }
        count += 1
        let start = ContinuousClock.now
        let line = try Self.outcome(mutant, in: folder)
        let seconds = Double((ContinuousClock.now - start).components.attoseconds) / 1e18 + Double((ContinuousClock.now - start).components.seconds)
        slowest.append((seconds, "\(name): \(place)"))
        if let line {
          #expect(!line.contains("\n") && line.count < 600, "\(name): \(place): \(line)")
          messages[line] = messages[line] ?? "\(name): \(place)"
        }
      }
    }
    #expect(count > 100)
    guard takesAll else { return }
    print("\(count) mutants, \(messages.count) distinct lines")
    for (seconds, place) in slowest.sorted(by: { $0.seconds > $1.seconds }).prefix(15) { print("  \(String(format: "%.3f", seconds)) s  \(place)") }
    for (line, place) in messages.sorted(by: { $0.key < $1.key }) { print("  [\(place)]  \(line)") }
  }
}
