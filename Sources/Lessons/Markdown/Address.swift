// Where links and pictures of a lesson may lead. What could run something, or would make a page ask the net when it is opened, reaches no book in any format.

public enum Address {
  /// Relative, or of a scheme that only leads somewhere.
  public static func isSafe(link address: String) -> Bool {
    guard let scheme = scheme(of: address) else { return false }
    return scheme.isEmpty || ["http", "https", "mailto"].contains(scheme)
  }

  /// A file beside the lesson.
  public static func isSafe(picture address: String) -> Bool { scheme(of: address) == "" && !bare(address).hasPrefix("//") }

  /// What a browser reads: it skips blanks and controls around a scheme and inside of it.
  private static func bare(_ address: String) -> String {
    String(String.UnicodeScalarView(address.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }.map { $0 == "\\" ? "/" : $0 }))
  }

  /// In lower case; empty for a relative address, nil where a computed number would become part of it.
  private static func scheme(of address: String) -> String? {
    if address.unicodeScalars.contains(where: { (0xE000...0xE002).contains($0.value) }) { return nil }
    let text = bare(address), head = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return head.firstIndex(of: ":").map { head[..<$0].lowercased() } ?? ""
  }
}
