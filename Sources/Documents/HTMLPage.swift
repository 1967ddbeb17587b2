// An executed lesson → one self-contained HTML page: no network, no script; figures inline, hints and answers folded.

import Lessons

struct HTMLPage {
  let execution: Execution
  let links: PageLinks
  let prose: HTMLText
  var lesson: Lesson { execution.lesson }

  init(_ execution: Execution, _ links: PageLinks) {
    self.execution = execution
    self.links = links
    prose = HTMLText(target: links.target)
  }

  var text: String {
    HTMLShell.page(title: lesson.title, source: lesson.file, body: head + "<main>\n" + bodyText + "</main>\n" + foot)
  }

  private var head: String {
    "<header><nav aria-label=\"Lessons\"><a href=\"\(links.index)\">All lessons</a> "
      + "<span class=\"id\">\(HTMLText.escape(lesson.id))</span></nav></header>\n"
  }

  private var bodyText: String {
    var out = lesson.hasTitleHeading ? "" : "<h1>\(HTMLText.escape(lesson.title))</h1>\n"
    for (block, outcome) in zip(lesson.blocks, execution.outcomes) {
      switch (block, outcome) {
      case (.prose(let text), .prose(let values)): out += prose.blocks(text.blocks(values: values.map(\.shown)))
      case (.cell(let cell), _) where cell.isSetup: break
      case (.predict(let prediction), .prediction(let truth)): out += self.prediction(prediction, truth)
      case (.caption(let caption), _):
        out += "<p class=\"caption\"><strong>Figure \(lesson.figureNumber(of: caption.of) ?? 0).</strong> "
          + prose.blocks(MarkdownProse.blocks(caption.text), tight: true) + "</p>\n"
      case (.cell(let cell), .cell(let result)):
        out += "<section class=\"cell\" id=\"cell-\(HTMLText.escape(cell.id))\">\n\(code(cell.source))\(shown(result))</section>\n"
      case (.exercise(let exercise), _): out += self.exercise(exercise)
      case (.quiz(let quiz), _): out += self.quiz(quiz)
      default: break
      }
    }
    return out
  }

  private func code(_ source: String) -> String { "<pre class=\"code\"><code>\(HTMLText.code(source))\n</code></pre>\n" }

  private func shown(_ result: CellResult) -> String {
    var out = ""
    if !result.text.trimmed.isEmpty { out += "<pre class=\"output\">\(HTMLText.escape(result.text))\n</pre>\n" }
    if let failure = result.failure { out += "<pre class=\"output failure\">\(HTMLText.escape(failure.message))\n</pre>\n" }
    out += result.figures.map(HTMLText.figure).joined()
    for timing in result.timings {
      out += "<p class=\"timing\">\(HTMLText.escape(timing.label)): \(HTMLText.escape(timing.text))</p>\n"
    }
    return out
  }

  private func exercise(_ exercise: Exercise) -> String {
    var out = "<section class=\"exercise\" id=\"exercise-\(HTMLText.escape(exercise.id))\">\n<p class=\"label\">Exercise</p>\n\(code(exercise.stub))"
    let hints = lesson.hints(of: exercise.id)
    for (index, hint) in hints.enumerated() {
      let label = hints.count == 1 ? "Hint" : "Hint \(index + 1)"
      out += "<details><summary>\(label)</summary>\n\(prose.blocks(MarkdownProse.blocks(hint.text)))</details>\n"
    }
    if let solution = lesson.solutions[exercise.id] {
      out += "<details><summary>Solution</summary>\n\(code(solution.source))</details>\n"
    }
    return out + "</section>\n"
  }

  private func prediction(_ prediction: Prediction, _ truth: Result<String, CellFailure>?) -> String {
    func inline(_ text: String) -> String { prose.blocks(MarkdownProse.blocks(text), tight: true) }
    var out = "<section class=\"exercise\" id=\"prediction-\(HTMLText.escape(prediction.id))\">\n<p class=\"label\">Before you read on</p>\n"
    out += prose.blocks(MarkdownProse.blocks(prediction.question))
    if !prediction.choices.isEmpty { out += "<ol class=\"choices\">\n" + prediction.choices.map { "<li>\(inline($0.text))</li>\n" }.joined() + "</ol>\n" }
    guard case .success(let text)? = truth else { return out + "</section>\n" }
    let said = prediction.choices.compactMap { choice in choice.explanation.map { "<li>\(inline(choice.text)) — \(inline($0))</li>\n" } }
    out += "<details><summary>What comes out</summary>\n<p>\(HTMLText.escape(text))</p>\n" + (said.isEmpty ? "" : "<ul>\n\(said.joined())</ul>\n") + "</details>\n"
    return out + "</section>\n"
  }

  private func quiz(_ quiz: Quiz) -> String {
    func inline(_ text: String) -> String { prose.blocks(MarkdownProse.blocks(text), tight: true) }
    var out = "<section class=\"exercise\" id=\"quiz-\(HTMLText.escape(quiz.id))\">\n<p class=\"label\">Quiz</p>\n"
    out += prose.blocks(MarkdownProse.blocks(quiz.question)) + "<ol class=\"choices\">\n"
    for choice in quiz.choices { out += "<li>\(inline(choice.text))</li>\n" }
    out += "</ol>\n<details><summary>Answer</summary>\n<ol class=\"choices\">\n"
    for choice in quiz.choices {
      let mark = choice.right ? "<strong>Right.</strong> " : "Wrong. "
      out += "<li>\(mark)\(inline(choice.explanation ?? choice.text))</li>\n"
    }
    return out + "</ol>\n</details>\n</section>\n"
  }

