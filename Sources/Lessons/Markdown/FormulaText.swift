// TeX → the line of Unicode that stands for it in a terminal: `\mathrm{softmax}(QK^\top/\sqrt{d})V` → softmax(QKᵀ/√d)V. What has no letter of
// its own keeps TeX's form, so nothing is lost: x_{head} stays x_head, a fraction becomes (a + b)/c.

public enum FormulaText {
  public static func unicode(_ tex: String) -> String {
    var reader = Reader(text: Array(tex))
    return reader.sequence(until: nil).replacing("  ", with: " ").trimmed
  }

  /// Commands that stand for a character, or for a word.
  private static let symbols: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "sum": "∑", "prod": "∏", "int": "∫", "infty": "∞",
    "partial": "∂", "nabla": "∇", "cdot": "·", "times": "×", "div": "÷", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼", "propto": "∝", "in": "∈", "notin": "∉", "subset": "⊂",
    "cup": "∪", "cap": "∩", "to": "→", "rightarrow": "→", "leftarrow": "←", "gets": "←", "Rightarrow": "⇒", "mapsto": "↦",
    "odot": "⊙", "oplus": "⊕", "otimes": "⊗", "circ": "∘", "ldots": "…", "dots": "…", "cdots": "⋯", "top": "⊤", "bot": "⊥",
    "forall": "∀", "exists": "∃", "neg": "¬", "land": "∧", "lor": "∨", "ell": "ℓ", "prime": "′", "mid": "|", "vert": "|", "Vert": "‖",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "langle": "⟨", "rangle": "⟩", "quad": " ", "qquad": "  ",
    "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "", "displaystyle": "", "limits": "", "nolimits": "",
  ]
  /// Commands whose argument is shown as it is.
  private static let fonts: Set<String> = [
    "mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathbb", "text", "textrm", "textbf", "operatorname", "boldsymbol", "mbox",
  ]
  private static let raised: [Character: Character] = [
    "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "+": "⁺", "-": "⁻", "−": "⁻",
    "=": "⁼", "(": "⁽", ")": "⁾", "n": "ⁿ", "i": "ⁱ", "T": "ᵀ", "⊤": "ᵀ", "t": "ᵗ", "x": "ˣ", "k": "ᵏ", "m": "ᵐ", "′": "′", "d": "ᵈ",
    "j": "ʲ", "l": "ˡ", "h": "ʰ", "p": "ᵖ", "a": "ᵃ", "b": "ᵇ", "c": "ᶜ", "e": "ᵉ", "r": "ʳ", "s": "ˢ", "∗": "*", "*": "*",
  ]
  private static let lowered: [Character: Character] = [
    "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈", "9": "₉", "+": "₊", "-": "₋", "−": "₋",
    "=": "₌", "(": "₍", ")": "₎", "a": "ₐ", "e": "ₑ", "h": "ₕ", "i": "ᵢ", "j": "ⱼ", "k": "ₖ", "l": "ₗ", "m": "ₘ", "n": "ₙ", "o": "ₒ",
    "p": "ₚ", "r": "ᵣ", "s": "ₛ", "t": "ₜ", "u": "ᵤ", "v": "ᵥ", "x": "ₓ",
  ]

  private struct Reader {
    var text: [Character]
    var at = 0

    mutating func sequence(until end: Character?) -> String {
      var out = ""
      while at < text.count {
        if text[at] == end {
          at += 1
          return out
        }
        switch text[at] {
        case "^", "_":
          let isRaised = text[at] == "^"
          at += 1
          let inner = argument()
          let table = isRaised ? FormulaText.raised : FormulaText.lowered
          if !inner.isEmpty, inner.allSatisfy({ table[$0] != nil }) {
            out += String(inner.map { table[$0] ?? $0 })
          } else {
            out += (isRaised ? "^" : "_") + (inner.count > 1 && !inner.allSatisfy(\.isLetter) ? "(\(inner))" : inner)
          }
        case "{", "\\": out += argument()
        case "~":
          out += " "
          at += 1
        case "&": at += 1
        default:
          out.append(text[at] == "\n" ? " " : text[at])
          at += 1
        }
      }
      return out
    }

    /// A group, a command with its arguments, or one character.
    mutating func argument() -> String {
      while at < text.count, text[at] == " " { at += 1 }
      guard at < text.count else { return "" }
      if text[at] == "{" {
        at += 1
        return sequence(until: "}")
      }
      guard text[at] == "\\" else {
        at += 1
        return String(text[at - 1])
      }
      at += 1
      var name = ""
      while at < text.count, text[at].isLetter, text[at].isASCII {
        name.append(text[at])
        at += 1
      }
      if name.isEmpty {
        guard at < text.count else { return "\\" }
        at += 1
        switch text[at - 1] {
        case ",", ";", ":", " ": return " "
        case "!": return ""
        case "\\": return "; "
        case "|": return "‖"
        default: return String(text[at - 1])
        }
      }
      switch name {
      case "frac", "dfrac", "tfrac":
        let (over, under) = (argument(), argument())
        return grouped(over) + "/" + grouped(under)
      case "sqrt": return "√" + grouped(argument())
      case "hat": return argument() + "\u{302}"
      case "bar", "overline": return argument() + "\u{304}"
      case "tilde": return argument() + "\u{303}"
      case _ where FormulaText.fonts.contains(name): return argument()
      default:
        let symbol = FormulaText.symbols[name] ?? name
        // TeX sets its own spaces around operators; after a letter the space only ends the command's name.
        if symbol.allSatisfy(\.isLetter) { while at < text.count, text[at] == " " { at += 1 } }
        return symbol
      }
    }

    /// In brackets where it is more than one thing.
    private func grouped(_ text: String) -> String {
      text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." || FormulaText.lowered.values.contains($0) || FormulaText.raised.values.contains($0) } ? text : "(\(text))"
    }
  }
}
