/// The four normalisation forms of Unicode (UAX 15), with the alignment that the reference gives each scalar.
///
/// Every scalar comes out with a `change`: 0 replaces one scalar of the input, 1 is inserted, −n replaces one and swallows n more.
enum NormalForm: String, Sendable, CaseIterable {
  case NFC, NFD, NFKC, NFKD

  private var isCompatible: Bool { self == .NFKC || self == .NFKD }
  private var composes: Bool { self == .NFC || self == .NFKC }

  /// Whether bytes that are all below this are in the form already: U+0300 leads with 0xCC.
  var inertBelow: UInt8 { self == .NFC ? 0xCC : 0x80 }

  func apply(_ bytes: UnsafeBufferPointer<UInt8>, emit: (UInt32, Int) -> Void) {
    var run: [Mark] = []
    var composer = Composer()
    let composes = composes
    func flush() {
      if run.count > 2 || (run.count == 2 && run[0].order > run[1].order) { Self.sort(&run) }
      for mark in run {
        if composes { composer.take(mark, emit) } else { emit(mark.scalar, mark.change) }
      }
      run.removeAll(keepingCapacity: true)
    }
    var at = 0
    while at < bytes.count {
      let (scalar, length) = UTF8Text.decode(bytes, at)
      at += length
      var change = 0
      Self.decompose(scalar, compatible: isCompatible) { part in
        let order = ScalarProperties.combiningClass(part)
        if order == 0 { flush() }
        run.append(Mark(scalar: part, order: order, change: change))
        change = 1
      }
    }
    flush()
    if composes { composer.finish(emit) }
  }

  fileprivate struct Mark {
    var scalar: UInt32
    var order: UInt16
    var change: Int
  }

  /// Stable, and not quadratic for a megabyte of marks: by counting, since classes are below 256. A starter (class 0), if
  /// the run has one, is its first and stays there.
  private static func sort(_ run: inout [Mark]) {
    var counts = [Int](repeating: 0, count: 256)
    for mark in run { counts[Int(mark.order)] += 1 }
    var position = 0
    for i in counts.indices { (counts[i], position) = (position, position + counts[i]) }
    var sorted = run
    for mark in run {
      sorted[counts[Int(mark.order)]] = mark
      counts[Int(mark.order)] += 1
    }
    run = sorted
  }

  /// Canonical composition: a starter and what has not been composed with it.
  private struct Composer {
    var starter: Mark?
    var waiting: [Mark] = []
    var last: UInt16?

    mutating func take(_ mark: Mark, _ emit: (UInt32, Int) -> Void) {
      guard let base = starter else {
        if mark.order != 0 { emit(mark.scalar, mark.change) } else { starter = mark }
        return
      }
      let blocked = last.map { $0 >= mark.order } ?? false
      if !blocked, let composed = NormalForm.compose(base.scalar, mark.scalar) {
        starter = Mark(scalar: composed, order: 0, change: base.change + mark.change - 1)
      } else if mark.order == 0 {
        emit(base.scalar, base.change)
        release(emit)
        starter = mark
      } else {
        waiting.append(mark)
        last = mark.order
      }
    }

    private mutating func release(_ emit: (UInt32, Int) -> Void) {
      for mark in waiting { emit(mark.scalar, mark.change) }
      waiting.removeAll(keepingCapacity: true)
      last = nil
    }

    mutating func finish(_ emit: (UInt32, Int) -> Void) {
      if let base = starter { emit(base.scalar, base.change) }
      release(emit)
    }
  }

  /// Hangul syllables are arithmetic (Unicode 16, section 3.12).
  private static func decompose(_ scalar: UInt32, compatible: Bool, _ part: (UInt32) -> Void) {
    if scalar < 0x80 { return part(scalar) }
    if (0xAC00..<0xAC00 + 11172).contains(scalar) {
      let s = scalar - 0xAC00
      part(0x1100 + s / 588)
      part(0x1161 + s % 588 / 28)
      if s % 28 != 0 { part(0x11A7 + s % 28) }
    } else if compatible, let text = compatibleTable[scalar] {
      text.forEach(part)
    } else if let text = canonicalTable[scalar] {
      text.forEach(part)
    } else {
      part(scalar)
    }
  }

  private static func compose(_ a: UInt32, _ b: UInt32) -> UInt32? {
    if (0x1100..<0x1113).contains(a), (0x1161..<0x1176).contains(b) {
      return 0xAC00 + ((a - 0x1100) * 21 + b - 0x1161) * 28
    }
    if (0xAC00..<0xAC00 + 11172).contains(a), (a - 0xAC00) % 28 == 0, (0x11A8..<0x11C3).contains(b) {
      return a + b - 0x11A7
    }
    if b < 0x300 { return nil }
    return compositionTable[UInt64(a) << 32 | UInt64(b)]
  }

  private static let canonicalTable = texts(UnicodeTables.canonical)
  private static let compatibleTable = texts(UnicodeTables.compatible)
  private static func texts(_ packed: StaticString) -> [UInt32: [UInt32]] {
    var table = PackedTable(packed)
    return Dictionary(uniqueKeysWithValues: table.texts().map { ($0.scalar, $0.text) })
  }
  private static let compositionTable: [UInt64: UInt32] = {
    var table = PackedTable(UnicodeTables.compositions)
    return Dictionary(uniqueKeysWithValues: table.texts().map { (UInt64($0.text[0]) << 32 | UInt64($0.text[1]), $0.scalar) })
  }()
}
