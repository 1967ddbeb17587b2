// `source("llama")`: a family's page at the prompt.

import Language
import Models

/// A page, printed as it is written.
struct PageText: Object {
  let page: FamilyPage
  var typeName: String { "Source" }
  var summary: String { "page \(page.name)" }
  var description: String { page.text.hasSuffix("\n") ? String(page.text.dropLast()) : page.text }
  var members: [Member] {
    [
      .property("text", returns: "String", "the page as a text"), .property("title", returns: "String", "the family's name"),
      .property("types", returns: "[String]", "model types of the configurations that it reads"),
    ]
  }
  func property(_ name: String) throws -> Value? {
    switch name {
    case "text": .string(page.text)
    case "title": .string(page.header.title)
    case "types": .elements(page.header.types.map { .string($0) })
    default: nil
    }
  }
}

extension Environment {
  mutating func addFamilies() {
    define(
      "source", [.value("name", .string, "a page's name, a model type, a family's title or a known architecture")], returns: "Source",
      "the page that describes a family of models, as it is written", example: "source(\"llama\")"
    ) { a in
      do {
        let pages = try FamilyPages.named(try a.string("name"))
        if pages.count == 1 { return .object(PageText(page: pages[0])) }
        return .elements(pages.map { .string($0.name) })
      } catch let failure as Failure { throw failure } catch { throw Failure(FailureKind("model"), "\(error)", at: a.span(of: "name")) }
    }
  }
}
