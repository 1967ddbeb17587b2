// The trace: what a run tells its operations and learns from them. It travels with the tensors, so there is no global
// state: two runs, recorded or not, can live side by side.

/// What belongs to one run: its stop flag, the count of its work, and, if it is recorded, the recording.
public final class Trace: @unchecked Sendable {
  /// Polled by the kernels between tiles. Raised from a signal handler.
  public let stop: UnsafeMutablePointer<Int32>
  private let ownsStop: Bool
  /// Work done since the last reset.
  public var cost = Cost()
  /// The operations in the order in which they ran; nil if the run is not recorded.
  public var recording: Recording?
  /// Path of the block that is running: goes into faults and into the recording.
  public var part: () -> String = { "" }

  /// - Parameter stop: a flag owned by the caller (it must outlive the trace); nil: the trace has its own.
  public init(stop: UnsafeMutablePointer<Int32>? = nil, recording: Recording? = nil) {
    ownsStop = stop == nil
    self.stop = stop ?? .allocate(capacity: 1)
    if ownsStop { self.stop.initialize(to: 0) }
    self.recording = recording
  }

  deinit { if ownsStop { stop.deallocate() } }

  public var isStopped: Bool { stop.pointee != 0 }
}

/// Work of an operation: multiplications of its sums of products (elementwise work is not counted), and bytes that it
/// has to read and write.
public struct Cost: Sendable, Equatable {
  public var multiplications = 0
  public var bytes = 0
  public init(multiplications: Int = 0, bytes: Int = 0) {
    self.multiplications = multiplications
    self.bytes = bytes
  }
  public static func + (a: Cost, b: Cost) -> Cost {
    Cost(multiplications: sum(a.multiplications, b.multiplications), bytes: sum(a.bytes, b.bytes))
  }

  /// a·b for sizes; absurd ones (an outline may have any) stop at 2⁶² instead of leaving 64 bits.
  @inline(__always)
  public static func product(_ a: Int, _ b: Int) -> Int {
    let (result, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow || result > most ? most : result
  }

  /// a + b for sizes, in the same way.
  @inline(__always)
  public static func sum(_ a: Int, _ b: Int) -> Int {
    let (result, overflow) = a.addingReportingOverflow(b)
    return overflow || result > most ? most : result
  }

  /// Bytes of float32 tensors with these numbers of elements.
  static func bytes(_ counts: Int...) -> Int { product(4, counts.reduce(0, sum)) }

  /// Where counts of absurd sizes stop: this many or more.
  public static let most = 1 << 62
}
