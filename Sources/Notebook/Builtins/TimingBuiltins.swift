// Measured times: what a cell measures is shown beside its output and never compared, since no machine gives the same twice.

import Glibc
import Language
import Lessons

/// The times that the running cell has measured, until the session hands them on with its result.
final class Stopwatch: @unchecked Sendable {
  var timings: [Timing] = []
}

extension Environment {
  mutating func addTimings(_ watch: Stopwatch) {
    define(
      "timed", [.value("label", .string, "what is measured"), .value("work", .function, "a function without parameters")], returns: "Value",
      "runs a function, notes how long it took, and gives its value", example: "timed(\"a thousand sums\", { (0..<1000).map { x in x + x }.count })"
    ) { a in
      guard case .function(let work) = a["work"] else { throw a.invalid("work", "must be a function") }
      let start = seconds()
      let value = try a.context.call(work, [])
      watch.timings.append(Timing(label: try a.string("label"), text: durationText(seconds() - start)))
      return value
    }
  }
}

private func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// A duration with three digits and a unit that suits.
public func durationText(_ seconds: Double) -> String {
  let (value, unit) = seconds < 1e-3 ? (seconds * 1e6, "µs") : seconds < 1 ? (seconds * 1e3, "ms") : (seconds, "s")
  let places = value >= 100 ? 1.0 : value >= 10 ? 10 : 100
  let rounded = (value * places).rounded() / places
  return "\(places == 1 ? String(Int(rounded)) : String(rounded)) \(unit)"
}
