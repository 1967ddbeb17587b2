// The house checks itself: what Package.swift says of targets, what their sources import, and the table in Docs/architecture.md are one.

import Files
import Testing

@Suite struct HouseTests {
  static let root = String(#filePath.dropLast("/Tests/FilesTests/HouseTests.swift".count))
  /// Modules of the toolchain.
  private static let outside: Set = ["Glibc", "Synchronization", "Dispatch", "FoundationEssentials"]

  private func text(_ path: String) throws -> String { String(decoding: try MappedFile("\(HouseTests.root)/\(path)").contents, as: UTF8.self) }

  /// Targets with what they may import, in the order of Package.swift.
  private func declared() throws -> [(name: String, dependencies: Set<String>)] {
    let package = try text("Package.swift")
    return package.matches(of: #/\n    \.(?:executableTarget|target)\(\s*name: "([^"]+)"([\s\S]*?)(?=\n    \.|\n    //|\n  \])/#).compactMap { match in
      guard Path.isFolder("\(HouseTests.root)/Sources/\(match.1)") else { return nil }
      let list = match.2.firstMatch(of: #/dependencies: \[([\s\S]*?)\]/#)?.1 ?? ""
      let names = list.matches(of: #/"([^"]+)"/#).map { String($0.1) }.filter { $0 != "swift-argument-parser" }
      return (String(match.1), Set(names))
    }
  }

  private func imports(_ folder: String) throws -> [(file: String, name: String)] {
    try Path.names(in: "\(HouseTests.root)/\(folder)").flatMap { name -> [(String, String)] in
      let path = "\(folder)/\(name)"
      if Path.isFolder("\(HouseTests.root)/\(path)") { return try imports(path) }
      guard name.hasSuffix(".swift") else { return [] }
      return try text(path).split(separator: "\n").compactMap { line in
        (try? #/^(?:@\w+ |internal |public |private )*import (?:(?:struct|class|enum|func|typealias|protocol|let|var) )?(\w+)/#.firstMatch(in: line)).map { (path, String($0.1)) }
      }
    }
  }

  @Test func sourcesImportWhatIsDeclared() throws {
    for (name, dependencies) in try declared() {
      for (file, module) in try imports("Sources/\(name)") {
        #expect(dependencies.contains(module) || HouseTests.outside.contains(module), "\(file) imports \(module), which Package.swift does not name for \(name)")
      }
    }
  }

  /// What the program calls itself is the newest heading of the changelog.
  @Test func theVersionIsTheChangelogs() throws {
    let newest = try text("Docs/changelog.md").firstMatch(of: #/\n## (\S+)\n/#)?.1, said = try text("Sources/orrery/main.swift").firstMatch(of: #/version: "(.*?)"/#)?.1
    #expect(newest != nil && newest == said)
  }

  @Test func theTableSaysTheSame() throws {
    let rows = try text("Docs/architecture.md").matches(of: #/\n\| `([\w-]+)` \| .* \| (.*) \|/#).map { (name: String($0.1), imports: String($0.2)) }
    var above: [String] = []
    for (name, imports) in rows {
      guard let dependencies = try declared().first(where: { $0.name == name })?.dependencies else {
        Issue.record("Package.swift has no target \(name)")
        continue
      }
      var said = Set(imports.matches(of: #/`(\w+)`/#).map { String($0.1) })
      if imports.hasPrefix("all above") {
        let excepted = imports.contains("but") ? said : []
        said = (imports.contains("but") ? [] : said).union(Set(above).subtracting(excepted))
      }
      #expect(said == dependencies, "\(name)")
      above.append(name)
    }
    #expect(rows.count == (try declared()).count)
  }
}
