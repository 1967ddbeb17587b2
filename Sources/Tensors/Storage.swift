// Storage: a run of bytes that tensors look at. Either owned memory, or a part of something that somebody else keeps
// alive (a mapped checkpoint). It knows nothing of shapes.

import CKernels
#if canImport(Glibc)
import Glibc
#endif

/// Bytes shared by tensors. Freed with the last tensor that looks at them.
public final class Storage: @unchecked Sendable {
  /// The first byte. Borrowed storage is never written.
  public let base: UnsafeMutableRawPointer
  public let byteCount: Int
  public let type: ElementType
  private let owner: AnyObject?

  /// Room for `count` float32 numbers, aligned to a cache line, not initialised.
  public init(count: Int) {
    byteCount = count * 4
    type = .f32
    owner = nil
    base = Pool.shared.take(max(byteCount, 64))
  }

  /// Numbers that `owner` keeps alive, used in place; they need not be aligned.
  public init(borrowing bytes: UnsafeRawBufferPointer, type: ElementType, owner: AnyObject) {
    base = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
    byteCount = bytes.count
    self.type = type
    self.owner = owner
  }

  /// Owned bytes of a narrower type (weights that were converted).
  public init(count: Int, type: ElementType) {
    byteCount = count * type.width
    self.type = type
    owner = nil
    base = Pool.shared.take(max(byteCount, 64))
  }

  deinit {
    if owner == nil { Pool.shared.give(base, max(byteCount, 64)) }
  }

  /// What all owned storages hold at this moment: how many there are, and their bytes. Mapped weights are not among them.
  public static var live: (count: Int, bytes: Int) { Pool.shared.live }

  /// Whether this storage was allocated here (and so may be written).
  public var isOwned: Bool { owner == nil }
}

/// Keeps freed blocks for the next tensor of the same size: a forward allocates the same sizes layer after layer, and
/// fresh pages cost more than the arithmetic of a small model. Bounded, so that memory returns to the system.
final class Pool: @unchecked Sendable {
  static let shared = Pool()
  /// Blocks by the class of their size.
  private var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 66 * 8)
  private var kept = 0
  /// Blocks that are in use.
  private var used = (count: 0, bytes: 0)
  private let most = 24 << 20
  /// Bytes that may be in use together.
  var limit = getenv("ORRERY_MEMORY").flatMap { Budget.bytes(String(cString: $0)) } ?? Budget.share
  private var lock = pthread_mutex_t()

  private init() { pthread_mutex_init(&lock, nil) }

  /// Sizes are rounded up so that neighbours share a class: to a multiple of an eighth of the power of two below, at least 64 bytes.
  private static func rounded(_ bytes: Int) -> (size: Int, list: Int) {
    let exponent = Int.bitWidth - 1 - max(512, bytes).leadingZeroBitCount, step = (1 << exponent) / 8
    let eighths = (bytes + step - 1) / step
    return (eighths * step, exponent * 8 + eighths - 8 + (bytes < 512 ? 0 : 8))
  }

  var live: (count: Int, bytes: Int) {
    pthread_mutex_lock(&lock)
    defer { pthread_mutex_unlock(&lock) }
    return used
  }

  func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    let (size, list) = Pool.rounded(bytes)
    pthread_mutex_lock(&lock)
    used = (used.count + 1, used.bytes + size)
    let block = free[list].popLast()
    if block != nil { kept -= size }
    pthread_mutex_unlock(&lock)
    return block ?? UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
  }

  func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    let (size, list) = Pool.rounded(bytes)
    pthread_mutex_lock(&lock)
    used = (used.count - 1, used.bytes - size)
    let isKept = kept + size <= most
    if isKept {
      free[list].append(block)
      kept += size
    }
    pthread_mutex_unlock(&lock)
    if !isKept { block.deallocate() }
  }
}
