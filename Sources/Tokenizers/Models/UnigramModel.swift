import Files

/// The most probable way to cut a piece into vocabulary entries, by dynamic programming (Kudo 2018; SentencePiece).
struct UnigramModel: Sendable {
  let vocabulary: ByteTable
  /// Log probability of each entry, by id.
  let scores: [Double]
  let unknown: Int?
  /// Ids of `<0x00>` … `<0xFF>`, where unknown text is written as bytes.
  let byteIDs: [UInt32?]?
  private let trie: ByteTrie
  private let unknownScore: Double

  /// SentencePiece's: an unknown character costs this more than the rarest entry.
  static let unknownPenalty = 10.0

  init(tokens: [ByteString], scores: [Double], unknown: Int?, byteFallback: Bool) {
    self.scores = scores
    self.unknown = unknown
    var vocabulary = ByteTable(capacity: tokens.count)
    var trie = ByteTrie(capacity: tokens.count)
    for (id, token) in tokens.enumerated() {
      vocabulary.insert(token, id: UInt32(id))
      if !token.isEmpty { trie.insert(token.bytes, Int32(id)) }
    }
    self.vocabulary = vocabulary
    self.trie = trie
    unknownScore = scores.reduce(.infinity) { $1 < $0 ? $1 : $0 } - Self.unknownPenalty
    byteIDs = byteFallback ? BytePairModel.byteIDs(vocabulary) : nil
  }

  private struct Best {
    var score = 0.0
    var start: Int32 = -1
    var id: Int32 = 0
  }

  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) {
    guard let path = bestPath(piece) else { return }
    for (start, end) in path {
      let covered = UnsafeBufferPointer(rebasing: piece[start..<end])
      if let id = vocabulary.id(of: covered) {
        tokens.append(ModelToken(id: id, start: start, end: end, text: .covered))
      } else if let byteIDs, covered.allSatisfy({ byteIDs[Int($0)] != nil }) {
        for byte in covered { tokens.append(ModelToken(id: byteIDs[Int(byte)]!, start: start, end: end)) }
      } else if let unknown {
        tokens.append(ModelToken(id: UInt32(unknown), start: start, end: end, text: .covered))
      }
    }
  }

  /// The parts of the best segmentation, neighbouring unknown ones fused; nil when there is none for want of an unknown token.
  private func bestPath(_ piece: UnsafeBufferPointer<UInt8>) -> [(Int, Int)]? {
    var best = [Best](repeating: Best(), count: piece.count + 1)
    var start = 0
    while start < piece.count {
      let here = best[start].score
      let length = UTF8Text.length(piece[start])
      var hasSingle = false
      var node = 0
      var at = start
      while at < piece.count, let next = trie.child(node, piece[at]) {
        node = next
        at += 1
        let id = trie.values[node]
        guard id >= 0 else { continue }
        let score = scores[Int(id)] + here
        if best[at].start < 0 || score > best[at].score { best[at] = Best(score: score, start: Int32(start), id: id) }
        if at - start == length { hasSingle = true }
      }
      if !hasSingle {
        let score = unknownScore + here
        let end = start + length
        if best[end].start < 0 || score > best[end].score {
          guard let unknown else { return nil }
          best[end] = Best(score: score, start: Int32(start), id: Int32(unknown))
        }
      }
      start += length
    }
    var path: [(Int, Int)] = []
    var end = piece.count
    var wasUnknown = false
    while end > 0 {
      let node = best[end]
      let isUnknown = unknown == Int(node.id)
      if isUnknown, wasUnknown { path[path.count - 1].0 = Int(node.start) } else { path.append((Int(node.start), end)) }
      wasUnknown = isUnknown
      end = Int(node.start)
    }
    return path.reversed()
  }
}
