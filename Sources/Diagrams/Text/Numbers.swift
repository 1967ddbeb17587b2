// Numbers as a figure prints them. Rounds only for display; the figure keeps the exact counts.

/// `128256` → "128,256".
public func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var result = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
    result.append(digit)
  }
  return (number < 0 ? "−" : "") + result
}

/// Three significant digits with a thousands name: "8.03 B", "671 B", "41.9 M", "512".
public func rounded(_ number: Int) -> String {
  let size = number.magnitude
  let scale: (Double, String) =
    switch size {
    case 0..<10_000: (1, "")
    case 0..<1_000_000: (1e3, " K")
    case 0..<1_000_000_000: (1e6, " M")
    case 0..<1_000_000_000_000: (1e9, " B")
    default: (1e12, " T")
    }
  if scale.1.isEmpty { return grouped(number) }
  return (number < 0 ? "−" : "") + significant(Double(size) / scale.0) + scale.1
}

/// Bytes in binary units: "600 bytes", "128 KiB", "68.6 KiB", "1 MiB".
public func binaryBytes(_ count: Int) -> String {
  var value = Double(count)
  var unit = "bytes"
  for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
    value /= 1024
    unit = next
  }
  return significant(value) + " " + unit
}

/// A share as "6.5 %"; below a tenth of a percent "< 0.1 %".
func percent(_ share: Double) -> String {
  let tenths = Int((share * 1000).rounded())
  if tenths == 0 { return share > 0 ? "< 0.1 %" : "0 %" }
  if tenths == 1000, share < 1 { return "> 99.9 %" }
  return tenths == 1000 ? "100 %" : "\(tenths / 10).\(tenths % 10) %"
}

/// Three significant digits, without a trailing ".0".
func significant(_ value: Double) -> String {
  let places = value < 9.995 ? 100.0 : value < 99.95 ? 10.0 : 1.0
  let scaled = Int((value * places).rounded())
  let whole = scaled / Int(places)
  let rest = scaled % Int(places)
  if rest == 0 { return grouped(whole) }
  var digits = String(rest)
  while digits.count < (places == 100 ? 2 : 1) { digits = "0" + digits }
  while digits.hasSuffix("0") { digits.removeLast() }
  return "\(whole).\(digits)"
}

/// A coordinate with one decimal, for drawings: 12.0, −3.5. With no places, no point: 600.
func decimal(_ value: Double, places: Int = 1) -> String {
  var scale = 1
  for _ in 0..<places { scale *= 10 }
  let scaled = Int((value * Double(scale)).rounded())
  let magnitude = scaled.magnitude
  if places == 0 { return (scaled < 0 ? "-" : "") + String(magnitude) }
  let fraction = String(magnitude % UInt(scale))
  let padded = String(repeating: "0", count: places - fraction.count) + fraction
  return (scaled < 0 ? "-" : "") + String(magnitude / UInt(scale)) + "." + padded
}
