// Measures of what a model writes: its texts, judged by the corpus; its answers, held against the right ones; its guesses at single places.

import Blocks
import Generation
import Tensors

extension Measuring {
  private var special: SpecialTokens { corpus.vocabulary.special }
  private var longest: Int { writing.length ?? corpus.longest?.text ?? 64 }

  /// The way in which this kind of model writes.
  private func decoding(seed: UInt64, temperature: Double) -> any Decoding {
    var choice = Architecture.Denoising()
    (choice.steps, choice.block, choice.temperature, choice.seed) = (writing.steps, writing.block, Float(temperature), seed)
    choice.stops = [special[.end]].compactMap { $0 }
    return model.denoising(choice)
      ?? TokenByToken(
        Autoregressive(model, stops: [special[.end]].compactMap { $0 }), sampler: temperature == 0 ? .greedy : Sampler(temperature: Float(temperature), seed: seed))
  }

  /// Writes texts from nothing: the share that is right, and the passes that a token took.
  func written(_ count: Int) throws -> (valid: Double, passes: Double) {
    var right = 0, passes = 0, tokens = 0
    for i in 0..<count {
      let begins = model.denoiser == nil && model.family != .diffusion || (objective.plain as? MaskedDenoising)?.begins == true || objective.plain is SimplexDenoising
      let start = begins ? [special[.begin]].compactMap { $0 } : []
      let text = try decoding(seed: UInt64(i + 1), temperature: writing.temperature).write(
        start, limit: longest, run: Run(trace: Trace(stop: stop))
      ) { step in
        passes += step.passes
        return true
      }
      tokens += text.count
      if let judged = corpus as? any JudgedCorpus, judged.problem(in: text.filter { !special.isSpecial($0) }, source: []) == nil { right += 1 }
    }
    return (Double(right) / Double(max(1, count)), Double(passes) / Double(max(1, tokens)))
  }

  /// The share of sources whose text is written as the corpus has it, by the most probable token each time.
  func exact(_ count: Int) throws -> Double {
    let samples = self.samples(count)
    var right = 0
    for sample in samples {
      let run = Run(trace: Trace(stop: stop))
      var prompt = sample.source, room = sample.tokens.filter { !special.isSpecial($0) }.count + 1
      if model.encoder != nil {
        model.encode(Architecture.Input([sample.source]), run)
        prompt = objective.plain is VectorDenoising ? [] : [special[.begin] ?? special[.padding] ?? 0]
      } else if let tuned = objective.plain as? FineTuning {
        prompt = tuned.rows.lead(tuned.template.before + sample.source + tuned.template.between)
      } else {
        // As the objective puts it: the source, then the separator.
        prompt = sample.source + [special[.separator]].compactMap { $0 }
      }
      // A canvas of vectors is as long as in training, where padding is content.
      if objective.plain is VectorDenoising, let longest = corpus.longest {
        room = longest.text + (model.encoder == nil ? max(0, longest.source + 1 - prompt.count) : 0)
      }
      let wanted = sample.tokens.filter { !special.isSpecial($0) }
      let text = try decoding(seed: 0, temperature: 0).write(prompt, limit: room, run: run)
      if Array(text.prefix { $0 != special[.end] }.filter { !special.isSpecial($0) }) == wanted { right += 1 }
    }
    return Double(right) / Double(max(1, samples.count))
  }

  /// The share of a probe's questions that are answered right: from the left, or, by a model that sees both sides, with all of the probe's places masked.
  func probed(_ name: String, _ count: Int) throws -> Double {
    guard let probe = corpus.probes.first(where: { $0.name == name }) else { return .nan }
    let looksAhead = objective.plain is MaskedTokens || objective.plain is MaskedDenoising
    var right = 0, asked = 0
    for sample in samples(count, seed: 0x70726F62) {
      let questions = probe.questions(sample)
      if questions.isEmpty { continue }
      var tokens = sample.tokens
      if looksAhead {
        for question in questions { tokens[question.place] = special[.mask] ?? 0 }
      } else if let begin = special[.begin] {
        tokens = [begin] + tokens.dropLast()
      }
      let run = Run(trace: Trace(stop: stop), keepsMemory: false)
      run.prefix = 0
      let logits = try model(Architecture.Input([tokens]), run).checked()
      let width = logits.shape[2], values = softmax(logits).values
      for question in questions {
        let row = question.place * width
        func mass(_ ids: [Int]) -> Float { ids.reduce(0) { $0 + values[row + $1] } }
        asked += 1
        let best = (0..<width).max { values[row + $0] < values[row + $1] }
        if question.wrong.isEmpty ? question.right.contains(best ?? -1) : mass(question.right) > mass(question.wrong) { right += 1 }
      }
    }
    return asked == 0 ? .nan : Double(right) / Double(asked)
  }
}
