import Glibc

/// A file's bytes in memory without reading them: read-only, private, for as long as the object lives.
///
/// The size is taken once, from the open file. A file that another program shrinks afterwards makes the processor raise
/// SIGBUS at the first touch of a missing page; `onShrunkFile` turns that into one clear line (see `ShrunkFile.swift`).
public final class MappedFile: Sendable {
  public let path: String
  /// Size in bytes.
  public let count: Int
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer?

  /// Throws `FileFailure`; `limit` is the largest size that is accepted.
  public init(_ path: String, limit: Int = .max) throws(FileFailure) {
    try FileAccess.check(path, .read)
    let handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if handle < 0 { throw FileFailure.last(.read, path) }
    defer { close(handle) }
    var status = stat()
    if fstat(handle, &status) != 0 { throw FileFailure.last(.read, path) }
    if status.st_mode & S_IFMT == S_IFDIR { throw .isFolder(path: path) }
    if status.st_mode & S_IFMT != S_IFREG { throw .notRegular(path: path) }
    let size = Int(status.st_size)
    if size > limit { throw .tooLarge(path: path, bytes: size, limit: limit) }
    self.path = path
    count = size
    if size == 0 {  // mmap refuses nothing at all
      base = nil
      return
    }
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, handle, 0), base != MAP_FAILED else {
      throw FileFailure.last(.map, path)
    }
    self.base = base
    ShrunkFile.watch(base, size, path)
  }

  deinit {
    guard let base else { return }
    ShrunkFile.forget(base)
    munmap(base, count)
  }

  /// The bytes; valid while this object is referenced. Whoever keeps the pointer keeps the object: Swift may release it
  /// right after its last mention, so a short-lived file is read through `contents`.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// All bytes, copied.
  public var contents: [UInt8] { withExtendedLifetime(self) { Array(bytes) } }

  /// A part of the bytes; the range must lie in `0..<count`.
  public subscript(range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }

  public enum Advice: Sendable {
    /// Read ahead generously: the weights will be streamed once from front to back.
    case sequential
    /// Start reading now, in the background.
    case soon
    /// The pages are not needed at present; they are read again when touched.
    case rarely
  }

  /// A hint about the use of a range to come; never changes what is read.
  public func advise(_ advice: Advice, _ range: Range<Int>? = nil) {
    guard let base else { return }
    let range = (range ?? 0..<count).clamped(to: 0..<count)
    let page = Int(sysconf(CInt(_SC_PAGESIZE)))
    let start = range.lowerBound / page * page
    let flag =
      switch advice {
      case .sequential: MADV_SEQUENTIAL
      case .soon: MADV_WILLNEED
      case .rarely: MADV_DONTNEED
      }
    madvise(base + start, range.upperBound - start, CInt(flag))
  }
}

extension JSON {
  /// Reads a JSON file; errors name the path. Throws `FileFailure` or `JSON.Failure`.
  public static func read(_ path: String, limits: Limits = .standard) throws -> JSON {
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    return try parse(file.bytes, name: path, limits: limits)
  }
}
