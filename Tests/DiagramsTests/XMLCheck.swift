// Whether a drawing is well-formed XML, by the parser that `docs check` uses.

import Documents

enum XMLCheck {
  static func isWellFormed(_ xml: String) -> Bool { PictureCheck.fault(in: Array(xml.utf8)) == nil }
}
