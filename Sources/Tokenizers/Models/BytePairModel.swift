import Files

/// Byte-pair encoding: characters, merged pair by pair in the order in which the pairs were learned (Sennrich et al. 2016).
///
/// Byte-level vocabularies come here already written in their 256 letters; byte fallback writes unknown characters as `<0xE4>`.
struct BytePairModel: Sendable {
  struct Options: Sendable {
    var unknown: UInt32?
    var fusesUnknown = false
    var byteFallback = false
    /// A piece that is an entry is that entry, whatever the merges say (Llama 3).
    var ignoresMerges = false
    var prefix: ByteString?
    var suffix: ByteString?
  }

  let vocabulary: ByteTable
  let merges: MergeTable
  let options: Options
  private let byteIDs: [UInt32?]
  /// Ids of the entries of one scalar below U+0180: most of what is looked up.
  private let singles: [Int32]

  init(vocabulary: ByteTable, merges: MergeTable, options: Options) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.options = options
    byteIDs = options.byteFallback ? Self.byteIDs(vocabulary) : []
    singles = (UInt32(0)..<0x180).map { scalar in
      vocabulary.id(of: ByteString(bytes: UTF8Text.encode([scalar]))).map { Int32(bitPattern: $0) } ?? -1
    }
  }

  static func byteIDs(_ vocabulary: ByteTable) -> [UInt32?] {
    (0...255).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.id(of: ByteString("<0x" + (digits.count == 1 ? "0" : "") + digits + ">"))
    }
  }

  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, _ scratch: inout MergeScratch, into tokens: inout [ModelToken]) {
    if options.ignoresMerges, let id = vocabulary.id(of: piece) {
      tokens.append(ModelToken(id: id, start: 0, end: piece.count))
      return
    }
    if scratch.recall(piece, into: &tokens) { return }
    let before = tokens.count
    scratch.begin()
    addSymbols(of: piece, to: &scratch)
    scratch.merge(by: merges)
    scratch.finish(into: &tokens)
    scratch.remember(piece, tokens[before...])
  }

  private func addSymbols(of piece: UnsafeBufferPointer<UInt8>, to scratch: inout MergeScratch) {
    let isPlain = options.prefix == nil && options.suffix == nil
    var pendingUnknown = 0
    var hasPending = false
    var at = 0
    while at < piece.count {
      let (scalar, length) = UTF8Text.decode(piece, at)
      let part = UnsafeBufferPointer(rebasing: piece[at..<at + length])
      let isFirst = at == 0
      at += length
      var id: UInt32?
      var written: [UInt8]?
      if isPlain {
        if scalar < 0x180 {
          id = singles[Int(scalar)] < 0 ? nil : UInt32(bitPattern: singles[Int(scalar)])
        } else {
          id = vocabulary.id(of: part)
        }
      } else {
        let text = (isFirst ? [] : options.prefix?.bytes ?? []) + part + (at == piece.count ? options.suffix?.bytes ?? [] : [])
        id = vocabulary.id(of: ByteString(bytes: text))
        written = text
      }
      if let id {
        if hasPending, let unknown = options.unknown { scratch.add(unknown, pendingUnknown) }
        hasPending = false
        scratch.add(id, length)
        continue
      }
      // The reference leaves an unknown character before these bytes waiting, so that it comes after them.
      if options.byteFallback, (written ?? Array(part)).allSatisfy({ byteIDs[Int($0)] != nil }) {
        for byte in written ?? Array(part) { scratch.add(byteIDs[Int(byte)]!, 1) }
        continue
      }
      guard let unknown = options.unknown else { continue }
      if hasPending, options.fusesUnknown {
        pendingUnknown += length
      } else {
        if hasPending { scratch.add(unknown, pendingUnknown) }
        pendingUnknown = length
        hasPending = true
      }
    }
    if hasPending, let unknown = options.unknown { scratch.add(unknown, pendingUnknown) }
  }
}
