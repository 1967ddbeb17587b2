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

  /// Whether this storage was allocated here (and so may be written).
  public var isOwned: Bool { owner == nil }
}

/// Keeps freed blocks for the next tensor of the same size: a forward allocates the same sizes layer after layer, and
/// fresh pages cost more than the arithmetic of a small model. Bounded, so that memory returns to the system.
final class Pool: @unchecked Sendable {
  static let shared = Pool()
  private var free: [Int: [UnsafeMutableRawPointer]] = [:]
  private var kept = 0
  private let limit = 24 << 20
  private var lock = pthread_mutex_t()

  private init() { pthread_mutex_init(&lock, nil) }

  /// Sizes are rounded up so that neighbours share a list: to a multiple of an eighth of the power of two below.
  private static func rounded(_ bytes: Int) -> Int {
    let step = max(64, (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 8)
    return (bytes + step - 1) / step * step
  }

  func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    let size = Pool.rounded(bytes)
    pthread_mutex_lock(&lock)
    if let block = free[size]?.popLast() {
      kept -= size
      pthread_mutex_unlock(&lock)
      return block
    }
    pthread_mutex_unlock(&lock)
    return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
  }

  func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    let size = Pool.rounded(bytes)
    pthread_mutex_lock(&lock)
    if kept + size <= limit {
      free[size, default: []].append(block)
      kept += size
      pthread_mutex_unlock(&lock)
    } else {
      pthread_mutex_unlock(&lock)
      block.deallocate()
    }
  }
}
