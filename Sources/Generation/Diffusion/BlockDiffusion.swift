// Block diffusion: blocks from left to right, masks inside of a block; finished blocks are read once and cached (BD3-LM, Arriola et al. 2025).

import Blocks
import Tensors

/// Writes block by block. Within a block it is masked diffusion whose queries see the cached blocks and the block itself. Block size 1 is
/// autoregression, a block as long as the text is full diffusion.
public struct BlockDiffusion: Decoding {
  public let architecture: Architecture
  public let mask: Int, size: Int
  /// Passes for a whole answer; nil: one for each token. They are shared evenly by the blocks.
  public var steps: Int?
  public var remasking: MaskedDiffusion.Remasking = .lowConfidence
  public var temperature: Float = 0
  public var seed: UInt64 = 0
  public var stops: Set<Int> = []
  /// With memory a pass reads its block; without, all the text so far.
  public var usesMemory = true

  public init(_ architecture: Architecture, mask: Int, size: Int) { (self.architecture, self.mask, self.size) = (architecture, mask, size) }

  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    if let steps, steps < 1 { throw DiffusionFailure.steps(steps) }
    if size < 1 { throw DiffusionFailure.block(size) }
    if limit == 0 { return [] }
    try Autoregressive(architecture).checkCanvas(prompt, limit)
    var sampler = MaskedDiffusion(architecture, mask: mask)
    (sampler.remasking, sampler.temperature) = (remasking, temperature)
    var generator = SeededGenerator(seed: seed)
    var text = prompt, index = 0, caching = 0
    run.mask = .blockCausal(size)
    // The prompt's whole blocks are clean already; what is left of it begins the first block.
    let clean = prompt.count / size * size
    if usesMemory, clean > 0 {
      _ = try architecture(Architecture.Input([Array(prompt[..<clean])]), run, lastOnly: true)
      caching += 1
    }
    writing: while text.count < prompt.count + limit {
      let start = text.count / size * size
      let end = min(start + size, prompt.count + limit)
      let open = end - text.count
      text += Array(repeating: mask, count: open)
      let rounds = max(1, (steps ?? limit) * open / limit)
      var goesOn = true
      for quota in MaskingProcess.quota(open, steps: rounds) where quota > 0 && goesOn {
        let read = usesMemory ? Array(text[start...]) : text
        let logits = try run.tentatively { try architecture(Architecture.Input([read]), run) }
        // The rows of the block, wherever the pass began.
        let rows = usesMemory ? logits : logits.slice(start..<end, axis: 1)
        let block = Array(text[start...])
        let proposals = sampler.propose(rows, block, 0..<block.count, &generator)
        let kept = Set(proposals.sorted { $0.rank != $1.rank ? $0.rank > $1.rank : $0.place < $1.place }.prefix(quota).map(\.place))
        let found = text
        for proposal in proposals where kept.contains(proposal.place) { text[start + proposal.place] = proposal.token }
        let isDone = !text[start...].contains(mask)
        if isDone, usesMemory {
          // One pass over the clean block leaves its keys and values behind.
          _ = try architecture(Architecture.Input([Array(text[start...])]), run, lastOnly: true)
          caching += 1
        }
        let chosen = proposals.filter { kept.contains($0.place) }.sorted { $0.confidence > $1.confidence }
        goesOn = try each(
          DecodingStep(
            index: index, read: read, start: usesMemory ? start : 0, canvas: found, passes: 1 + (index == 0 && clean > 0 && usesMemory ? 1 : 0) + (isDone && usesMemory ? 1 : 0),
            chosen: chosen.map { ($0.token, start + $0.place) }, logits: rows, details: details(found, start, proposals, kept, caching)))
        index += 1
      }
      if !goesOn || text[start...].contains(where: stops.contains) { break writing }
    }
    return Array(text[prompt.count...]).ended(by: stops)
  }

  private func details(_ found: [Int], _ start: Int, _ proposals: [MaskedDiffusion.Proposal], _ kept: Set<Int>, _ caching: Int) -> [TraceDetail] {
    let byPlace = Dictionary(uniqueKeysWithValues: proposals.map { (start + $0.place, $0) })
    let cells = found.enumerated().map { place, token -> TraceDetail.TokenCell in
      guard let proposal = byPlace[place] else { return TraceDetail.TokenCell(.token(token), .kept) }
      return TraceDetail.TokenCell(.token(proposal.token), kept.contains(proposal.place) ? .chosen : .remasked, number: proposal.confidence)
    }
    return [
      TraceDetail("canvas", note: "probability of the proposed token", .tokens(cells)),
      TraceDetail(
        "denoising",
        .facts([
          .init("block", .count(start / size)), .init("block size", .count(size)),
          .init("noise level", .number(Float(proposals.count) / Float(max(1, found.count - start)))), .init("kept", .count(kept.count)),
          .init("remasked", .count(proposals.count - kept.count)), .init("cached", .count(usesMemory ? start : 0), unit: "positions"),
          .init("caching passes so far", .count(caching)),
        ])),
    ]
  }
}
