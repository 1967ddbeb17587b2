// A bar on standard error while a cell's long job runs.

import Notebook
import Terminal

extension Session {
  /// Shows long jobs to whoever waits at the terminal.
  func showsLongJobs(_ style: Style) {
    var bar: ProgressBar?
    underway = { job in
      guard let job else {
        bar?.finish()
        bar = nil
        return
      }
      if bar == nil { bar = ProgressBar(job.title, total: job.total, unit: job.unit, style: style) }
      bar?.note = job.note
      bar?.update(job.done)
    }
  }
}
