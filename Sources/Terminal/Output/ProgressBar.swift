// How far a long job is, on standard error: only at a terminal, only if it takes more than a second, and gone when it is done.
import Glibc

public final class ProgressBar {
  private let title: String
  private var label: String { note.isEmpty ? title : title + "  " + note }
  private let unit: String
  private let total: Int
  private let style: Style
  private let shown: Bool
  private let began = ProgressBar.now()
  /// What was done before: a job that goes on is as fast as it is now.
  private let already: Int
  private var painted = 0.0
  private var visible = false
  /// What else is to be said of where the job stands, behind the label.
  public var note = ""

  /// `unit` names what is counted: "tokens", "steps", "MB". `already` of them were done before.
  public init(_ label: String, total: Int, already: Int = 0, unit: String = "", style: Style) {
    title = label
    self.already = already
    self.total = total
    self.unit = unit
    self.style = style
    shown = Screen.isTerminal(STDERR_FILENO) && !style.plain
  }

  /// `done` of `total`. Cheap enough to call at every step: it paints ten times a second.
  public func update(_ done: Int) {
    guard shown else { return }
    let time = ProgressBar.now()
    guard time - began > 1, time - painted > 0.1 else { return }
    painted = time
    visible = true
    // Two columns are left for the ^C that a terminal writes.
    let text = line(done: done, seconds: time - began, width: Screen.size.columns - 3)
    Screen.tellOver(text)
  }

  /// Takes the bar away.
  public func finish() {
    guard visible else { return }
    visible = false
    Screen.tellOver("")
  }

  deinit { if visible { Screen.tellOver("") } }

  /// `label ━━━━╸──── 45 %  1,234 tokens/s  0:12 left`; in a narrow terminal without the bar, then without the rate, then with less of a label.
  func line(done: Int, seconds: Double, width: Int) -> ScreenText {
    let part = total > 0 ? min(1, Double(done) / Double(total)) : 0
    let rate = seconds > 0 ? Double(done - already) / seconds : 0
    var facts = "\(Int(part * 100)) %", short = facts
    if rate > 0 {
      facts += "  " + (rate >= 10 ? grouped(Int(rate)) : decimals(rate, 1)) + (unit.isEmpty ? "/s" : " \(unit)/s")
      let left = Int((Double(total - done) / rate).rounded(.up))
      if done < total { (facts, short) = (facts + "  " + clock(left) + " left", short + "  " + clock(left) + " left") }
    }
    let room = min(30, width - displayWidth(label) - displayWidth(facts) - 2)
    guard room >= 6 else {
      let notes = note.split(separator: "  ").map(String.init)
      let lines = ["\(label) \(facts)"] + notes.indices.reversed().map { ([title] + notes[...$0] + [short]).joined(separator: "  ") } + ["\(title)  \(short)"]
      return ScreenText(lines.first { displayWidth($0) <= width } ?? lines.last!.cut(toWidth: width))
    }
    let full = Int(part * Double(room))
    let bar = style.paint(String(repeating: "━", count: full), .good) + style.paint(String(repeating: "─", count: room - full), .quiet)
    return "\(label) \(bar) \(facts)"
  }

  private func clock(_ seconds: Int) -> String {
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return seconds < 3600 ? "\(seconds / 60):\(two(seconds % 60))" : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// 8030261248 as 8,030,261,248.
public func grouped(_ value: Int) -> String {
  let digits = Array(String(value.magnitude))
  var result = value < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { result += "," }
    result.append(digit)
  }
  return result
}
