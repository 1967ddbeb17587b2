// What naming and watching cost, measured on one short forward: what the names cost that nobody watches, and how much slower a run is
// in which everything is watched.

import Blocks
import Dispatch
import Tensors

/// Two ratios of one forward, medians of interleaved pairs.
public struct WatchCost: Sendable {
  /// Named tensors of a forward.
  public let names: Int
  /// Share of a forward that goes into names that nobody watches.
  public let unwatchedShare: Double
  /// Time of a forward with every name watched over that of one without.
  public let watchedOverPlain: Double

  /// - Parameter ids: the tokens of the forward; a short text, where names weigh most.
  public init(_ architecture: Architecture, ids: [Int], pairs: Int, stop: UnsafeMutablePointer<Int32>? = nil) throws {
    func forward(_ watch: Watch) throws -> (seconds: Double, names: Int) {
      let run = Run(trace: Trace(stop: stop), keepsMemory: false, watch: watch)
      let seconds = try WatchCost.seconds {
        if architecture.encoder != nil { architecture.encode(Architecture.Input([ids]), run) }
        let x = architecture.hidden(Architecture.Input([ids]), run)
        _ = try (architecture.head.map { $0(x, run) } ?? x).checked()
      }
      return (seconds, run.seen.count)
    }
    names = try forward(.everything).names
    var ratios: [Double] = [], plain: [Double] = []
    for _ in 0..<max(1, pairs) {
      plain.append(try forward(.nothing).seconds)
      ratios.append(try forward(.everything).seconds / plain.last!)
    }
    watchedOverPlain = Bench.median(ratios)
    // A name by itself is too short to time in a forward: many of them in a row, as blocks write them.
    let run = Run(), x = Tensor(outline: [1])
    let often = 20_000
    let seconds = (0..<max(1, pairs)).map { _ in
      WatchCost.seconds {
        var kept = x
        for _ in 0..<often { kept = kept.named("output", run) }
        withExtendedLifetime(kept) {}
      }
    }
    unwatchedShare = Bench.median(seconds) / Double(often) * Double(names) / Bench.median(plain)
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(max(1, DispatchTime.now().uptimeNanoseconds - start)) / 1e9
  }
}
