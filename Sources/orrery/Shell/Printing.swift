// What the commands write. `print` here is not Swift's: a text goes through the terminal's edge, where what files and names hold is made harmless.

import Terminal

/// A line on standard output.
func print(_ text: String, terminator: String = "\n") { Screen.put(ScreenText(text), terminator: ScreenText(terminator)) }

func print(_ text: ScreenText, terminator: ScreenText = "\n") { Screen.put(text, terminator: terminator) }

/// Lines on standard error, after what standard output holds.
func sayError(_ text: String) { Screen.tell(ScreenText(text)) }
