import Testing

@testable import Tensors

@Suite struct BudgetTests {
  @Test func sizesAsTheyAreWritten() {
    #expect(Budget.bytes("8G") == 8 << 30)
    #expect(Budget.bytes("512m") == 512 << 20)
    #expect(Budget.bytes("1.5GiB") == 3 << 29)
    #expect(Budget.bytes("4096") == 4096 && Budget.bytes("64 KB") == nil && Budget.bytes("64KB") == 64 << 10)
    for wrong in ["", "G", "-1", "0", "nan", "1e30T", "lots"] { #expect(Budget.bytes(wrong) == nil, "\(wrong)") }
    #expect((40 << 30).asBytes == "40 GiB" && 1536.asBytes == "1.5 KiB" && 12.asBytes == "12 bytes" && (1 << 62).asBytes == "4 EiB")
  }

  /// 16 TB, and more than can be counted: refused before anything is taken, with what was wanted.
  @Test func whatIsTooLargeIsAFault() throws {
    let column = Tensor.filled([2_000_000, 1], with: 1), row = Tensor.filled([1, 2_000_000], with: 1)
    for x in [column + row, matmul(column, row), .filled([1 << 40, 1 << 40], with: 0), .filling([1 << 42]) { _, _ in Issue.record("called") }, concatenate([column.expanded([2_000_000, 1_000_000]), column.expanded([2_000_000, 1_000_000])], axis: 1)] {
      guard case .memory(let wanted, _, let limit) = x.fault?.kind else { Issue.record("\(String(describing: x.fault))"); continue }
      #expect(wanted > limit && limit == Budget.limit)
      #expect(x.storage == nil)
    }
    // Views take nothing.
    #expect(column.expanded([2_000_000, 2_000_000]).fault == nil)
    // The way back of a sum over an expanded tensor needs what the expansion would.
    let trace = Trace(recording: Recording()), x = column.tracked(by: trace)
    #expect((x.expanded([2_000_000, 2_000_000]) * 2).fault != nil)
  }

  /// A poisoned tensor answers whatever a formula asks of its shape.
  @Test func aPoisonedTensorHasAxesEnough() {
    let bad = softmax(Tensor.filled([2, 3], with: 1) + Tensor.filled([4, 5], with: 1))
    #expect(bad.fault != nil && bad.shape.count >= 8)
    #expect(bad.slice((bad.shape[1] - 1)..<bad.shape[1], axis: 1).split(heads: 2).merged(last: 2).transposed.view(axis: 2, from: 0, count: 1).fault === bad.fault)
  }
}
