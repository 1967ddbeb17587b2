// How a recipe's words are written in a figure: digits in groups, activations by their names in the field.

/// "4096 × 128256" → "4,096 × 128,256".
func groupedDigits(_ text: String) -> String {
  var result = ""
  var digits = ""
  func flush() {
    result += digits.count >= 4 ? Int(digits).map(grouped) ?? digits : digits
    digits = ""
  }
  for character in text {
    if character.isASCII && character.isNumber { digits.append(character) } else { flush(); result.append(character) }
  }
  flush()
  return result
}

/// How an activation is written in the field.
func activationName(_ name: String) -> String {
  switch name {
  case "gelu", "geluTanh", "quickGelu": "GELU"
  case "relu": "ReLU"
  case "reluSquared": "ReLU²"
  case "silu": "SiLU"
  case "elu": "ELU"
  case "sigmoid": "σ"
  default: name
  }
}

/// "Grouped-query attention" → "grouped-query attention"; "SwiGLU feed-forward" → "SwiGLU".
func short(_ title: String) -> String {
  if ["Mamba", "Mamba-2", "Hyena"].contains(title) { return title }  // names
  var text = title
  if text.hasSuffix(" feed-forward") { text.removeLast(" feed-forward".count) }
  guard let first = text.first, text.dropFirst().prefix(while: { $0 != " " && $0 != "-" }).allSatisfy({ !$0.isUppercase }) else { return text }
  return first.lowercased() + text.dropFirst()
}

func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
