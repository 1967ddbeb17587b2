@testable import Files
import Glibc
import Testing

@Suite struct Mapping {
  @Test func bytesAndParts() throws {
    let folder = Folder()
    let file = try MappedFile(folder.write("a.bin", [1, 2, 3, 4]))
    #expect(file.contents == [1, 2, 3, 4])
    #expect(withExtendedLifetime(file) { Array(file[1..<3]) } == [2, 3])
    file.advise(.sequential)
    file.advise(.rarely, 0..<2)
    #expect(file.contents == [1, 2, 3, 4])
    #expect(try MappedFile(folder.write("empty", "")).contents == [])
  }

  @Test func aReplacedFileStaysWhole() throws {
    let folder = Folder()
    let file = try MappedFile(folder.write("a.bin", "old and long"))
    try folder.write("a.bin", "new")
    #expect(String(decoding: file.contents, as: UTF8.self) == "old and long")
    #expect(try folder.text("a.bin") == "new")
  }

  @Test func failures() throws {
    let folder = Folder()
    try folder.write("config.json", "{}")
    try folder.write("locked", "x")
    chmod(folder["locked"], 0)
    mkfifo(folder["pipe"], 0o600)
    let at = folder.path
    #expect(failure { try MappedFile(folder["confg.json"]) } == "\(at)/confg.json: no such file; did you mean config.json?")
    #expect(failure { try MappedFile(folder["weights.bin"]) } == "\(at)/weights.bin: no such file")
    #expect(failure { try MappedFile(folder["x/y"]) } == "\(at)/x/y: no such file; the folder \(at)/x does not exist")
    #expect(failure { try MappedFile(folder["config.json/y"]) } == "\(at)/config.json/y: no such file; the folder \(at)/config.json does not exist")
    #expect(failure { try MappedFile(at) } == "\(at): is a folder, expected a file")
    #expect(failure { try MappedFile(folder["pipe"]) } == "\(at)/pipe: is not a regular file (a device, pipe or socket cannot be used here)")
    #expect(failure { try MappedFile(folder["config.json"], limit: 1) } == "\(at)/config.json: 2 bytes are more than the 1 that are read here")
    // Nothing is locked to the system's administrator.
    if getuid() != 0 {
      #expect(failure { try MappedFile(folder["locked"]) } == "\(at)/locked: no permission to read it")
    }
    #expect(FileFailure.notFolder(path: "a").description == "a: is a file, expected a folder")
    #expect(FileFailure.noPermission(path: "a", action: .write).description == "a: no permission to write it")
    #expect(FileFailure.readOnly(path: "a").description == "a: the file system is read-only; nothing was changed")
    #expect(FileFailure.system(path: "a\nb", action: .map, reason: "No such device").description == "a\\u{A}b: cannot map it: No such device")
  }

  @Test func jsonErrorsNameThePath() throws {
    let folder = Folder()
    try folder.write("a.json", "[1,")
    #expect(failure { try JSON.read(folder["a.json"]) }
      == "\(folder.path)/a.json:1:4: the text ends inside the array that begins at line 1, column 1; the file is cut short, fetch it again")
    #expect(failure { try JSON.read(folder["b.json"]) } == "\(folder.path)/b.json: no such file; did you mean a.json?")
  }
}

#if os(Linux)
@Suite struct Shrinking {
  /// The child of a fork maps a file, cuts it short and touches it: one line, exit code 2.
  @Test func oneLineAndExitCodeTwo() async throws {
    await #expect(processExitsWith: .exitCode(2)) {
      let path = "/tmp/orrery-shrunk-\(getpid())"
      try AtomicFile.write(path, [UInt8](repeating: 7, count: 100_000))
      let file = try MappedFile(path)
      truncate(path, 0)
      unlink(path)
      print(file.bytes[50_000])
    }
  }

  @Test func theMessage() async throws {
    let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent]) {
      let path = "/tmp/orrery-shrunk-message"
      try AtomicFile.write(path, [UInt8](repeating: 7, count: 100_000))
      let file = try MappedFile(path)
      truncate(path, 4096)
      unlink(path)
      print(file.bytes[99_999])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasSuffix(
      "/tmp/orrery-shrunk-message: the file became shorter while it was in use; fetch it again, and replace a file by renaming, not by overwriting\n"))
  }
}
#endif