  private var foot: String {
    var out = "<footer><nav aria-label=\"Previous and next lesson\">"
    if let previous = links.previous { out += "<a rel=\"prev\" href=\"\(links.file(previous))\">← \(HTMLText.escape(previous.title))</a>" }
    if let next = links.next { out += "<a rel=\"next\" href=\"\(links.file(next))\">\(HTMLText.escape(next.title)) →</a>" }
    return out + "</nav></footer>\n"
  }
}

/// The frame of every page.
enum HTMLShell {
  static func page(title: String, source: String?, body: String) -> String {
    """
    <!doctype html>
    \(GeneratedMarker.comment(source))
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(HTMLText.escape(title))</title>
    <style>
    \(style)
    </style>
    </head>
    <body>
    \(body)</body>
    </html>

    """
  }

  /// Text at about 70 characters a line; light, dark and print from one set of colours.
  static let style = """
    :root { --ink: #1d2329; --soft: #59636e; --paper: #fdfdfc; --line: #d9dde2; --code: #f3f5f7; --accent: #1b4a80;
      --task: #eef4fb; --bad: #a3261b; --figure: #ffffff;
      --keyword: #8a2f7a; --number: #1c5d99; --string: #a3441b; --blank: #ffe9a8; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e3e6ea; --soft: #9aa5b1; --paper: #15181c; --line: #343a42; --code: #1e2329; --accent: #8dbaf0;
        --task: #1a2531; --bad: #ff9a8f; --figure: #f7f8f9;
        --keyword: #e39bd3; --number: #8dbaf0; --string: #f0a987; --blank: #5c4a12; }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0 auto; max-width: 46rem; padding: 1rem 1.25rem 4rem; color: var(--ink); background: var(--paper);
      font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Source Serif 4", "Noto Serif", Georgia, serif; }
    h1, h2, h3, h4, nav, .label, summary, figcaption, .timing, th { font-family: system-ui, "Segoe UI", "Noto Sans", Arial, sans-serif; }
    h1 { font-size: 2rem; line-height: 1.2; margin: 1.5rem 0 1rem; }
    h2 { font-size: 1.4rem; line-height: 1.3; margin: 2.5rem 0 .75rem; }
    h3 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
    a { color: var(--accent); text-underline-offset: .15em; }
    code, pre { font-family: "JetBrains Mono", "Cascadia Code", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875em;
      font-variant-ligatures: none; }
    :not(pre) > code { background: var(--code); border-radius: .25em; padding: .1em .3em; }
    pre { margin: 0; padding: .7rem .9rem; overflow-x: auto; line-height: 1.45; }
    pre code { font-size: 1em; }
    .sample { background: var(--code); border-radius: .4rem; margin: 1rem 0; }
    .cell { margin: 1.25rem 0; border: 1px solid var(--line); border-radius: .4rem; overflow: hidden; }
    .cell > .code { background: var(--code); border-left: 3px solid var(--accent); }
    .output { border-top: 1px solid var(--line); border-left: 3px solid transparent; }
    .k { color: var(--keyword); } .n { color: var(--number); } .s { color: var(--string); } .c { color: var(--soft); font-style: italic; }
    .l { color: var(--soft); } .b { background: var(--blank); border-radius: .2em; }
    .failure { color: var(--bad); }
    figure { margin: 0; padding: 1rem; background: var(--figure); border-top: 1px solid var(--line); text-align: center; }
    figure svg, figure img, main img { max-width: 100%; height: auto; }
    figcaption { color: #4b545e; font-size: .85rem; margin-top: .5rem; }
    .timing { color: var(--soft); font-size: .85rem; margin: 0; padding: .3rem .9rem; border-top: 1px solid var(--line); }
    .exercise { margin: 1.75rem 0; padding: .9rem 1.1rem 1rem; background: var(--task); border-radius: .4rem; }
    .exercise .code { background: var(--paper); border: 1px solid var(--line); border-radius: .3rem; margin: .5rem 0; }
    .exercise p { margin: .4rem 0; }
    .label { font-size: .8rem; font-weight: 600; letter-spacing: .04em; color: var(--accent); }
    .choices { list-style: lower-alpha; margin: .4rem 0; }
    details { margin-top: .5rem; }
    summary { cursor: pointer; font-size: .95rem; color: var(--accent); }
    blockquote { margin: 1rem 0; padding: 0 0 0 1rem; border-left: 3px solid var(--line); color: var(--soft); }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; margin: 1rem 0; }
    th, td { padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
    th { font-size: .9rem; }
    hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0; }
    nav { display: flex; justify-content: space-between; gap: 1rem; font-size: .9rem; }
    nav .id { color: var(--soft); }
    footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); }
    footer a[rel=next] { margin-left: auto; text-align: right; }
    .path { padding-left: 1.5rem; }
    .path li { margin: .75rem 0; }
    .path .after { display: block; color: var(--soft); font-size: .9rem; }
    @media print {
      :root { --ink: #000; --soft: #444; --paper: #fff; --line: #bbb; --code: #f4f4f4; --accent: #000; --task: #fff; --bad: #000;
        --keyword: #000; --number: #000; --string: #000; --blank: #eee; }
      body { max-width: none; padding: 0; font-size: 10.5pt; }
      header, footer { display: none; }
      .cell, figure, .exercise, table { break-inside: avoid; }
      h1, h2, h3 { break-after: avoid; }
      .exercise { border: 1px solid var(--line); }
      pre { white-space: pre-wrap; }
      details > *:not(summary) { display: none; }
    }
    """
}
