// A book in its folder: writes what changed, removes what nothing makes any more, and never touches a page that a person wrote.

import Lessons

public struct BookFolder: Sendable {
  public var path: String

  public init(path: String) { self.path = path }

  public struct Written: Sendable, Equatable {
    public var written: [String] = []
    public var unchanged: [String] = []
    public var removed: [String] = []
  }

  /// Writes the book, or nothing at all if a page of its name was written by hand.
  /// - Throws: an array of `BookFault`s as `BookFaults`; otherwise what `Files` throws.
  public func write(_ book: Book) throws -> Written {
    let files = book.files
    var result = Written()
    var faults: [BookFault] = []
    for file in files {
      let target = PlainFiles.join(path, file.path)
      if let old = try PlainFiles.read(target), !GeneratedMarker.isIn(old, path: target) {
        faults.append(BookFault(file: target, line: 0, cause: .handWritten))
      }
    }
    guard faults.isEmpty else { throw BookFaults(faults) }
    for file in files {
      let target = PlainFiles.join(path, file.path)
      let old = try PlainFiles.read(target)
      // A page that says the same within the lesson's tolerance stays: a build changes what a run changed.
      if let old, PageComparison.first(file, String(decoding: old, as: UTF8.self)) == nil {
        result.unchanged.append(file.path)
      } else {
        try PlainFiles.write(target, Array(file.text.utf8))
        result.written.append(file.path)
      }
    }
    for left in try leftOvers(files, book.format) {
      PlainFiles.remove(PlainFiles.join(path, left))
      result.removed.append(left)
    }
    return result
  }

  /// What is stale, missing or left over.
  public func check(_ book: Book) throws -> [BookFault] {
    let files = book.files
    var faults: [BookFault] = []
    for file in files {
      let target = PlainFiles.join(path, file.path)
      guard let old = try PlainFiles.read(target) else {
        faults.append(BookFault(file: target, line: 0, cause: .missing(source: file.source)))
        continue
      }
      if let difference = PageComparison.first(file, String(decoding: old, as: UTF8.self)) {
        faults.append(BookFault(file: target, line: difference.line, cause: difference.cause))
      }
    }
    for left in try leftOvers(files, book.format) {
      faults.append(BookFault(file: PlainFiles.join(path, left), line: 0, cause: .leftOver))
    }
    return faults
  }

  private func leftOvers(_ files: [BookFile], _ format: BookFormat) throws -> [String] {
    let kept = Set(files.map(\.path))
    var found: [String] = []
    for folder in ["", "figures"] {
      let place = folder.isEmpty ? path : PlainFiles.join(path, folder)
      for name in PlainFiles.names(in: place) where format.ownExtensions.contains(where: { name.hasSuffix("." + $0) }) {
        let relative = folder.isEmpty ? name : folder + "/" + name
        let file = PlainFiles.join(place, name)
        if kept.contains(relative) || PlainFiles.isFolder(file) { continue }
        if let bytes = try PlainFiles.read(file), GeneratedMarker.isIn(bytes, path: name) { found.append(relative) }
      }
    }
    return found
  }
}

/// Several faults at once.
public struct BookFaults: Error, Sendable, Equatable, CustomStringConvertible {
  public var faults: [BookFault]
  public init(_ faults: [BookFault]) { self.faults = faults }
  public var description: String { faults.map(\.description).joined(separator: "\n") }
}
