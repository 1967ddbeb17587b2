// What can be written, and the reading of the command line. Two flags do not need an argument parser.

/// A kind of drawing.
enum Format: String, CaseIterable {
  case svg, png, pdf, dot

  /// Reads `-T svg`, `-Tsvg` or nothing (SVG). Returns nil when help was asked for.
  init?(arguments: ArraySlice<String>) throws(DrawFault) {
    var format = Format.svg
    var rest = arguments
    while let argument = rest.popFirst() {
      switch argument {
      case "-h", "--help": return nil
      case "-T":
        guard let name = rest.popFirst() else { throw .missingFormat }
        format = try Format.named(name)
      case _ where argument.hasPrefix("-T"): format = try Format.named(String(argument.dropFirst(2)))
      default: throw .unknownArgument(argument)
      }
    }
    self = format
  }

  private static func named(_ name: String) throws(DrawFault) -> Format {
    guard let format = Format(rawValue: name) else { throw .unknownFormat(name) }
    return format
  }
}
