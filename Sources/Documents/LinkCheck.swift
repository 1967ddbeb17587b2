// Dead links in Markdown files: relative paths that lead nowhere, anchors that no heading has. Addresses of the net are not asked.

import Lessons

public enum LinkCheck {
  /// Checks the README and every Markdown file of the folders, at any depth.
  /// - Parameter root: the project's folder; paths in faults are relative to it.
  public static func check(root: String, files: [String] = ["README.md"], folders: [String] = ["Docs"]) throws -> [BookFault] {
    var all = files.filter { PlainFiles.exists(PlainFiles.join(root, $0)) }
    for folder in folders { collect(root, folder, into: &all, depth: 0) }
    var outlines: [String: MarkdownOutline] = [:]
    func outline(_ file: String) throws -> MarkdownOutline? {
      if let known = outlines[file] { return known }
      guard let bytes = try PlainFiles.read(PlainFiles.join(root, file)) else { return nil }
      let made = MarkdownOutline(String(decoding: bytes, as: UTF8.self))
      outlines[file] = made
      return made
    }
    var faults: [BookFault] = []
    for picture in try pictures(root: root, files: files, folders: folders) {
      guard let svg = try PlainFiles.read(PlainFiles.join(root, picture)), let fault = PictureCheck.fault(in: svg) else { continue }
      faults.append(BookFault(file: picture, line: fault.line, cause: .brokenPicture(fault.reason)))
    }
    for file in all {
      guard let page = try outline(file) else { continue }
      for link in page.links {
        func report(_ cause: BookFault.Cause) { faults.append(BookFault(file: file, line: link.line + 1, cause: cause)) }
        guard !link.destination.isEmpty else {
          report(.deadLink("", nearest: nil))
          continue
        }
        if hasScheme(link.destination) || link.destination.hasPrefix("//") { continue }
        let pathText = String(link.destination.prefix { $0 != "#" && $0 != "?" })
        let anchor = link.destination.firstIndex(of: "#").map { decoded(String(link.destination[link.destination.index(after: $0)...])) }
        var target = file
        if !pathText.isEmpty {
          guard !pathText.hasPrefix("/"), let resolved = resolve(decoded(pathText), from: PlainFiles.folder(of: file)) else {
            report(.outside(link.destination))
            continue
          }
          target = resolved
          let place = target.isEmpty ? root : PlainFiles.join(root, target)
          guard PlainFiles.exists(place) else {
            let folder = PlainFiles.folder(of: place)
            let name = place.split(separator: "/").last.map(String.init) ?? ""
            report(.deadLink(link.destination, nearest: NearestName.find(name, among: PlainFiles.names(in: folder))))
            continue
          }
          if PlainFiles.isFolder(place) || !target.hasSuffix(".md") { continue }
        }
        if let anchor, !anchor.isEmpty, let there = try outline(target), !there.anchors.contains(anchor) {
          report(.deadAnchor(anchor, in: target, nearest: NearestName.find(anchor, among: there.anchors.sorted())))
        }
      }
    }
    return faults
  }

  /// The SVG files of the project that its pages show, relative to its root, each once.
  public static func pictures(root: String, files: [String] = ["README.md"], folders: [String] = ["Docs"]) throws -> [String] {
    var all = files.filter { PlainFiles.exists(PlainFiles.join(root, $0)) }
    for folder in folders { collect(root, folder, into: &all, depth: 0) }
    var found: Set<String> = []
    for file in all {
      guard let bytes = try PlainFiles.read(PlainFiles.join(root, file)) else { continue }
      for link in MarkdownOutline(String(decoding: bytes, as: UTF8.self)).links where link.isPicture {
        let path = String(link.destination.prefix { $0 != "#" && $0 != "?" })
        guard path.hasSuffix(".svg"), !hasScheme(path), !path.hasPrefix("/"), let place = resolve(decoded(path), from: PlainFiles.folder(of: file)) else { continue }
        found.insert(place)
      }
    }
    return found.sorted()
  }

  private static func collect(_ root: String, _ folder: String, into files: inout [String], depth: Int) {
    guard depth < 8 else { return }
    for name in PlainFiles.names(in: PlainFiles.join(root, folder)) {
      let relative = folder + "/" + name
      if PlainFiles.isFolder(PlainFiles.join(root, relative)) {
        collect(root, relative, into: &files, depth: depth + 1)
      } else if name.hasSuffix(".md") {
        files.append(relative)
      }
    }
  }

  private static func hasScheme(_ text: String) -> Bool {
    let head = text.prefix { $0 != "/" && $0 != "#" && $0 != "?" }
    return head.contains(":")
  }

  /// `../a/./b` from `Docs` → `a/b`; nil above the root.
  private static func resolve(_ path: String, from folder: String) -> String? {
    var parts = folder == "." ? [] : folder.split(separator: "/").map(String.init)
    for part in path.split(separator: "/") {
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else if part != "." {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  /// `%20` → space.
  private static func decoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var out: [UInt8] = []
    var i = 0
    while i < bytes.count {
      if bytes[i] == UInt8(ascii: "%"), i + 2 < bytes.count, let value = UInt8(String(decoding: bytes[i + 1...i + 2], as: UTF8.self), radix: 16) {
        out.append(value)
        i += 3
      } else {
        out.append(bytes[i])
        i += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
