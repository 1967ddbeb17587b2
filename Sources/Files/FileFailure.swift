import Glibc

/// Why a file could not be used: one line with the path, the reason and what to do. The wording is at the end.
public enum FileFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// `nearest` is a name in the same folder that was probably meant; `folder` is set when the folder itself is missing.
  case notFound(path: String, nearest: String?, missingFolder: String?)
  case isFolder(path: String)
  case notFolder(path: String)
  case notRegular(path: String)
  case noPermission(path: String, action: Action)
  case tooLarge(path: String, bytes: Int, limit: Int)
  case diskFull(path: String)
  case readOnly(path: String)
  case system(path: String, action: Action, reason: String)
  /// A folder whose file system cannot put another in its place at once; the new one was left beside it.
  case notExchanged(path: String, kept: String)

  public enum Action: String, Sendable { case read, write, map, list }

  /// The failure that `errno` stands for after `action` on `path`.
  static func last(_ action: Action, _ path: String, errno code: CInt = errno) -> FileFailure {
    switch code {
    case ENOENT, ENOTDIR: missing(path)
    case EISDIR: .isFolder(path: path)
    case EACCES, EPERM: .noPermission(path: path, action: action)
    case ENOSPC, EDQUOT: .diskFull(path: path)
    case EROFS: .readOnly(path: path)
    default: .system(path: path, action: action, reason: String(cString: strerror(code)))
    }
  }

  /// `notFound` with the nearest name, looked up in the folder where the file should be.
  public static func missing(_ path: String) -> FileFailure {
    let folder = Path.folder(of: path)
    guard Path.isFolder(folder) else { return .notFound(path: path, nearest: nil, missingFolder: folder) }
    let names = Path.names(in: folder)
    return .notFound(path: path, nearest: Suggestion.nearest(to: Path.name(of: path), in: names), missingFolder: nil)
  }

  public var description: String {
    switch self {
    case .notFound(let path, _, let folder?): "\(p(path)): no such file; the folder \(p(folder)) does not exist"
    case .notFound(let path, let nearest?, _): "\(p(path)): no such file; did you mean \(p(nearest))?"
    case .notFound(let path, nil, nil): "\(p(path)): no such file"
    case .isFolder(let path): "\(p(path)): is a folder, expected a file"
    case .notFolder(let path): "\(p(path)): is a file, expected a folder"
    case .notRegular(let path): "\(p(path)): is not a regular file (a device, pipe or socket cannot be used here)"
    case .noPermission(let path, let action): "\(p(path)): no permission to \(action.rawValue) it"
    case .tooLarge(let path, let bytes, let limit): "\(p(path)): \(bytes) bytes are more than the \(limit) that are read here"
    case .diskFull(let path): "\(p(path)): the disk is full; nothing was changed"
    case .readOnly(let path): "\(p(path)): the file system is read-only; nothing was changed"
    case .notExchanged(let path, let kept): "\(p(path)) was left as it was: its file system cannot exchange folders; the new one is \(p(kept))"
    case .system(let path, let action, let reason): "\(p(path)): cannot \(action.rawValue) it: \(reason)"
    }
  }

  private func p(_ path: String) -> String { path.shown(limit: 400) }
}
