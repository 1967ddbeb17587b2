// Inside a mixture of experts, from its own sizes: the router, the experts as a grid with those of one token lit, the shared one.
import Blocks

extension Experts: Opened {
  var insideTitle: String { "Inside the mixture of experts" }

  var inside: Flow {
    let routing = router.routing
    var words: [String] = []
    switch routing.scoring {
    case .softmax: words.append("softmax")
    case .sigmoid: words.append("sigmoid scores")
    case .softmaxOfChosen: words.append("softmax of the chosen")
    }
    if let groups = routing.groups { words.append("best \(groups.chosen) of \(groups.count) groups") }
    words.append("\(routing.isNoisy ? "noisy " : "")top \(routing.active)")
    if let capacity = routing.capacity { words.append("capacity \(grouped(capacity))") }
    var inset = ExpertsInset(
      width: router.width, hidden: experts.first.flatMap(hidden) ?? 0, count: experts.count, active: routing.active, router: words.joined(separator: " · "))
    if let groups = routing.groups { (inset.groups, inset.openGroups) = (groups.count, groups.chosen) }
    if let nested = experts.first as? Experts { inset.each = "each \(nested.router.routing.active) of \(grouped(nested.experts.count)) experts" }
    inset.sharedHidden = shared.flatMap(hidden) ?? 0
    inset.keys = [
      "router": router.keys.isEmpty ? routing.described : "\(router.keys): \(routing.described)", "experts": keys, "shared": shared?.keys ?? "",
    ]
    return inset.flow
  }

  /// The inner width of an expert, as it says it itself.
  private func hidden(_ expert: any Block) -> Int? { expert.settings.first { $0.name == "hidden" }.flatMap { Int($0.value) } }
}
