// Pictures inside the text, in the terminals that can: kitty's protocol, iTerm2's, or sixel. Where none is offered the caller
// draws with characters. Inside tmux the questions are answered by tmux, so there a picture appears only if it can show one.
import Glibc
import Synchronization

public enum Graphics {
  public enum Way: Sendable, Equatable { case none, kitty, iTerm, sixel }

  struct Ability: Sendable {
    var way: Way
    /// Pixels of a character cell; a usual size if the terminal does not say.
    var cell: (width: Int, height: Int)
  }

  private static let known = Mutex<Ability?>(nil)

  /// How this terminal shows pictures. The first call asks it, so call it when there is a picture, not before.
  public static func way(style: Style) -> Way { ability(style).way }

  /// The bytes that show a PNG file here, with a line break behind them; nil if this terminal cannot.
  public static func escape(png: [UInt8], style: Style, columns: Int? = nil) -> ScreenText? {
    let ability = ability(style)
    guard ability.way != .none, let size = Picture.size(ofPNG: png) else { return nil }
    if ability.way == .sixel {
      return Picture(png: png).map { ScreenText(trusted: escape($0, ability, columns: columns ?? Screen.size.columns)) }
    }
    return ScreenText(trusted: escape(png, size.width, ability, columns: columns ?? Screen.size.columns))
  }

  /// The same for pixels.
  public static func escape(_ picture: Picture, style: Style, columns: Int? = nil) -> ScreenText? {
    let ability = ability(style)
    return ability.way == .none ? nil : ScreenText(trusted: escape(picture, ability, columns: columns ?? Screen.size.columns))
  }

  // MARK: Inside

  private static func ability(_ style: Style) -> Ability {
    guard !style.plain, Screen.isTerminal(STDIN_FILENO), Screen.isTerminal(STDOUT_FILENO) else {
      return Ability(way: .none, cell: (8, 16))
    }
    return known.withLock { known in
      if let known { return known }
      let found = TerminalQuery.ask()
      LineEditor.keep(typed: found.typed, answersOutstanding: !found.complete)
      let ability = Ability(found)
      known = ability
      return ability
    }
  }

  static func escape(_ picture: Picture, _ ability: Ability, columns: Int) -> String {
    if ability.way == .sixel { return Sixel.encode(picture.shrunk(toWidth: ability.cell.width * columns)) + "\n" }
    return escape(picture.png, picture.width, ability, columns: columns)
  }

  private static func escape(_ png: [UInt8], _ width: Int, _ ability: Ability, columns: Int) -> String {
    let wide = width > ability.cell.width * columns
    let text = base64(png)
    if ability.way == .iTerm {
      let size = wide ? ";width=\(columns)" : ""
      return "\u{1B}]1337;File=inline=1;size=\(png.count)\(size);preserveAspectRatio=1:\(text)\u{07}\n"
    }
    // Kitty takes at most 4096 bytes at a time; q=2 keeps it from answering.
    var result = ""
    var rest = text[...]
    var keys = "a=T,f=100,q=2" + (wide ? ",c=\(columns)" : "") + ","
    repeat {
      let chunk = rest.prefix(4096)
      rest = rest.dropFirst(4096)
      result += "\u{1B}_G\(keys)m=\(rest.isEmpty ? 0 : 1);\(chunk)\u{1B}\\"
      keys = ""
    } while !rest.isEmpty
    return result + "\n"
  }

  static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 { result.append(place <= group.count ? letters[value >> (18 - 6 * place) & 63] : 0x3D) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension Graphics.Ability {
  /// The best that the terminal has answered for.
  init(_ found: TerminalQuery) {
    cell = found.cell ?? (8, 16)
    if found.kittyGraphics {
      way = .kitty
    } else if found.version.hasPrefix("iTerm2") || found.version.hasPrefix("WezTerm") {
      way = .iTerm
    } else {
      way = found.attributes.contains(4) ? .sixel : .none
    }
  }
}
