// Expected outputs live beside the tests as files, whole, as a reader would see them.
// `ORRERY_BLESS=1 swift test --filter DiagramsTests` writes them anew: read the difference before you keep it.
import Foundation
import Testing

/// Compares text with `Expected/NAME` next to this file; says the first line that differs.
func expect(_ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Expected/\(name)")
  if ProcessInfo.processInfo.environment["ORRERY_BLESS"] != nil {
    try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? Data(text.utf8).write(to: file)
  }
  guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
    Issue.record("there is no Expected/\(name)", sourceLocation: sourceLocation)
    return
  }
  if text == expected { return }
  let (got, wanted) = (text.split(separator: "\n", omittingEmptySubsequences: false), expected.split(separator: "\n", omittingEmptySubsequences: false))
  for index in 0..<max(got.count, wanted.count) {
    let (a, b) = (index < got.count ? got[index] : "(nothing)", index < wanted.count ? wanted[index] : "(nothing)")
    if a != b {
      Issue.record("\(name), line \(index + 1): expected «\(b)», got «\(a)»", sourceLocation: sourceLocation)
      return
    }
  }
}
