#!/usr/bin/env python3
"""Writes Sources/Diagrams/Text/ArialWidths.swift from the hmtx tables of Liberation Sans (Arial's metrics).

Usage: make-arial-widths.py LiberationSans-Regular.ttf LiberationSans-Bold.ttf > ArialWidths.swift
Only the standard library. Symbols that the font lacks are left out: the reader's fallback is used for them.
"""
import struct
import sys

SYMBOLS = "×·→←↑↓√−–—…≠≤≥≈ΔΣΠΦΨΩαβγδεθλμνπρστφψω∞∑∏∂∫±÷°²³¹½¼¾•§«»“”‘’†‡‰€£äöüÄÖÜßéèêàâçñ▲▼◆■□●○"


def tables(data):
    count = struct.unpack(">H", data[4:6])[0]
    for index in range(count):
        tag, _, offset, length = struct.unpack(">4sLLL", data[12 + 16 * index: 28 + 16 * index])
        yield tag.decode(), data[offset:offset + length]


def widths(path):
    """Code point -> advance in thousandths of the type size."""
    font = dict(tables(open(path, "rb").read()))
    em = struct.unpack(">H", font["head"][18:20])[0]
    long_count = struct.unpack(">H", font["hhea"][34:36])[0]
    cmap = font["cmap"]
    glyphs = {}
    for index in range(struct.unpack(">H", cmap[2:4])[0]):
        platform, encoding, offset = struct.unpack(">HHL", cmap[4 + 8 * index:12 + 8 * index])
        if (platform, encoding) != (3, 1):
            continue
        sub = cmap[offset:]
        segments = struct.unpack(">H", sub[6:8])[0] // 2
        field = lambda start: struct.unpack(f">{segments}H", sub[start:start + 2 * segments])
        ends, starts = field(14), field(16 + 2 * segments)
        deltas, ranges = field(16 + 4 * segments), field(16 + 6 * segments)
        for segment in range(segments):
            for code in range(starts[segment], ends[segment] + 1):
                if ranges[segment] == 0:
                    glyph = (code + deltas[segment]) & 0xFFFF
                else:
                    at = 16 + 6 * segments + 2 * segment + ranges[segment] + 2 * (code - starts[segment])
                    glyph = struct.unpack(">H", sub[at:at + 2])[0]
                    glyph = (glyph + deltas[segment]) & 0xFFFF if glyph else 0
                if glyph:
                    glyphs[code] = glyph
    def advance(glyph):
        at = 4 * min(glyph, long_count - 1)
        return struct.unpack(">H", font["hmtx"][at:at + 2])[0]
    return {code: round(advance(glyph) * 1000 / em) for code, glyph in glyphs.items()}


def rows(values, per=16):
    for start in range(0, len(values), per):
        yield "    " + ", ".join(values[start:start + per]) + ","


regular, bold = widths(sys.argv[1]), widths(sys.argv[2])
print("// Advance widths of Arial (Liberation Sans has the same), in thousandths of the type size.")
print("// Made by Tests/Fixtures/make-arial-widths.py from the fonts' hmtx tables; not written by hand.")
print()
print("enum ArialWidths {")
for name, table in (("regular", regular), ("bold", bold)):
    print(f"  /// U+0020 to U+007E.\n  static let {name}: [UInt16] = [")
    print("\n".join(rows([str(table[code]) for code in range(0x20, 0x7F)])))
    print("  ]\n")
    print(f"  static let {name}Symbols: [Unicode.Scalar: UInt16] = [")
    print("\n".join(rows([f'"{symbol}": {table[ord(symbol)]}' for symbol in SYMBOLS if ord(symbol) in table], 8)))
    print("  ]" + ("\n" if name == "regular" else ""))
print("}")
