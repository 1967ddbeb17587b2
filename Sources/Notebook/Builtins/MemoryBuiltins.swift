// What the session's tensors hold: a result that no name holds is gone, and this is how one sees it.

import Language
import Tensors

extension Environment {
  mutating func addMemory() {
    define("held", [], returns: "Report", "how much memory the tensors of this session hold, and how much they may", example: "held()") { _ in
      let live = Storage.live
      let text = "\(live.count) tensor\(live.count == 1 ? " holds" : "s hold") \(live.bytes.asBytes) of \(Budget.limit.asBytes)"
      return .object(
        ReportObject(
          typeName: "Report", summary: text, description: text,
          values: [
            ("tensors", "how many hold values of their own", .integer(live.count)), ("bytes", "held by them; mapped weights do not count", .integer(live.bytes)),
            ("limit", "bytes that they may hold together (ORRERY_MEMORY)", .integer(Budget.limit)),
          ]))
    }
  }
}
