// Answers of terminals, and the bytes of pictures.
import Testing

@testable import Terminal

@Suite struct GraphicsTests {
  @Test func kittyAnswers() {
    let query = TerminalQuery(answers: Array("\u{1B}_Gi=31;OK\u{1B}\\\u{1B}P>|kitty(0.36.4)\u{1B}\\\u{1B}[6;20;10t\u{1B}[?62;c".utf8))
    #expect(query.kittyGraphics && query.complete && query.version == "kitty(0.36.4)" && query.typed.isEmpty)
    #expect(query.cell! == (10, 20))
    #expect(Graphics.Ability(query).way == .kitty)
  }

  @Test func otherTerminalsAnswer() {
    func way(_ answers: String) -> Graphics.Way { Graphics.Ability(TerminalQuery(answers: Array(answers.utf8))).way }
    #expect(way("\u{1B}P>|iTerm2 3.5.10\u{1B}\\\u{1B}[?62;4c") == .iTerm)
    #expect(way("\u{1B}P>|XTerm(379)\u{1B}\\\u{1B}[?64;1;2;4;6;9c") == .sixel)
    #expect(way("\u{1B}P>|XTerm(379)\u{1B}\\\u{1B}[?64;1;2;6;9c") == .none)
    #expect(way("\u{1B}P>|tmux 3.3a\u{1B}\\\u{1B}[?1;2c") == .none)
    #expect(way("\u{1B}_Gi=31;ENOTSUPPORTED\u{1B}\\\u{1B}[?6c") == .none)
    #expect(way("") == .none)
  }

  @Test func whatWasTypedIsKept() {
    let query = TerminalQuery(answers: Array("le\u{1B}[?6ct \u{1B}[A".utf8))
    #expect(query.complete)
    #expect(String(decoding: query.typed, as: UTF8.self) == "let \u{1B}[A")
    #expect(!TerminalQuery(answers: Array("\u{1B}[?6".utf8)).complete)
  }

  let picture = Picture(
    width: 3, height: 2,
    rgba: [255, 0, 0, 255, 255, 0, 0, 255, 0, 0, 255, 255, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 255])

  @Test func sixels() {
    #expect(Sixel.encode(picture) == "\u{1B}P0;1;0q\"1;1;3;2#0;2;100;0;0#1;2;0;0;100#0B@$#1??B-\u{1B}\\")
  }

  @Test func picturesGoThroughPNG() throws {
    #expect(Picture(png: picture.png) == picture)
    let size = try #require(Picture.size(ofPNG: picture.png))
    #expect(size == (3, 2))
    #expect(Picture.size(ofPNG: Array("not a picture, but a text of some length".utf8)) == nil)
    for length in [0, 8, 30, 40, picture.png.count - 13] { #expect(Picture(png: Array(picture.png.prefix(length))) == nil) }
  }

  /// Written by another program, with dynamic Huffman codes and all filters.
  @Test func readsCompressedPNG() throws {
    let picture = try #require(Picture(png: PNGFixture.gradient))
    #expect(picture.width == 64 && picture.height == 48)
    for (x, y) in [(0, 0), (63, 0), (0, 47), (63, 47), (17, 31)] {
      let pixel = (y * 64 + x) * 4
      #expect(Array(picture.rgba[pixel..<pixel + 4]) == [UInt8(x * 4), UInt8(y * 5), UInt8((x * y) % 256), 255])
    }
  }

  @Test func widePicturesShrink() {
    let small = Picture(width: 4, height: 2, rgba: (0..<8).flatMap { [UInt8($0 * 10), 0, 0, 255] }).shrunk(toWidth: 2)
    #expect(small == Picture(width: 2, height: 1, rgba: [25, 0, 0, 255, 45, 0, 0, 255]))
  }

  @Test func escapesForEachTerminal() {
    func ability(_ way: Graphics.Way) -> Graphics.Ability { Graphics.Ability(TerminalQuery(answers: [])).with(way) }
    let text = Graphics.base64(picture.png)
    #expect(Graphics.escape(picture, ability(.kitty), columns: 80) == "\u{1B}_Ga=T,f=100,q=2,m=0;\(text)\u{1B}\\\n")
    #expect(Graphics.escape(picture, ability(.iTerm), columns: 80) == "\u{1B}]1337;File=inline=1;size=\(picture.png.count);preserveAspectRatio=1:\(text)\u{07}\n")
    let wide = Picture(width: 1600, height: 1, rgba: [UInt8](repeating: 255, count: 6400))
    let chunks = Graphics.escape(wide, ability(.kitty), columns: 80).split(separator: "\u{1B}_G")
    #expect(chunks.count == 3)
    #expect(chunks[0].hasPrefix("a=T,f=100,q=2,c=80,m=1;"))
    #expect(chunks[1].hasPrefix("m=1;"))
    #expect(chunks[2].hasPrefix("m=0;"))
  }

  @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
  func base64(_ text: String, _ coded: String) { #expect(Graphics.base64(Array(text.utf8)) == coded) }
}

extension Graphics.Ability {
  func with(_ way: Graphics.Way) -> Self { Graphics.Ability(way: way, cell: cell) }
}
