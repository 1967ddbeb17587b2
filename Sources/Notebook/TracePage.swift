// The trace as one self-contained page: every step is in the document, a slider shows one at a time. Without JavaScript all
// steps stand one below the other.

import Files
import Generation

extension TraceReport {
  /// A page that opens from a file, without network.
  public var html: String {
    let sections = steps.enumerated().map { section($0, $1) }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escape(name)): memory, token by token</title>
      <style>
      :root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6470; --paper: #fff; --line: #d5dae1; --new: #b85a12; --old: #2f6db5; --gone: #8a929c; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e8ebef; --soft: #a5adb8; --paper: #16191d; --line: #3a4049; --new: #f0a35e; --old: #7fb2f0; --gone: #6b737e; } }
      body { font: 17px/1.5 Arial, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; }
      .soft { color: var(--soft); }
      #bar { display: none; position: sticky; top: 0; background: var(--paper); padding: .6rem 0; border-bottom: 1px solid var(--line); }
      #bar input { width: 100%; }
      .text span { display: inline-block; border: 1px solid var(--line); border-radius: .3rem; padding: 0 .35rem; margin: .1rem; font-family: monospace; }
      .text .read { border-color: var(--new); border-width: 2px; } .text .chosen { border: 2px dashed var(--old); }
      table { border-collapse: collapse; width: 100%; margin: .6rem 0; } td, th { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: right; } td:first-child, th:first-child { text-align: left; }
      svg { display: block; max-width: 100%; height: auto; }
      summary { cursor: pointer; color: var(--soft); } p { margin: .5rem 0; }
      \(DetailWriter.style)
      </style>
      </head>
      <body>
      <h1>\(escape(name))</h1>
      \(legend)
      \(source.isEmpty ? "" : "<p class=\"text\">The encoder has read: \(source.map { "<span>\(escape(visible($0)))</span>" }.joined())</p>")
      <div id="bar"><label for="step">Step <output id="shown">0</output> of \(max(0, steps.count - 1)) (arrow keys work)</label>
      <input id="step" type="range" min="0" max="\(max(0, steps.count - 1))" value="0"></div>
      \(sections)
      <script>
      const sections = [...document.querySelectorAll('section')], slider = document.getElementById('step'), shown = document.getElementById('shown');
      function show(n) { sections.forEach((s, i) => s.hidden = i !== n); shown.value = n; slider.value = n; }
      document.getElementById('bar').style.display = 'block';
      slider.addEventListener('input', () => show(+slider.value));
      document.addEventListener('keydown', e => {
        if (e.target === slider) return;
        if (e.key === 'ArrowRight') show(Math.min(sections.length - 1, +slider.value + 1));
        if (e.key === 'ArrowLeft') show(Math.max(0, +slider.value - 1));
      });
      show(0);
      </script>
      </body>
      </html>
      """
  }

  /// What the colours of the boxes say: of memory, where there is one, and of the tokens of a canvas.
  private var legend: String {
    let memory = steps.allSatisfy(\.memory.isEmpty) ? "" : """
       <span style="color:var(--new)">■</span> written in this step, <span style="color:var(--old)">■</span> reused, <span style="color:var(--gone)">□</span> forgotten.
      """
    guard isCanvas else { return "<p class=\"soft\">What each step reads, writes and reuses. \(steps.count) step\(steps.count == 1 ? "" : "s").\(memory)</p>" }
    let found = Set(steps.flatMap(\.details).flatMap { detail -> [TraceDetail.Mark] in
      if case .tokens(let cells) = detail.content { cells.map(\.mark) } else { [] }
    })
    let marks = TraceDetail.Mark.allCases.filter(found.contains).map { "<span class=\"\($0.rawValue)\">\(DetailWriter.name($0))</span>" }.joined()
    return """
      <p class="soft">What each pass reads, decides and leaves open. \(steps.count) pass\(steps.count == 1 ? "" : "es").\(memory)</p>
      <p class="soft chips">A token is \(marks)</p>
      """
  }

  private func section(_ index: Int, _ step: TraceStep) -> String {
    let before = prompt + texts[..<index].joined() + guesses[index]
    let tokens = before.enumerated().map { place, token in
      "<span\(place >= before.count - step.read.count ? " class=\"read\" title=\"read in this step\"" : "")>\(escape(visible(token)))</span>"
    }.joined()
    let chosen = texts[index].map { "<span class=\"chosen\" title=\"chosen\">\(escape(visible($0)))</span>" }.joined()
    let saved = step.multiplications.uncached == 0 ? 1 : Double(step.multiplications.cached) / Double(step.multiplications.uncached)
    let sums = step.memory.isEmpty ? "Nothing is kept from one pass to the next: <b>\(grouped(step.multiplications.cached))</b> multiplications." : """
      Multiplications: <b>\(grouped(step.multiplications.cached))</b> with memory, \(grouped(step.multiplications.uncached)) without \
      (\(String(printf: "%.1f", 100 * saved)) %). \
      The logits differ from a run without memory by \(step.largestDifference == 0 ? "nothing" : "at most " + String(printf: "%.1e", Double(step.largestDifference))).
      """
    return """
      <section>
      <h2>Step \(step.step)\(step.step == 0 && !isCanvas ? ": the prompt" : "")</h2>
      \(isCanvas ? "" : "<p class=\"text\">\(tokens) → \(chosen)</p>")
      <p>Reads \(step.read.count) token\(step.read.count == 1 ? "" : "s")\(step.guesses > 0 ? ", the last \(step.guesses) of them guessed" : "")\(step.query.isEmpty ? "" : "; a layer's queries are \(step.query.map(String.init).joined(separator: "×"))"). \
      \(sums)</p>
      \(cells(step))
      \(attention(step, before))
      \(step.details.map(details.html).joined(separator: "\n"))
      \(table(index))
      </section>
      """
  }

  /// The memories, a row for each kind; every one by its name is a click away.
  private func table(_ index: Int) -> String {
    let step = steps[index], kinds = memories.kinds.compactMap { kind in kind.steps[index].map { (kind, $0) } }
    guard !step.memory.isEmpty else { return "" }
    func page(_ head: String, _ rows: [[String]]) -> String {
      "<table><thead><tr>" + (["memory"] + [head].filter { !$0.isEmpty } + ["shape of one", "written", "reused", "forgotten", "bytes"]).map { "<th>\($0)</th>" }.joined() + "</tr></thead>\n<tbody>\n"
        + rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }.joined(separator: "\n") + "\n</tbody></table>"
    }
    func numbers(_ slot: TraceStep.Memory, _ bytes: Int) -> [String] {
      [slot.shape.map(String.init).joined(separator: "×"), "\(slot.written)", "\(slot.reused)", "\(slot.evicted)", grouped(bytes)]
    }
    // A kind has the same shape and history in all its layers.
    let folded = page("of them", kinds.map { kind, slot in ["<code>\(escape(kind.name))</code>", "\(kind.count)"] + numbers(slot, slot.bytes * kind.count) })
    let each = page("", step.memory.map { ["<code>\(escape($0.name))</code>"] + numbers($0, $0.bytes) })
    return folded + "\n<details><summary>each of the \(step.memory.count)</summary>\n\(each)\n</details>"
  }

  /// The positions of one memory as boxes, where it has any: all layers keep the same, or grow less.
  private func cells(_ step: TraceStep) -> String {
    guard let name = memories.telling, let slot = step.memory.first(where: { $0.name == name }), !slot.isState else { return "" }
    let held = slot.reused + slot.written - slot.evicted, total = held + slot.evicted
    let size = min(22.0, 900 / Double(max(1, total)))
    let boxes = (0..<total).map { i in
      let style = i < slot.evicted ? "fill=\"none\" stroke=\"var(--gone)\" stroke-dasharray=\"3 2\"" : i < slot.reused ? "fill=\"var(--old)\"" : "fill=\"var(--new)\""
      return "<rect x=\"\(Double(i) * size + 1)\" y=\"1\" width=\"\(size - 2)\" height=\"20\" rx=\"2\" \(style)/>"
    }.joined()
    return """
      <p class="soft">Positions of <code>\(escape(name))</code>:</p>
      <svg width="\(Int(Double(total) * size) + 2)" height="22" role="img" aria-label="\(slot.evicted) positions forgotten, \(max(0, slot.reused - slot.evicted)) reused, \(slot.written) written in each layer">\(boxes)</svg>
      """
  }

  /// One row of weights for each layer: where the last token looked.
  private func attention(_ step: TraceStep, _ before: [String]) -> String {
    guard let keys = step.attention.map(\.count).max(), keys > 0 else { return "" }
    let size = min(22.0, 860 / Double(keys))
    func name(_ layer: Int) -> String {
      let path = step.attentionLayers.indices.contains(layer) ? step.attentionLayers[layer] : "layers.\(layer)"
      return "layer " + (path.split(separator: ".").last { $0.allSatisfy(\.isNumber) } ?? "\(layer)")
    }
    func token(_ key: Int, of count: Int) -> String {
      let place = before.count - count + key
      return before.indices.contains(place) ? visible(before[place]) : String(key)
    }
    // Names over the columns, where they are wide enough for a line of text each.
    let longest = (0..<keys).map { min(11, token($0, of: keys).count) }.max() ?? 0
    let top = size >= 13 ? 16 + 6.4 * Double(longest) : 0
    let heads = top == 0 ? "" : (0..<keys).map { key in
      "<text transform=\"translate(\(Double(key) * size + 61 + size / 2 + 4) \(top - 5)) rotate(-60)\" font-size=\"13\" fill=\"currentColor\">\(escape(String(token(key, of: keys).prefix(11))))</text>"
    }.joined()
    let rows = step.attention.enumerated().map { layer, weights in
      let boxes = weights.enumerated().map { key, weight in
        let label = token(key, of: weights.count)
        return "<rect x=\"\(Double(key) * size + 61)\" y=\"\(layer * 18 + 1 + Int(top))\" width=\"\(size - 1)\" height=\"16\" fill=\"var(--old)\" fill-opacity=\"\(String(printf: "%.3f", Double(weight)))\" stroke=\"var(--line)\"><title>\(name(layer)), \(escape(label)): \(String(printf: "%.3f", Double(weight)))</title></rect>"
      }.joined()
      return "<text x=\"0\" y=\"\(layer * 18 + 14 + Int(top))\" font-size=\"13\" fill=\"currentColor\">\(name(layer))</text>" + boxes
    }.joined(separator: "\n")
    return """
      <p class="soft">Where the last token looks, averaged over heads:</p>
      <svg width="\(Int(Double(keys) * size) + 64 + Int(top / 2))" height="\(step.attention.count * 18 + 2 + Int(top))" role="img" aria-label="attention of the last token in \(step.attention.count) layers over \(keys) keys">
      \(heads)
      \(rows)
      </svg>
      """
  }
}
