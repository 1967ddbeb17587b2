import Checkpoints

extension Configuration {
  /// Refuses more experts than a session should hold; every one is a part of its own. The largest published models have about 30,000.
  func affordExperts(_ count: Int, layers: Int) throws {
    let (all, overflow) = count.multipliedReportingOverflow(by: layers)
    guard !overflow, all <= 1 << 16 else {
      throw ModelFailure.contradiction(file: file, "\(count) experts in each of \(layers) layers are too many (at most \(1 << 16) in all)")
    }
  }
}
