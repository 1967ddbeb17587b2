// What a figure says of a noise process: its box, the way around the body, and its schedule as an inset with a miniature.

import Blocks

/// The words of one process.
struct DenoisingWords {
  let process: Denoiser.Process?
  init(_ process: Denoiser.Process?) { self.process = process }

  /// Title of the noise's box.
  var noise: String {
    switch process {
    case .masked, nil: "Masks"
    case .blocks(_, let size): "Masks in blocks of \(size)"
    case .categorical(.uniform, _): "Uniform noise"
    case .categorical(.absorbing, _): "Absorbing noise"
    case .categorical(.gaussian, _): "Discretised Gaussian noise"
    case .gaussian: "+ Gaussian noise"
    case .flow: "Flow from noise"
    case .simplex: "+ Noise on logits"
    }
  }

  /// The line below it.
  var detail: String {
    switch process {
    case .masked, nil: "any share of the tokens"
    case .blocks: "left blocks are clean"
    case .categorical(_, let schedule), .gaussian(let schedule, _, false): "\(schedule.name) schedule · T = \(grouped(schedule.steps))"
    case .gaussian(_, _, true): "a time for each position"
    case .flow: "x = (1 − u)·z + u·y"
    case .simplex(let simplex, _): "±\(decimal(Double(simplex.scale), places: 1)) at each word · T = \(grouped(simplex.schedule.steps))"
    }
  }

  /// The way from the output back to the input.
  var loop: Loop {
    switch process {
    case .masked, nil: Loop("× T steps", "keep the surest, mask the rest again")
    case .blocks(_, let size): Loop("× T steps a block", "fill \(size) masks, cache them, go on")
    case .categorical(_, let schedule): Loop("× \(grouped(schedule.steps)) steps", "draw from q(x₍t−1₎ | x₍t₎, x̂₀)")
    case .gaussian(let schedule, _, let perPosition): Loop("× \(grouped(schedule.steps)) steps", perPosition ? "left words are finished first" : "one step less noise, then round")
    case .flow: Loop("× N Euler steps", "x + v/N, then round")
    case .simplex(let simplex, let block): Loop("× \(grouped(simplex.schedule.steps)) steps", "\(block) words, then the next block")
    }
  }
}

extension Denoiser: Opened {
  var insideTitle: String { "Noise over time" }

  var inside: Flow {
    let signal: [Double] = process.schedule.map { schedule in (0...24).map { schedule.signal[$0 * schedule.steps / 24] } }
      ?? (0...24).map { 1 - Double($0) / 24 }
    let name = process.schedule.map { "\($0.name) schedule" } ?? "an even pace"
    return Flow(
      rows: [
        [Flow.Node("ends", .caption, "text, t = 0  →  noise, t = T")],
        [Flow.Node("curve", .schedule(signal), keys: "what is left of the text: \(signal.map { decimal($0, places: 2) }.joined(separator: ", "))")],
        [Flow.Node("name", .caption, Text("what is left of the text (\(name))"))],
      ], arrows: [])
  }
}
