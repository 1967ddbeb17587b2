// Whether a picture is XML as every reader of it demands, by expat: what browsers and forges refuse is found before they do.

import CExpat

public enum PictureCheck {
  public struct Fault: Equatable, Sendable {
    /// From 1.
    public var line: Int
    public var reason: String
  }

  /// The first fault of an SVG; nil if it is well-formed. Entities of a document's own are refused by not being declared: our pictures have none.
  public static func fault(in svg: [UInt8]) -> Fault? {
    guard let parser = XML_ParserCreate(nil) else { return Fault(line: 0, reason: "there is no memory to read it") }
    defer { XML_ParserFree(parser) }
    let status = svg.withUnsafeBytes { XML_Parse(parser, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), 1) }
    if status == XML_STATUS_OK { return nil }
    let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "it cannot be read"
    return Fault(line: Int(XML_GetCurrentLineNumber(parser)), reason: reason)
  }
}
