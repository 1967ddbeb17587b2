import Glibc

/// What happens when another program cuts a mapped file short: one line on standard error and exit code 2.
///
/// The kernel reports it as SIGBUS in whatever touches the missing page, and nothing can be repaired from there: the
/// numbers are gone. The handler only looks up which file it was in a fixed table and writes; it does not allocate,
/// lock or return. A SIGBUS from elsewhere gets its default action back.
enum ShrunkFile {
  private struct Slot {
    var start: UInt = 0
    var end: UInt = 0
    var message: UnsafeMutablePointer<CChar>?
  }

  private static let capacity = 1024
  /// Written under `lock`, read by the handler without it: a slot's `end` is set last and cleared first.
  private nonisolated(unsafe) static let slots: UnsafeMutablePointer<Slot> = {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
    slots.initialize(repeating: Slot(), count: capacity)
    return slots
  }()
  private nonisolated(unsafe) static let lock: UnsafeMutablePointer<pthread_mutex_t> = {
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    return lock
  }()

  private static let page = UInt(sysconf(CInt(_SC_PAGESIZE)))

  private static let install: Void = {
    _ = (slots, page)  // made now: the handler must not be the first to touch them
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = { _, info, _ in ShrunkFile.report(info) }
    action.sa_flags = CInt(SA_SIGINFO)
    sigaction(SIGBUS, &action, nil)
  }()

  static func message(_ path: String) -> String {
    "\(path.shown(limit: 400)): the file became shorter while it was in use; fetch it again, and replace a file by renaming, not by overwriting\n"
  }

  static func watch(_ base: UnsafeMutableRawPointer, _ count: Int, _ path: String) {
    _ = install
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    // More files than slots only means a shorter message for the last of them.
    for i in 0..<capacity where slots[i].message == nil {
      slots[i].start = UInt(bitPattern: base)
      slots[i].message = strdup(message(path))
      slots[i].end = UInt(bitPattern: base) + UInt(count)
      return
    }
  }

  static func forget(_ base: UnsafeMutableRawPointer) {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    for i in 0..<capacity where slots[i].message != nil && slots[i].start == UInt(bitPattern: base) {
      slots[i].end = 0
      free(slots[i].message)
      slots[i].message = nil
      return
    }
  }

  private static func report(_ info: UnsafeMutablePointer<siginfo_t>?) {
    let address = UInt(bitPattern: info?.pointee._sifields._sigfault.si_addr)
    for i in 0..<capacity where address >= slots[i].start && address < (slots[i].end + page - 1) & ~(page - 1) && slots[i].end > 0 {
      guard let message = slots[i].message else { continue }
      _ = write(2, message, strlen(message))
      _exit(2)
    }
    signal(SIGBUS, SIG_DFL)
    raise(SIGBUS)
  }
}
