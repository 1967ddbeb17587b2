// A classifier as a builder: any architecture, and a head for the class of a text beside it.

import Blocks

extension Builder {
  static let classifiers: [Builder] = [
    Builder(
      "classifier", makes: .architecture,
      [
        .value("model", .made(.architecture), "what reads the text"), .labelled("classes", .integer(1...1_000_000), default: .integer(2), "how many classes"),
        .optional("place", .text(Classifier.Place.allCases.map(\.rawValue)), "whose vector speaks for the text; the first token's of an encoder, else the last one's"),
        .labelled("deep", .boolean, default: .boolean(true), "a hidden layer with tanh before the logits (BERT)"),
      ], "a head for the class of a text", example: "classifier(encoder(layers: 2, width: 16, attention: multiHead(heads: 2)), classes: 2)"
    ) { a in
      let model: Architecture = try a.made("model")
      let usual: Classifier.Place = model.family == .encoder ? .first : .last
      let place = a.optionalText("place").flatMap { Classifier.Place(rawValue: $0) } ?? usual
      let head = Classifier(model.width, classes: try a.integer("classes"), place: place, isDeep: try a.boolean("deep"))
      guard !model.extras.contains(where: { $0.name == "classifier" }) else { throw a.contradiction("the model has a classifier already") }
      var classifying = model
      classifying.extras.append(Child("classifier", head))
      return classifying
    },
  ]
}
