// The report of `orrery inspect`: one account, told to people and to scripts.

import Blocks
import Files
import Models
import Tensors

/// The account of a model in words and as JSON.
public struct InspectReport: Sendable {
  public let model: Model
  public let account: Account

  /// - Throws: the fault of a recipe that does not run at that context.
  public init(_ model: Model, context: Int? = nil) throws {
    self.model = model
    account = Account(model.outline, context: context)
    if let fault = account.fault { throw fault }
  }

  /// Where the configuration was published, of a known architecture: source.txt beside config.json.
  public var source: String? {
    guard let file = model.folder.find("source.txt"), let text = try? MappedFile(file, limit: 4096) else { return nil }
    let line = String(decoding: text.contents, as: UTF8.self).split(separator: "\n").first.map(String.init)
    return line?.withoutOuterSpace
  }

  /// What published numbers of fewer bits become when they are read: whoever looks at memory should know.
  private var quantised: String? {
    switch model.configuration.value(["quantization_config"])?["quant_method"]?.string {
    case "fp8": "(published in 8 bits, which are decoded to float32 when they are read: up to \(binary(Cost.product(4, account.total))))"
    case "mxfp4": "(experts are published in 4 bits and become bf16 when they are read)"
    default: nil
    }
  }

  private var layers: Int { model.outline.stacks.reduce(0) { $0 + $1.layers.layers.count } }

  public var json: JSONTree {
    let memory = account.memory.map { slot -> JSONTree in
      var entry: [(String, JSONTree)] = [
        ("name", .string(slot.name)), ("growth", .string(slot.growth.described)), ("dtype", .string(slot.type.rawValue)),
        ("elements", .int(slot.elements)), ("bytes", .int(slot.bytes)),
      ]
      entry.append(("cap", slot.cap.map { .int($0) } ?? .null))
      return .object(entry)
    }
    return .object([
      ("name", .string(model.outline.name)), ("model_type", .string(model.outline.modelType)),
      ("family", .string(model.outline.family.rawValue)),
      ("parameters", .object([("total", .int(account.total)), ("active", .int(account.active))])), ("layers", .int(layers)),
      ("width", .int(model.outline.width)),
      (
        "memory",
        .object([
          ("bytes_per_token", .int(account.bytesPerToken)), ("constant_bytes", .int(account.constantBytes)),
          ("bytes_per_source_token", .int(account.bytesPerSourceToken)), ("dtype", "bf16"),
          ("bytes_at_context", .int(account.bytes(after: account.context))), ("entries", .array(memory)),
        ])
      ), ("context", .int(account.context)), ("flops_per_token", .int(account.flopsPerToken)),
      ("weight_bytes_bf16", .int(account.weightBytes)), ("source", source.map { .string($0) } ?? .null),
      ("unread", .array(model.unread.map { .string($0.path) })),
    ])
  }

