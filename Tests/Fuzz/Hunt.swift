// Batches in processes of their own: what they are told, and what is made of how they end.

import Foundation
import Tensors

/// The process of a batch: inputs one after the other. Before each it notes which, so that whoever finds it dead knows.
struct Batch {
  let target: Target
  let seed: UInt64
  let first: Int, count: Int
  /// A file that holds the number of the running input.
  let status: String

  func run() {
    // What an input may take beyond the budget of the tensors; a batch that wants more ends.
    var limit = rlimit(rlim_cur: 3 << 30, rlim_max: 3 << 30)
    setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    let file = open(status, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let corpus = first < 0 ? target.corpus : []
    for index in first..<(first + count) {
      var place = Int64(index)
      pwrite(file, &place, 8, 0)
      // Ten seconds of work; on a machine that does much else, a minute of waiting.
      var work = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: 10, tv_usec: 0))
      setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &work, nil)
      alarm(60)
      target.run(index < 0 ? corpus[corpus.count + index] : target.input(seed, index))
    }
    alarm(0)
    var done = Int64(first + count)
    pwrite(file, &done, 8, 0)
  }
}

/// A run of all targets.
struct Hunt {
  var seconds = 10.0, seed: UInt64 = 1
  /// Inputs for each target; nil: as many as the time allows.
  var count: Int?
  var targets: [Target] = []

  struct Finding { let target: String, index: Int, what: String }

  /// - Returns: whether nothing was found.
  func run() -> Bool {
    let targets = targets.isEmpty ? Target.all : targets
    // The corpus comes first, under numbers below 0.
    var next = targets.map { -$0.corpus.count }, findings: [Finding] = [], size = targets.map(\.batch)
    let start = Date()
    func isOver() -> Bool { Date().timeIntervalSince(start) >= seconds }
    func isDone(_ i: Int) -> Bool { count.map { next[i] >= $0 } ?? false }
    while !isOver(), !targets.indices.allSatisfy(isDone) {
      for (i, target) in targets.enumerated() where !isDone(i) && !isOver() {
        let wanted = min(size[i], (count ?? 1 << 60) - next[i]), began = Date()
        let end = Hunt.batch(target, seed, next[i], wanted)
        if let what = end.what {
          findings.append(Finding(target: target.name, index: end.index, what: what))
          say("FOUND \(target.name) seed \(seed) input \(end.index): \(what)")
          next[i] = end.index + 1
        } else {
          next[i] += wanted
          // A batch is to take about a second.
          let took = Date().timeIntervalSince(began)
          size[i] = took < 0.5 ? size[i] * 2 : took > 2 ? max(10, size[i] / 2) : size[i]
        }
      }
    }
    for (target, count) in zip(targets, next) { say("  \(target.name.padding(toLength: 12, withPad: " ", startingAt: 0)) \(count) inputs, and \(target.corpus.count) of the corpus") }
    say("\(next.reduce(0, +)) inputs with seed \(seed) in \(Int(Date().timeIntervalSince(start))) s: \(findings.isEmpty ? "nothing found" : "\(findings.count) found")")
    return findings.isEmpty
  }

  /// Runs a batch, and says how it ended if not well.
  private static func batch(_ target: Target, _ seed: UInt64, _ first: Int, _ count: Int) -> (what: String?, index: Int) {
    let folder = Scratch.folder, status = folder + "/status", said = folder + "/said"
    FileManager.default.createFile(atPath: said, contents: nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Scratch.ownProgram)
    process.arguments = ["--batch", target.name, String(seed), String(first), String(count), status]
    process.environment = ProcessInfo.processInfo.environment.merging(["ORRERY_MEMORY": "256M", "ORRERY_THREADS": "1", "HOME": folder, "TMPDIR": folder, "SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: said)
    do { try process.run() } catch { return ("\(error)", first) }
    process.waitUntilExit()
    let index = FileManager.default.contents(atPath: status).flatMap { $0.count == 8 ? Int($0.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }) : nil } ?? first
    if process.terminationReason == .exit, process.terminationStatus == 0 { return (nil, index) }
    let words = FileManager.default.contents(atPath: said).map { String(decoding: $0.suffix(4000), as: UTF8.self) } ?? ""
    let line = words.split(separator: "\n").first { $0.contains("Fatal error") || $0.contains("FUZZ") } ?? words.split(separator: "\n").last ?? ""
    let what = process.terminationReason == .exit ? "exit \(process.terminationStatus)" : [SIGALRM, SIGPROF].contains(process.terminationStatus) ? "hang over 10 s" : "signal \(process.terminationStatus)"
    return ("\(what) \(line.prefix(300))", index)
  }
}

/// A line on standard output, at once.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

enum Scratch {
  /// A folder of this process.
  static let folder: String = {
    let path = NSTemporaryDirectory() + "/orrery-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: Scratch.folder) }
    return path
  }()
  static let ownProgram = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  /// The program beside this one.
  static let orrery = (ownProgram as NSString).deletingLastPathComponent + "/orrery"
  /// The checkout.
  static let root: String = {
    var path = (#filePath as NSString).deletingLastPathComponent
    while path.count > 1, !FileManager.default.fileExists(atPath: path + "/Package.swift") { path = (path as NSString).deletingLastPathComponent }
    return path
  }()

  static func file(_ name: String, _ bytes: [UInt8]) -> String {
    let path = folder + "/" + name
    unlink(path)
    FileManager.default.createFile(atPath: path, contents: Data(bytes))
    return path
  }
}
