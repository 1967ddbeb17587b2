// Where lessons and shipped models are: ORRERY_HOME, then share/orrery beside the installed program, then the checkout.

import Files
import Foundation

/// The folder that holds `lessons/` (with `lessons/models/`).
public enum Home {
  /// Found once; nil if there is none, which only the commands that need it complain about.
  public static let folder: String? = {
    let manager = FileManager.default
    func holds(_ path: String) -> Bool { manager.fileExists(atPath: path + "/lessons") }
    if let given = ProcessInfo.processInfo.environment["ORRERY_HOME"], !given.isEmpty { return given }
    let program = URL(fileURLWithPath: (try? manager.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
    let installed = program.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("share/orrery").path
    if holds(installed) { return installed }
    // A checkout: the program lies in .build/…; tests and scripts may run it from anywhere below.
    var place = program.deletingLastPathComponent()
    while place.path != "/" {
      if holds(place.path), manager.fileExists(atPath: place.appendingPathComponent("Package.swift").path) { return place.path }
      place = place.deletingLastPathComponent()
    }
    return holds(manager.currentDirectoryPath) ? manager.currentDirectoryPath : nil
  }()

  /// What is missing, in one line.
  public struct Missing: Error, CustomStringConvertible {
    public let description =
      "lessons and models were not found: set ORRERY_HOME to the folder that holds lessons/, or run `make install`"
  }

  public static func required() throws -> String {
    guard let folder else { throw Missing() }
    return folder
  }
}

/// A mini model that comes with Orrery.
public struct ShippedModel: Sendable {
  public let name: String
  public let path: String

  /// All of them, by name.
  public static var all: [ShippedModel] {
    guard let home = Home.folder else { return [] }
    let folder = home + "/lessons/models"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/config.json") }
      .map { ShippedModel(name: $0, path: "\(folder)/\($0)") }
  }
}
