// Objectives as a learner asks for them: the tables, and each message.

import Testing

@testable import Notebook

@Suite struct ObjectivePromptTests {
  @Test func tables() {
    #expect(
      shown("objective(\"next\", \"the dog runs.\")") == """
        next
        position   0      1    2     3
        input      <bos>  the  dog   runs
        target     the    dog  runs  .
        loss mask  1      1    1     1

        """)
    #expect(
      shown("objective(\"prefix\", \"我 爱 你\", source: \"i love you\")") == """
        prefix
        position   0  1     2    3      4   5   6
        input      i  love  you  <sep>  我  爱  你
        target     –  –     –    我     爱  你  <eos>
        loss mask  0  0     0    1      1   1   1

        """)
    #expect(shown("objective(\"next\", \"a b\").counted") == "2\n")
    #expect(shown("objective(\"spans\", \"a b c d e f g h i j\").rows[\"encoder\"].count") == "9\n")
    #expect(shown("objective(\"masked\", \"a b c\", settings: [\"rate\": 1, \"mask\": 1, \"random\": 0]).rows[\"input\"]").contains("<mask>\", \"<mask>\", \"<mask>"))
    #expect(
      shown("objective(\"vector diffusion\", \"a b\", model: denoiser(encoder(layers: 1, width: 8, attention: multiHead(heads: 1)), noise: gaussian(steps: 20), vectors: 4, time: 4))")
        .hasPrefix("vector diffusion\nposition"))
  }

  /// Alignment reads two answers, a model its own words, and a learned prefix stands in front of the text.
  @Test func tablesOfAlignment() {
    #expect(
      shown("objective(\"dpo\", \"likes her kite\", source: \"she\", rejected: \"wants her kite\")") == """
        dpo
        position         0      1      2      3
        input            <bos>  she    likes  her
        target           –      likes  her    kite
        loss mask        0      1      1      1
        rejected         <bos>  she    wants  her
        rejected target  –      wants  her    kite

        """)
    #expect(
      shown("objective(\"reward\", \"likes her kite\", source: \"she\", rejected: \"wants her kite\").rows[\"loss mask\"]")
        == "[\"0\", \"0\", \"0\", \"0\", \"1\"]\n")
    #expect(
      shown("objective(\"fine-tuning\", \"likes her kite .\", source: \"tom has his\", model: model(\"story-prefix\"), settings: [\"begin\": true, \"template\": false, \"end\": false])") == """
        fine-tuning
        position   0   1   2   3   4   5   6   7   8      9    10   11     12     13    14
        input      p0  p1  p2  p3  p4  p5  p6  p7  <bos>  tom  has  his    likes  her   kite
        target     –   –   –   –   –   –   –   –   –      –    –    likes  her    kite  .
        loss mask  –   –   –   –   –   –   –   –   0      0    0    1      1      1     1

        """)
  }

  /// A diffusion's words are the model's: what noise puts in a word's place is one of them.
  @Test func tableOfNoiseIsInTheModelsWords() {
    let all = shown("objective(\"categorical diffusion\", \"tom has his red ball .\", model: model(\"d3pm-uniform-stories\"), seed: 3)")
    #expect(all.contains("original") && !all.contains("extra_id"))
    #expect(shown("objective(\"vector diffusion\", \"tom has\", model: model(\"diffusion-lm-stories\")).rows[\"share of the word\"]").contains("0."))
  }

  @Test func messages() {
    #expect(shown("objective(\"maskd\", \"a b\")") == "error: no objective is called 'maskd'; did you mean masked?")
    #expect(shown("objective(\"masked\", \"a b\", settings: [\"rte\": 1])") == "error: masked has no setting 'rte'; did you mean rate?")
    #expect(shown("objective(\"flow matching\", \"a b\")") == "error: flow matching: takes its noise from the model that it trains; give the model")
    #expect(shown("objective(\"next\", \"\")") == "error: objective's 'text' must have at least one word, not \"\"")
    #expect(shown("objective(\"classification\", \"a b\")") == "error: classification: a sample has no class")
    // What mends it stands below.
    for (cell, advice) in [
      ("objective(\"classification\", \"a b\")", "say which: label: 0"),
      ("objective(\"next sentence\", \"it runs\")", "give a list of two texts: [\"…\", \"…\"]"),
      ("objective(\"dpo\", \"it runs\", source: \"see\")", "give the answer that is liked less: rejected: \"…\""),
      ("objective(\"regression\", \"a b\")", "a text has words; `orrery corpus regression` shows samples of numbers"),
    ] {
      #expect(failure(cell).contains(advice), "\(cell)")
    }
    #expect(
      shown("objective(\"next\", \"tom has a zebra .\", model: model(\"d3pm-uniform-stories\"))")
        == "error: objective's 'text' must be in the model's words, and 'a' is none, not \"tom has a zebra .\"")
  }
}