  public var text: String {
    let a = model.outline
    var lines = ["\(a.name) · \(a.family.rawValue) (model_type \(a.modelType))", ""]
    func row(_ label: String, _ value: String) { lines.append("  " + label.filled(to: 22) + value) }
    row("parameters", "\(grouped(account.total)) (\(human(account.total)))")
    if account.active != account.total { row("active per token", "\(grouped(account.active)) (\(human(account.active)))") }
    for share in ParameterShare.of(a) {
      row("  " + share.label, "\(grouped(share.count)) (\(String(printf: "%.1f", 100 * Double(share.count) / Double(max(1, account.total)))) %)")
    }
    row("layers", a.stacks.map { $0.name.isEmpty ? "\($0.layers.layers.count)" : "\($0.name) \($0.layers.layers.count)" }.joined(separator: ", "))
    if a.predictionsLeftOut > 0 {
      row("not counted", "\(a.predictionsLeftOut) multi-token prediction module\(a.predictionsLeftOut == 1 ? "" : "s"), which the published class leaves out")
    }
    row("width", grouped(a.width))
    row("vocabulary", grouped(a.embedding.vocabulary))
    row("context", a.context.map(grouped) ?? "no bound")
    if account.memory.isEmpty {
      row("memory", "none: every call reads the whole text")
    } else {
      if account.bytesPerToken > 0 { row("memory per token", "\(grouped(account.bytesPerToken)) bytes in bf16 (\(binary(account.bytesPerToken)))") }
      if account.constantBytes > 0 { row("memory, bounded", "\(grouped(account.constantBytes)) bytes (\(binary(account.constantBytes)))") }
      if account.bytesPerSourceToken > 0 {
        row("per source token", "\(grouped(account.bytesPerSourceToken)) bytes in bf16 (\(binary(account.bytesPerSourceToken)))")
      }
      row("memory at \(grouped(account.context))", binary(account.bytes(after: account.context)))
    }
    row("FLOPs per token", "\(grouped(account.flopsPerToken))\(account.flopsPerToken == Cost.most ? " or more" : "") at a context of \(grouped(account.context))")
    row("weights in bf16", binary(account.weightBytes))
    if let note = quantised { row("", note) }
    if let longest = a.context, account.context > longest { row("", "(made for up to \(grouped(longest)) tokens: counted as if for more)") }
    if let source { row("source", source) }
    if let note = model.unreadNote { lines.append("  " + note) }
    if let misfit = model.misfit { lines.append("  does not run: " + misfit) }
    return lines.joined(separator: "\n")
  }
}

extension Growth {
  /// As reports name it.
  public var described: String {
    switch self {
    case .everyToken: "every token"
    case .ring(let size): "the last \(size) tokens"
    case .once: "every source token, written once"
    case .state: "constant"
    }
  }
}

/// Where the parameters live: by role, in the order in which a text meets them.
public struct ParameterShare: Sendable {
  public let role: Role, label: String, count: Int

  public static func of(_ architecture: Architecture) -> [ParameterShare] {
    var counts: [Role: Int] = [:]
    var seen = Set<ObjectIdentifier>(), recurrent: Set<String> = []
    func visit(_ part: any Part, _ role: Role, _ name: String, _ times: Int) {
      // Norms belong to what they stand in front of only in the figure; here they are a kind of their own. What an expert is made of is the
      // experts'; the shared one, which every token runs, is a feed-forward.
      let own = part.role == .structure || (role == .experts && name != "shared") ? role : part.role
      if own == .stateSpace, role != .stateSpace { recurrent.insert(part.title) }
      for (_, parameter) in part.parameters where !parameter.isBuffer && seen.insert(ObjectIdentifier(parameter)).inserted {
        counts[own] = Cost.sum(counts[own] ?? 0, Cost.product(times, parameter.count))
      }
      for next in part.counted { visit(next.child.part, own, next.child.name, Cost.product(times, next.times)) }
    }
    visit(architecture, .structure, "", 1)
    let labels: [(Role, String)] = [
      (.embedding, "embedding"), (.attention, "attention"), (.feedForward, "feed-forward"), (.experts, "experts and routers"),
      (.stateSpace, recurrent.count == 1 ? recurrent.first! : "state space"), (.diffusion, "diffusion"), (.norm, "norms"), (.head, "head"), (.structure, "other"),
    ]
    return labels.compactMap { role, label in counts[role].map { ParameterShare(role: role, label: label, count: $0) } }
  }
}

/// 8,030,261,248
public func grouped(_ n: Int) -> String {
  var digits = String(abs(n)), parts: [String] = []
  while digits.count > 3 {
    parts.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  return (n < 0 ? "-" : "") + ([digits] + parts).joined(separator: ",")
}

/// 8.03 B
public func human(_ n: Int) -> String {
  for (size, unit) in [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")] where Double(n) >= size {
    return String(printf: Double(n) / size < 10 ? "%.2f " : Double(n) / size < 100 ? "%.1f " : "%.0f ", Double(n) / size) + unit
  }
  return String(n)
}

/// 128 KiB
public func binary(_ bytes: Int) -> String {
  for (size, unit) in [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] where bytes >= size {
    let x = Double(bytes) / Double(size)
    return (x == x.rounded() ? String(Int(x)) : String(printf: "%.1f", x)) + " " + unit
  }
  return "\(bytes) bytes"
}
