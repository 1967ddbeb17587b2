import Files

/// The working memory of byte-pair encoding: symbols as a linked list, possible merges in a heap by (rank, position), and the
/// words that were seen before. One for each call of `encode`, so that a tokenizer can be shared between threads.
///
/// A heap instead of a search makes a piece of n characters cost n log n: a megabyte of one letter is one piece.
struct MergeScratch {
  private struct Symbol {
    var id: UInt32
    var length: Int32
    var previous: Int32
    var next: Int32
  }

  private struct Merge {
    var rank: UInt32
    var position: Int32
    var id: UInt32
    @inline(__always)
    static func < (a: Merge, b: Merge) -> Bool { a.rank != b.rank ? a.rank < b.rank : a.position < b.position }
  }

  private var symbols: [Symbol] = []
  private var heap: [Merge] = []
  private var words: [ByteString: [ModelToken]] = [:]

  static let rememberedWords = 20_000
  static let longestWord = 64

  // MARK: Words

  func recall(_ piece: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) -> Bool {
    guard piece.count <= Self.longestWord, let known = words[ByteString(bytes: Array(piece))] else { return false }
    tokens.append(contentsOf: known)
    return true
  }

  mutating func remember(_ piece: UnsafeBufferPointer<UInt8>, _ tokens: ArraySlice<ModelToken>) {
    guard piece.count <= Self.longestWord, words.count < Self.rememberedWords else { return }
    words[ByteString(bytes: Array(piece))] = Array(tokens)
  }

  // MARK: Symbols

  mutating func begin() { symbols.removeAll(keepingCapacity: true) }

  mutating func add(_ id: UInt32, _ length: Int) {
    let index = Int32(symbols.count)
    if index > 0 { symbols[Int(index) - 1].next = index }
    symbols.append(Symbol(id: id, length: Int32(length), previous: index - 1, next: -1))
  }

  mutating func merge(by merges: MergeTable) {
    heap.removeAll(keepingCapacity: true)
    guard symbols.count > 1 else { return }
    for i in 0..<symbols.count - 1 {
      if let merge = merges[symbols[i].id, symbols[i + 1].id] {
        heap.append(Merge(rank: merge.rank, position: Int32(i), id: merge.id))
      }
    }
    for i in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(i) }
    while let top = pop() {
      let at = Int(top.position)
      guard symbols[at].length > 0, symbols[at].next >= 0 else { continue }
      let right = Int(symbols[at].next)
      // An entry is out of date when its pair has become another.
      guard let merge = merges[symbols[at].id, symbols[right].id], merge.id == top.id else { continue }
      symbols[at].id = top.id
      symbols[at].length += symbols[right].length
      symbols[at].next = symbols[right].next
      symbols[right].length = 0
      if symbols[at].next >= 0 { symbols[Int(symbols[at].next)].previous = Int32(at) }
      let before = Int(symbols[at].previous)
      if before >= 0, let merge = merges[symbols[before].id, symbols[at].id] {
        push(Merge(rank: merge.rank, position: Int32(before), id: merge.id))
      }
      let after = Int(symbols[at].next)
      if after >= 0, let merge = merges[symbols[at].id, symbols[after].id] {
        push(Merge(rank: merge.rank, position: Int32(at), id: merge.id))
      }
    }
  }

  func finish(into tokens: inout [ModelToken]) {
    var at = 0
    for symbol in symbols where symbol.length > 0 {
      tokens.append(ModelToken(id: symbol.id, start: at, end: at + Int(symbol.length)))
      at += Int(symbol.length)
    }
  }

  // MARK: Heap

  private mutating func push(_ merge: Merge) {
    heap.append(merge)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard merge < heap[parent] else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = merge
  }

  private mutating func pop() -> Merge? {
    guard let top = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink(0)
    }
    return top
  }

  private mutating func sink(_ start: Int) {
    let merge = heap[start]
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < merge else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = merge
  }
}
