// Inside latent attention, from its own sizes.
import Blocks

extension LatentAttention: Opened {
  var insideTitle: String { indexer == nil ? "Inside latent attention" : "Inside sparse latent attention" }

  var inside: Flow {
    var inset = LatentInset(
      width: width, heads: heads, queryRank: sizes.queryLatent, rank: sizes.latent, plain: sizes.plain, rotated: sizes.rotary, value: sizes.value)
    inset.mask = mask == .bidirectional ? nil : mask.reach.map { "window of \($0)" } ?? "\(mask.described) mask"
    inset.indexer = indexer.map { LatentInset.Indexer(heads: $0.heads, width: $0.headWidth, chosen: $0.chosen, keys: $0.keys) }
    inset.keys = [
      "rank": "\(keys): latent \(sizes.latent), rotary key \(sizes.rotary)", "queryRank": "\(keys): query latent \(sizes.queryLatent ?? 0)",
      "heads": "\(keys): \(heads) heads", "rotated": "rotary base \(rope.base)",
    ]
    return inset.flow
  }
}
