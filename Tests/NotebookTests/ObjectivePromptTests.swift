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

  @Test func messages() {
    #expect(shown("objective(\"maskd\", \"a b\")") == "error: no objective is called 'maskd'; did you mean masked?")
    #expect(shown("objective(\"masked\", \"a b\", settings: [\"rte\": 1])") == "error: masked has no setting 'rte'; did you mean rate?")
    #expect(shown("objective(\"flow matching\", \"a b\")") == "error: flow matching: takes its noise from the model that it trains; give the model")
    #expect(shown("objective(\"next\", \"\")") == "error: objective's 'text' must have at least one word, not \"\"")
    #expect(shown("objective(\"classification\", \"a b\")") == "error: classification: a sample has no class")
  }
}
