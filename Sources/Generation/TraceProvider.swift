// Who reads details off a step. Each family's provider is a file of its own beside this one and stands in the table below; renderers and
// decoders know the table only.

import Blocks
import Tensors

/// What a provider may look at: the step that has just run.
public struct TraceReading {
  public let step: Int
  public let architecture: Architecture
  /// Its memory and the tensors that the table's providers watch.
  public let run: Run
  /// Tokens that the forward read; they stand at `start…` in the text.
  public let read: [Int]
  public let start: Int
  /// Logits of the last position (of a canvas: of every position, one after the other).
  public let logits: [Float]
  /// The token that the step chose.
  public let chosen: Int
  /// The watched tensors of the step before, by name: what changed is a difference.
  public let before: [String: Tensor]
  /// A forward over the whole text up to here, without memory, with the tensors that the providers watch in it; nil: there was none.
  public var whole: (run: Run, text: [Int])?
  /// What an encoder has read; empty where there is none.
  public var source: [Int] = []

  /// Watched tensors whose name matches, in the order of the run.
  public func tensors(_ pattern: String) -> [(name: String, tensor: Tensor)] { run.seen.filter { glob(pattern, $0.name) } }
}

/// Reads details off a step. It must be quick where its family is not at work: an empty list is a fine answer.
public protocol TraceProvider: Sendable {
  /// Names of the tensors that it needs, with `*`; the trace watches them.
  var watches: [String] { get }
  /// Those that it needs of the forward over the whole text.
  var watchesWhole: [String] { get }
  func details(_ reading: TraceReading) -> [TraceDetail]
}

extension TraceProvider {
  public var watchesWhole: [String] { [] }
}

/// All providers, in the order in which their details are shown.
public enum TraceProviders {
  public static let all: [any TraceProvider] = [CrossDetails(), LatentDetails(), RecurrenceTrace(), ExpertDetails()]
}
