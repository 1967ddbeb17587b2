// Which samples are held out, of a corpus too large to list: those whose tokens have a certain hash. No list is kept, the two parts are
// disjoint by construction, and the split does not depend on a seed.

import Tensors

enum HeldOut {
  /// Whether a text is held out: about one in `share` is.
  static func has(_ tokens: some Sequence<Int>, oneIn share: UInt64 = 64) -> Bool {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325                                       // FNV-1a, a token at a time
    for token in tokens { hash = (hash ^ UInt64(truncatingIfNeeded: token)) &* 0x100_0000_01b3 }
    hash ^= hash >> 29
    return (hash &* 0x9E37_79B9_7F4A_7C15) >> 32 % share == 0
  }

  /// Draws until a sample is of the part.
  static func draw(_ part: CorpusPart, oneIn share: UInt64 = 64, by key: (Sample) -> [Int] = { $0.source + $0.tokens }, _ one: () -> Sample) -> Sample {
    while true {
      let sample = one()
      if has(key(sample), oneIn: share) == (part == .heldOut) { return sample }
    }
  }
}
