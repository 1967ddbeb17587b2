// Texts of megabytes: a tokenizer works through them stage by stage, seconds long; whoever waits at a prompt may leave at any time.

import Dispatch
#if canImport(Glibc)
import Glibc
#endif
import Language
import Tensors
import Tokenizers

extension Tokenizer {
  /// As `encode`, until a flag is raised: the work is then left to end by itself, unheeded.
  /// - Throws: `Fault.interrupted`.
  public func encode(_ text: String, addSpecial: Bool = true, until stop: UnsafeMutablePointer<Int32>?) throws -> Encoding {
    guard let stop, text.utf8.count > 1 << 16 else { return encode(text, addSpecial: addSpecial) }
    let work = TextWork()
    work.encode = { self.encode(text, addSpecial: addSpecial) }
    // As much stack as the main thread has: patterns are matched by recursion.
    var attributes = pthread_attr_t(), thread = pthread_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 8 << 20)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let started = pthread_create(&thread, &attributes, { given in
      let work = Unmanaged<TextWork>.fromOpaque(given!).takeRetainedValue()
      work.encoding = work.encode()
      work.done.signal()
      return nil
    }, Unmanaged.passRetained(work).toOpaque())
    guard started == 0 else {
      Unmanaged.passUnretained(work).release()
      return encode(text, addSpecial: addSpecial)
    }
    while work.done.wait(timeout: .now() + 0.02) == .timedOut { if stop.pointee != 0 { throw Fault(.interrupted) } }
    return work.encoding
  }
}

/// Written by one thread before it signals, read by the other afterwards.
private final class TextWork: @unchecked Sendable {
  let done = DispatchSemaphore(value: 0)
  var encode: () -> Encoding = { Encoding() }
  var encoding = Encoding()
}
