// A cell in a session of its own, as a learner sees it.

@testable import Notebook

/// What a cell shows, or the first line of its error.
func shown(_ cell: String) -> String {
  let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
  stop.initialize(to: 0)
  defer { stop.deallocate() }
  let result = Session(stop: stop).run(cell: cell)
  if let failure = result.failure { return String(failure.message.split(separator: "\n").first ?? "") }
  return result.text
}

/// The whole error of a cell, with where it is and what helps; empty: there is none.
func failure(_ cell: String) -> String {
  let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
  stop.initialize(to: 0)
  defer { stop.deallocate() }
  return Session(stop: stop).run(cell: cell).failure?.message ?? ""
}
