// What a training says to a person: its curve; and where shipped plans lie.

import Diagrams
import Files
import Training

extension Trainer {
  /// The loss of every step (of many steps: means of neighbours), and of the held-out samples.
  public func curve(_ title: String) -> Curve {
    let means = Curve.thinned(history.map { (Double($0.step), Double($0.loss)) })
    let heldOut = history.compactMap { report in report.heldOut.map { (x: Double(report.step), y: Double($0)) } }
    return Curve(title, [.init("training", means)] + (heldOut.count > 1 ? [.init("held out", heldOut)] : []), level: levelOfFloor)
  }

  private var levelOfFloor: (name: String, y: Double)? { floor.map { ("entropy of the corpus", $0) } }
}

extension PlannedTraining {
  /// The loss; of PPO what a policy earns and what it pays for it.
  public var lossCurve: Curve {
    guard let policy else { return trainer.curve("\(plan.name): loss") }
    func means(_ value: (PolicyReport) -> Double) -> [(x: Double, y: Double)] { Curve.thinned(policy.history.map { (Double($0.iteration), value($0)) }) }
    return Curve("\(plan.name): reward and KL", [.init("reward", means(\.reward)), .init("KL, nats a response", means(\.divergence))])
  }
}

/// Plans that come with Orrery.
public enum ShippedPlan {
  /// Their names, in order.
  public static var names: [String] {
    guard let home = Home.folder else { return [] }
    return Path.names(in: Path.join(home, "lessons/models")).filter { $0.hasSuffix(".plan") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The file that a person means: one on disk, or a shipped plan.
  public static func path(of reference: String) throws -> String {
    if Path.exists(reference) { return reference }
    if names.contains(reference), let home = Home.folder { return Path.join(home, "lessons/models/\(reference).plan") }
    if reference.contains("/") || reference.hasSuffix(".plan") { throw FileFailure.missing(reference) }
    let near = Suggestion.nearest(to: reference, in: names).map { "; did you mean '\($0)'?" } ?? (names.isEmpty ? "" : "; `orrery models` lists what has one, by its name")
    throw UnknownPlan(description: "there is no plan '\(reference)'\(near)")
  }

  /// The plan of a shipped model; nil if it has none.
  public static func of(_ shipped: ShippedModel) throws -> Plan? {
    let path = shipped.path + ".plan"
    return Path.exists(path) ? try Plan(path: path) : nil
  }
}

struct UnknownPlan: Error, CustomStringConvertible { let description: String }