@Suite struct Writing {
  @Test func wholeOrNotAtAll() throws {
    let folder = Folder()
    try AtomicFile.write(folder["a"], "one")
    chmod(folder["a"], 0o640)
    try AtomicFile.write(folder["a"], "two")
    #expect(try folder.text("a") == "two")
    var status = stat()
    stat(folder["a"], &status)
    #expect(status.st_mode & 0o777 == 0o640)

    struct Stop: Error {}
    #expect(failure {
      try AtomicFile.write(folder["a"]) { (file) throws(FileFailure) in
        try [UInt8]("half".utf8).withUnsafeBufferPointer { (b) throws(FileFailure) in try file.append(UnsafeRawBufferPointer(b)) }
        throw .diskFull(path: folder["a"])
      }
    } == "\(folder.path)/a: the disk is full; nothing was changed")
    #expect(try folder.text("a") == "two")
    #expect(Path.names(in: folder.path) == ["a"])
  }

  @Test func aLinkStaysALink() throws {
    let folder = Folder()
    try folder.write("real", "one")
    symlink("real", folder["link"])
    try AtomicFile.write(folder["link"], "two")
    #expect(try folder.text("real") == "two")
    var status = stat()
    lstat(folder["link"], &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
  }

  /// A link to nothing yet makes what it names; links of links are followed, relative ones from where they stand.
  @Test func aDanglingLinkIsFollowed() throws {
    let folder = Folder()
    try Path.makeFolder(folder["there"])
    symlink("there/file", folder["link"])
    symlink("link", folder["second"])
    try AtomicFile.write(folder["second"], "one")
    #expect(try folder.text("there/file") == "one")
    symlink("nowhere/file", folder["lost"])
    #expect(failure { try AtomicFile.write(folder["lost"], "x") }?.contains("no such file") == true)
    symlink("round", folder["round"])
    #expect(failure { try AtomicFile.write(folder["round"], "x") }?.hasPrefix("\(folder.path)/round: ") == true)
    #expect(Path.names(in: folder.path) == ["link", "lost", "round", "second", "there"])
  }

  /// What is no regular file is written into, and stays what it is.
  @Test func aPipeIsWrittenInto() throws {
    let folder = Folder()
    mkfifo(folder["pipe"], 0o600)
    symlink("pipe", folder["link"])
    for name in ["pipe", "link"] {
      let reader = open(folder["pipe"], O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      try AtomicFile.write(folder[name], "through")
      var bytes = [UInt8](repeating: 0, count: 64)
      #expect(read(reader, &bytes, 64) == 7 && String(decoding: bytes.prefix(7), as: UTF8.self) == "through")
      var status = stat()
      #expect(lstat(folder["pipe"], &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
    #expect(Path.names(in: folder.path) == ["link", "pipe"])
  }

  /// A device of our own making, which only the administrator can make.
  @Test func aDeviceIsWrittenInto() throws {
    let folder = Folder(), null = dev_t(1 << 8 | 3), full = dev_t(1 << 8 | 7)
    guard mknod(folder["null"], S_IFCHR | 0o666, null) == 0, mknod(folder["full"], S_IFCHR | 0o666, full) == 0 else { return }
    let handle = open(folder["null"], O_WRONLY)
    defer { close(handle) }
    guard handle >= 0 else { return }  // a file system without devices
    try AtomicFile.write(folder["null"], "gone")
    #expect(failure { try AtomicFile.write(folder["full"], "x") } == "\(folder.path)/full: the disk is full; nothing was changed")
    var status = stat()
    #expect(lstat(folder["null"], &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  /// `/dev/stdout` behind `>>`: what the shell opened is appended to, not replaced.
  @Test func anOpenDescriptorIsWrittenInto() throws {
    let folder = Folder()
    try folder.write("notes", "before\n")
    let handle = open(folder["notes"], O_WRONLY | O_APPEND)
    defer { close(handle) }
    try AtomicFile.write("/dev/fd/\(handle)", "after\n")
    #expect(try folder.text("notes") == "before\nafter\n")
  }

  /// What a killed writer left is taken away by the next one: if it is old and nobody writes it any more, and if it is of this file.
  @Test func leftTemporariesAreTakenAway() throws {
    let folder = Folder(), names = [".a.123456.0.part", ".a.123457.0.part", ".a.123458.0.part", ".a.b.1.0.part", ".a.part", ".ab.1.0.part"]
    for name in names { try folder.write(name, "half") }
    // All but the second were left an hour ago; somebody still writes the third.
    for name in names where !name.hasPrefix(".a.123457") {
      var times = [timeval(tv_sec: time(nil) - 3600, tv_usec: 0), timeval(tv_sec: time(nil) - 3600, tv_usec: 0)]
      utimes(folder[name], &times)
    }
    let writer = open(folder[".a.123458.0.part"], O_WRONLY)
    defer { close(writer) }
    #expect(flock(writer, LOCK_EX) == 0)
    try AtomicFile.write(folder["a"], "whole")
    #expect(Set(Path.names(in: folder.path)) == Set(names.dropFirst() + ["a"]))
  }

  @Test func failures() throws {
    let folder = Folder()
    let at = folder.path
    try folder.write("file", "x")
    #expect(failure { try AtomicFile.write(folder["no/a"], "x") } == "\(at)/no/a: no such file; the folder \(at)/no does not exist")
    #expect(failure { try AtomicFile.write(at, "x") } == "\(at): is a folder, expected a file")
    #expect(failure { try Path.makeFolder(folder["file/x"]) } == "\(at)/file: is a file, expected a folder")
    #expect(failure { try Path.makeFolder(folder["file"]) } == "\(at)/file: is a file, expected a folder")
    #expect(failure { try AtomicFile.write("/proc/orrery", "x") }?.hasPrefix("/proc/orrery: ") == true)
  }

  @Test func aFullDisk() throws {
    #expect(failure { try LineLog("/dev/full").append(1) } == "/dev/full: the disk is full; nothing was changed")
  }

  @Test func paths() {
    #expect(["a/b.TXT", "b", "/", "a/b/", ".x"].map(Path.name(of:)) == ["b.TXT", "b", "/", "b", ".x"])
    #expect(["a/b.txt", "b", "/", "a/b/", "/a"].map(Path.folder(of:)) == ["a", ".", "/", "a", "/"])
    #expect(["a/b.TXT", "b", "a.tar.gz", ".x"].map(Path.kind(of:)) == ["txt", "", "gz", ""])
    #expect([("a", "b"), ("a/", "b"), ("a", "/b"), ("", "b")].map(Path.join) == ["a/b", "a/b", "/b", "b"])
  }
}

@Suite struct Folders {
  private func write(_ folder: Folder, to name: String = "m", _ files: [String: String]) throws {
    try AtomicFolder.write(folder[name]) { room in for (file, text) in files { try AtomicFile.write(Path.join(room, file), text) } }
  }

  @Test func wholeOrNotAtAll() throws {
    let folder = Folder()
    try write(folder, ["a": "1", "b": "1"])
    chmod(folder["m"], 0o750)
    try write(folder, ["a": "2", "c": "2"])
    #expect(Path.names(in: folder["m"]) == ["a", "c"])
    #expect(try folder.text("m/a") == "2")
    var status = stat()
    #expect(stat(folder["m"], &status) == 0 && status.st_mode & 0o777 == 0o750)

    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try AtomicFolder.write(folder["m"]) { room in
        try AtomicFile.write(Path.join(room, "a"), "3")
        throw Stop()
      }
    }
    #expect(try folder.text("m/a") == "2")
    symlink("m", folder["link"])
    try write(folder, to: "link", ["a": "4"])
    #expect(Path.names(in: folder["m"]) == ["a"] && Path.names(in: folder.path) == ["link", "m"])
    #expect(failure { try write(folder, to: "m/a", ["x": "y"]) } == "\(folder.path)/m/a: is a file, expected a folder")
    // What merely looks like our own stays.
    try Path.makeFolder(folder["m.part"])
    try folder.write("m.part/notes", "mine")
    try write(folder, ["a": "5"])
    #expect(try folder.text("m.part/notes") == "mine")
  }

  /// Where the file system cannot exchange folders the old one stays, and the new one is not lost.
  @Test func withoutExchangeTheOldOneStays() throws {
    let folder = Folder()
    try write(folder, ["a": "1"])
    let said = failure {
      try AtomicFolder.write(folder["m"], exchanging: { _, _ in false }) { room in try AtomicFile.write(Path.join(room, "a"), "2") }
    }
    #expect(said == "\(folder.path)/m was left as it was: its file system cannot exchange folders; the new one is \(folder.path)/m.new")
    #expect(try folder.text("m/a") == "1")
    #expect(try folder.text("m.new/a") == "2")
    #expect(Path.names(in: folder.path) == ["m", "m.new"])
  }

  /// What a killed writer left is taken away; a folder that somebody else made, or still writes, is not.
  @Test func leftFoldersAreTakenAway() throws {
    let folder = Folder(), names = [".m.11.0.part", ".m.12.0.part", ".m.x.part", ".mm.1.0.part"]
    for name in names {
      try folder.write(name + "/a", "half")
      var times = [timeval(tv_sec: time(nil) - 3600, tv_usec: 0), timeval(tv_sec: time(nil) - 3600, tv_usec: 0)]
      utimes(folder[name], &times)
    }
    let writer = open(folder[".m.12.0.part"], O_RDONLY)
    defer { close(writer) }
    #expect(flock(writer, LOCK_EX) == 0)
    try write(folder, ["a": "1"])
    #expect(Set(Path.names(in: folder.path)) == Set(names.dropFirst() + ["m"]))
  }

  @Test func unusedNames() throws {
    let folder = Folder()
    #expect(Path.unused(folder["m"], "missed") == folder["m.missed"])
    try folder.write("m.missed", "x")
    symlink("nowhere", folder["m.missed-2"])
    #expect(Path.unused(folder["m"], "missed") == folder["m.missed-3"])
    #expect(Path.unused(folder["w.safetensors"], "missed") == folder["w.missed.safetensors"])
  }
}

@Suite struct Logs {
  @Test func aTornLineIsLeftOutAndDoesNotSpoilTheNext() throws {
    let folder = Folder()
    let log = LineLog(folder["state/progress.jsonl"])
    #expect(try log.read().values.isEmpty)
    try log.append(["cell": "a"])
    try log.append(["cell": "b"])
    let whole = try folder.text("state/progress.jsonl")
    #expect(whole == "{\"cell\":\"a\"}\n{\"cell\":\"b\"}\n")
    for length in 13..<whole.utf8.count - 2 {
      try folder.write("state/progress.jsonl", Array(whole.utf8.prefix(length)))
      try log.append(["cell": "c"])
      let (values, damaged) = try log.read()
      #expect(values.map { $0["cell"]?.string } == ["a", "c"])
      #expect(damaged == (length == 13 ? [] : [2]))
    }
    var status = stat()
    stat(folder["state"], &status)
    #expect(status.st_mode & 0o777 == 0o700)
  }

  @Test func fourWritersAtOnceTearNothing() async throws {
    let folder = Folder()
    let log = LineLog(folder["log"])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask { for i in 0..<50 { try log.append(["writer": .int(writer), "i": .int(i)]) } }
      }
      try await group.waitForAll()
    }
    let (values, damaged) = try log.read()
    #expect(damaged == [])
    for writer in 0..<4 {
      #expect(values.filter { $0["writer"]?.int == writer }.map { $0["i"]?.int } == (0..<50).map { $0 })
    }
  }
}

