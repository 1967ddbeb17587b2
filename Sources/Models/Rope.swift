// Rotary settings as published files spell them: top-level rope_theta with rope_scaling, or rope_parameters.

import Blocks
import Checkpoints

extension RoPE {
  /// The rotary positions of a configuration. `rope_scaling` wins over `rope_parameters`, and the base stands in it, else beside it.
  /// - Parameters:
  ///   - headWidth: numbers of a head; `partial_rotary_factor` of them turn.
  ///   - partial: the family's factor where the file is silent; nil: its class turns whole heads, whatever the file says.
  ///   - fallback: the family's base, its longest text and its scaling, where the file is silent.
  ///   - settings: the section that holds the settings, where it is not one of the usual two (one for each kind of layer).
  static func read(
    _ c: Configuration, headWidth: Int, layout: Layout = .half, partial: Double? = nil, base fallback: Double = 10_000, context: Int = 2048,
    silent: Scaling? = nil, settings: Configuration? = nil
  ) throws -> RoPE {
    let s = try settings ?? section(c)
    let top = try c.real("rope_theta", default: fallback)
    let base = try s?.real("rope_theta", default: top) ?? top
    let outer = try partial.map { try c.real("partial_rotary_factor", default: $0) }
    let factor = try outer.map { outer in try s?.real("partial_rotary_factor", default: outer) ?? outer } ?? 1
    // Numbers turn in pairs: an odd part takes one more, as the reference's tables of ⌈part/2⌉ angles do.
    let part = Int(Double(headWidth) * factor), width = (part + 1) / 2 * 2
    guard base > 0, part > 0, width <= headWidth else {
      throw ModelFailure.contradiction(
        file: c.file, "rotary positions need a positive base and an even part of each head of \(headWidth), got base \(base) and factor \(factor)")
    }
    return RoPE(base: Float(base), width: width, part: part, layout: layout, scaling: try s.map { try scaling($0, c, context) } ?? silent ?? .none)
  }

  /// The section that holds the settings: the older one, if it says anything, else the newer.
  static func section(_ c: Configuration) throws -> Configuration? {
    if let older = try c.section("rope_scaling"), older.json.members?.isEmpty == false { return older }
    return try c.section("rope_parameters")
  }

  private static func scaling(_ s: Configuration, _ c: Configuration, _ longest: Int) throws -> Scaling {
    let type = try s.string("rope_type", default: s.string("type", default: "default"))
    func original() throws -> Int { try c.int("original_max_position_embeddings", default: s.int("original_max_position_embeddings", default: longest)) }
    switch type {
    case "default": return .none
    case "linear": return .linear(factor: Float(try s.real("factor")))
    case "dynamic": return .dynamic(factor: Float(try s.real("factor")), original: longest)
    case "llama3":
      return .llama3(
        factor: Float(try s.real("factor")), low: Float(try s.real("low_freq_factor")), high: Float(try s.real("high_freq_factor")),
        original: try original())
    case "yarn":
      let original = try original()
      let factor = try s.real("factor", default: Double(longest) / Double(original))
      func scale(_ m: Double) -> Double { factor <= 1 ? 1 : 0.1 * m * log(factor) + 1 }
      var attention: Double? = s.has("attention_factor") ? try s.real("attention_factor") : nil
      let m = try s.real("mscale", default: 0), all = try s.real("mscale_all_dim", default: 0)
      if attention == nil, m != 0, all != 0 { attention = scale(m) / scale(all) }
      return .yarn(
        factor: Float(factor), original: original, fast: Float(try s.real("beta_fast", default: 32)),
        slow: Float(try s.real("beta_slow", default: 1)), attention: attention.map { Float($0) },
        truncate: try s.bool("truncate", default: true))
    case "longrope", "su":
      let original = try original()
      let factor = try s.real("factor", default: Double(longest) / Double(original))
      let attention = try s.real(
        "attention_factor", default: factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot())
      func list(_ key: String) throws -> [Float] {
        guard let numbers = s.value([key])?.array?.map(\.double), numbers.allSatisfy({ $0 != nil }) else {
          throw ModelFailure.contradiction(file: s.file, "\(key) must be a list of numbers")
        }
        return numbers.map { Float($0!) }
      }
      return .longrope(short: try list("short_factor"), long: try list("long_factor"), original: original, attention: Float(attention))
    default:
      throw ModelFailure.contradiction(
        file: c.file, "the rope_type '\(type)' is unknown (known: default, linear, dynamic, yarn, longrope, llama3)")
    }
  }
}

#if canImport(Glibc)
import Glibc
#endif
