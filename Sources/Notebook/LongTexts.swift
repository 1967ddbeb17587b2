// Texts of megabytes: a tokenizer works through them stage by stage, seconds long; whoever waits at a prompt may leave at any time.

import Foundation
import Language
import Tensors
import Tokenizers

extension Tokenizer {
  /// As `encode`, until a flag is raised: the work is then left to end by itself, unheeded.
  /// - Throws: `Fault.interrupted`.
  public func encode(_ text: String, addSpecial: Bool = true, until stop: UnsafeMutablePointer<Int32>?) throws -> Encoding {
    guard let stop, text.utf8.count > 1 << 16 else { return encode(text, addSpecial: addSpecial) }
    let work = TextWork()
    let thread = Thread {
      work.encoding = self.encode(text, addSpecial: addSpecial)
      work.done.signal()
    }
    // As much as the main thread has: patterns are matched by recursion.
    thread.stackSize = 8 << 20
    thread.start()
    while work.done.wait(timeout: .now() + 0.02) == .timedOut { if stop.pointee != 0 { throw Fault(.interrupted) } }
    return work.encoding
  }
}

/// Written by one thread before it signals, read by the other afterwards.
private final class TextWork: @unchecked Sendable {
  let done = DispatchSemaphore(value: 0)
  var encoding = Encoding()
}
