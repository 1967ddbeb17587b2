// How the faults of a lesson file are worded: one line each, with the nearest right thing.

extension LessonProblem: CustomStringConvertible {
  public var description: String {
    (line > 0 ? "\(file):\(line): " : "\(file): ") + cause.wording
  }
}

extension LessonProblem.Cause {
  var wording: String {
    switch self {
    case .notUTF8: "the text is not UTF-8"
    case .tooLong(let bytes, let limit): "the file has \(bytes) bytes; a lesson has at most \(limit)"
    case .tooDeep(let limit): "lists or quotes are nested deeper than \(limit) levels"
    case .reservedCharacter: "the private-use characters U+E000 and U+E001 cannot stand in a lesson"
    case .rawHTML(let text): "raw HTML is never shown: \(Self.shorten(text)); write it as Markdown, or as `code`"

    case .unsafeLink(let address): "the link leads to \(Self.shorten(address)); links of a lesson lead to files, http, https and mailto"
    case .unsafePicture(let address): "the picture \(Self.shorten(address)) is no file beside the lesson; pages are read without the net"
    case .noFrontMatter: "a lesson begins with front matter: a line ---, then orrery, id and title, then a line ---"
    case .frontMatterOpen: "the front matter is not closed; it ends with a line ---"
    case .frontMatterLine(let text): "the front matter holds lines of the form `key: value`, not `\(Self.shorten(text))`"
    case .unknownKey(let key, let nearest, let known):
      "unknown key `\(key)` in the front matter" + Self.suggest(nearest, known)
    case .keyTwice(let key, let first): "`\(key)` is set twice; first in line \(first)"
    case .missingKey(let key): "the front matter has no `\(key)`" + (key == "orrery" ? "; write `orrery: 1`" : "")
    case .version(let text): "this is a lesson of format `\(text)`; this program reads format 1"
    case .badSeed(let text): "`seed` is a whole number from 0 to 18446744073709551615, not `\(text)`"
    case .badLessonID(let text):
      "a lesson's id is made of letters, digits, `-`, `_` and dots, as in masks.causal; not `\(text)`"
    case .badNeeds(let text): "`needs` is a list of lesson ids, as in [attention.scores, masks.causal]; not `\(text)`"

    case .unknownFence(let word, let nearest, let known): "unknown block `\(word)`" + Self.suggest(nearest, known)
    case .fenceOpen(let word): "the \(word) block is not closed; it ends with a line of as many backquotes"
    case .nestedFence(let word): "the \(word) block stands inside a list or a quote; lesson blocks start at the margin"
    case .attributes(let word, let text):
      "cannot read `\(Self.shorten(text))` after \(word); attributes look like {#id key=value}"
    case .unknownAttribute(let name, let word, let nearest, let known):
      "\(word) has no attribute `\(name)`" + Self.suggest(nearest, known)
    case .attributeTwice(let name, let word): "\(word) has `\(name)` twice"
    case .noValue(let name, let word): "`\(name)` of \(word) needs a value: \(name)=…"
    case .noID(let word): "the \(word) block needs an id: ```\(word) {#name}"
    case .badID(let id): "an id is made of letters, digits, `-` and `_`; not `\(id)`"
    case .idTwice(let id, let first): "the id `\(id)` is used twice; first in line \(first)"
    case .noOf(let word): "the \(word) block must say what it belongs to: ```\(word) {of=id}"
    case .unknownOf(let word, let of, let kind, let nearest):
      "\(word) belongs to `\(of)`, but there is no \(kind) of that id" + Self.suggest(nearest)
    case .wrongOf(let word, let of, let kind, let found): "\(word) belongs to \(kind), but `\(of)` is \(found)"
    case .tooEarly(let word, let of, let line): "\(word) stands before `\(of)` (line \(line)); move it below"
    case .badTolerance(let text): "`tol` is a number of at least 0, as in tol=1e-3; not `\(text)`"
    case .unknownNeed(let id, let nearest):
      "`needs` names `\(id)`, but no cell or exercise above has that id" + Self.suggest(nearest)

    case .empty(let word): "the \(word) block is empty"
    case .outputTwice(let of, let first): "`\(of)` has an output block already, in line \(first)"
    case .noBlank(let id): "the stub of exercise `\(id)` has no blank; write ___ where the answer goes"
    case .noCheck(let id): "exercise `\(id)` has no check; add ```check {of=\(id)}"
    case .noElse(let text): "a check reads EXPRESSION else \"message\"; `\(Self.shorten(text))` has no else"
    case .messageNotString(let text): "what follows else is a message in quotes, not `\(Self.shorten(text))`"
    case .clauseOpen(let text): "a bracket or a quote of `\(Self.shorten(text))` is not closed"
    case .quizNoQuestion(let id): "quiz `\(id)` has no question above its choices"
    case .quizNoChoices(let id): "quiz `\(id)` needs at least two choices: lines `- [ ] …`, the right ones `- [x] …`"
    case .quizLine(let text): "after the first choice only choices follow (`- [ ] …`), not `\(Self.shorten(text))`"
    case .quizNoRight(let id): "quiz `\(id)` has no right choice; mark one with `- [x]`"
    case .numberOpen: "`\\(` is not closed on its line; a computed number is \\(expression)"
    case .numberEmpty: "`\\()` has no expression"

    case .fenceTooShort(let of, let length):
      "the output of `\(of)` holds a line of backquotes; give its block a fence of \(length)"

    case .solutionInLesson(let of): "the solution of `\(of)` belongs in the sibling file NAME.solution.md"
    case .lessonFenceInSolutions(let word): "a solution file holds ```solution {of=id} blocks; `\(word)` belongs in the lesson"
    case .solutionTwice(let of, let first): "`\(of)` has a solution already, in line \(first)"
    case .unknownExercise(let id, let nearest): "there is no exercise `\(id)` in the lesson" + Self.suggest(nearest)
    }
  }

  static func suggest(_ nearest: String?, _ known: [String] = []) -> String {
    if let nearest { return "; did you mean `\(nearest)`?" }
    return known.isEmpty ? "" : "; there are " + known.map { "`\($0)`" }.joined(separator: ", ")
  }

  static func shorten(_ text: String) -> String {
    let line = text.splitLines.first ?? ""
    return line.count <= 60 ? line : line.prefix(57) + "…"
  }
}
