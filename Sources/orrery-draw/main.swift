// orrery-draw: DOT on standard input, a drawing on standard output, through libgraphviz.
//
// It is a program of its own because the library is not re-entrant, can abort on odd input and has another licence
// than GNU readline: across a pipe none of that touches a learner's session. It will not read files, open a window
// or know what a language model is.
//
// Exit codes: 0 drawn · 2 wrong usage, or the input is no graph (one line on standard error says which).
import Foundation

let usage = """
  orrery-draw: draws a graph in the DOT language.

    orrery diagram gpt2 --output - --format dot | orrery-draw -T svg > gpt2.svg
    orrery-draw -T png < figure.dot > figure.png

  -T svg|png|pdf|dot   what to write on standard output (default svg)
  -h, --help           this text

  """

/// Ends the program with one line, whatever the text is made of.
func refuse(_ fault: DrawFault) -> Never {
  let line = fault.message.split(whereSeparator: \.isNewline).joined(separator: " ")
  tell(line)
  exit(2)
}

/// A line on standard error. What the drawing's own text would have a terminal do is not done.
func tell(_ line: String) {
  let shown = line.unicodeScalars.map { scalar -> Unicode.Scalar in [.control, .format].contains(scalar.properties.generalCategory) ? "\u{FFFD}" : scalar }
  FileHandle.standardError.write(Data("orrery-draw: \(String(String.UnicodeScalarView(shown)))\n".utf8))
}

/// Reads, draws and writes.
func main() throws(DrawFault) {
  guard let format = try Format(arguments: CommandLine.arguments.dropFirst()) else {
    FileHandle.standardOutput.write(Data(usage.utf8))
    return
  }
  let input = FileHandle.standardInput.readDataToEndOfFile()
  guard let dot = String(data: input, encoding: .utf8), !dot.contains("\0") else { throw .notText }
  let graphviz = Graphviz()
  let drawing = try graphviz.draw(dot, as: format)
  for warning in graphviz.warnings() {
    tell("warning: \(warning)")
  }
  FileHandle.standardOutput.write(drawing)
}

installCrashMessage()
do { try main() } catch { refuse(error) }