@Suite struct Suggestions {
  let keys = ["num_hidden_layers", "hidden_size", "vocab_size", "num_attention_heads", "rope_theta"]

  @Test(arguments: [
    ("num_hiden_layers", "num_hidden_layers"), ("hiddensize", "hidden_size"), ("vcoab_size", "vocab_size"),
    ("ROPE_THETA", "rope_theta"), ("temperature", nil), ("", nil), ("rope_theta", nil),
  ])
  func nearest(_ name: String, _ expected: String?) { #expect(Suggestion.nearest(to: name, in: keys) == expected) }

  @Test func nearestOfDottedNames() {
    let names = ["layers.0.attention.pattern", "layers.0.feedForward.router.logits", "layers.1.feedForward.router.logits", "logits"]
    #expect(Suggestion.nearest(toPath: "layers.0.attention.patern", in: names) == names[0])
    #expect(Suggestion.nearest(toPath: "layers.*.attention.patern", in: names) == names[0])
    #expect(Suggestion.nearest(toPath: "layers.1.router.logits", in: names) == names[2])
    #expect(Suggestion.nearest(toPath: "router.chosen", in: names) == nil && Suggestion.nearest(toPath: "layers", in: names) == nil)
  }

  @Test func ofEquallyNearTheFirst() {
    #expect(Suggestion.all(near: "cat", in: ["car", "bat", "dog", "cap", "cart"]) == ["car", "bat", "cap"])
    #expect(Suggestion.clause(for: "lod", in: ["load", "run"]) == "; did you mean load?")
    #expect(Suggestion.clause(for: "zzz", in: ["load", "run"]) == "")
  }

  @Test func aHugeNameCostsLittle() {
    let huge = String(repeating: "x", count: 1_000_000)
    #expect(Suggestion.nearest(to: huge, in: ["load", huge + "y"]) == huge + "y")
  }

  @Test func shownOnOneLine() {
    #expect("a\u{1B}[2J\nb\u{202E}c".shown() == "a\\u{1B}[2J\\u{A}b\\u{202E}c")
    #expect(String(repeating: "0123456789", count: 100).shown(limit: 12) == "01234567…789")
    #expect("日本語 é".shown() == "日本語 é")
  }
}
