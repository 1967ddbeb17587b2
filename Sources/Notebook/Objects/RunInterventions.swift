// Interventions on a run: the same forward once more, with a tensor changed, a head switched off, or a tensor of another run.
// An edit that applies nowhere is an error, never a silent nothing.

import Blocks
import Language
import Tensors

extension RunObject {
  /// The same run with further edits.
  /// - Parameter place: where the cell names what is edited, for the caret.
  func again(_ more: [Edit], at place: Span? = nil) throws -> RunObject {
    let fresh = edits.map { Edit($0.pattern, change: $0.change) }
    do {
      return try RunObject(model, ids, decoder: decoder, choice: choice, edits: fresh + more)
    } catch let fault as Fault {
      throw TensorObject.failure(of: fault)
    } catch var failure as Failure {
      if failure.span == nil { failure.span = place }
      throw failure
    }
  }

  /// What `by:` means: a function of the tensor, or what takes its place.
  func change(_ a: Arguments) throws -> (Tensor) -> Tensor {
    let given = a["by"], context = a.context, trace = model.trace
    if case .function(let function) = given {
      return { tensor in
        let own = RunObject.withoutBatch(tensor), x = own.isFollowed ? own : own.tracked(by: trace)
        do {
          guard let y = TensorObject.tensor(try context.call(function, [.object(TensorObject(x))])) else {
            return Tensor(fault: Fault(.other(operation: "edit", message: "the function must give a tensor")))
          }
          guard y.count == tensor.count else {
            return Tensor(fault: Fault(.shape(operation: "edit", shapes: [x.shape, y.shape], expected: "the function must keep the shape")))
          }
          return (tensor.isFollowed ? y : y.untracked).reshaped(tensor.shape)
        } catch let failure as Failure where failure.problem.kind == .interrupted {
          return Tensor(fault: Fault(.interrupted))
        } catch let failure as Failures {
          return Tensor(fault: Fault(.other(operation: "edit", message: failure.first.message)))
        } catch {
          return Tensor(fault: Fault(.other(operation: "edit", message: (error as? Failure)?.message ?? "\(error)")))
        }
      }
    }
    guard let tensor = TensorObject.tensor(given)?.untracked else { throw a.invalid("by", "must be a function of the tensor, a tensor or a number") }
    return { old in
      if tensor.count == old.count { return tensor.reshaped(old.shape) }
      return tensor.expanded(old.shape).materialised
    }
  }

  func ablate(_ a: Arguments) throws -> RunObject {
    let layer = try a.integer("layer"), head = try a.integer("head")
    // The attention of a layer, or of the several that share one (ALBERT's inner groups); of an encoder–decoder, the decoder's.
    let all = run.seen.map(\.name).filter { $0.hasSuffix(".attention.mixed") }
    let own = all.contains { $0.hasPrefix("decoder.") } ? all.filter { $0.hasPrefix("decoder.") } : all
    func number(_ name: String) -> Int? { name.split(separator: ".").drop { $0 != "layers" }.dropFirst().first.flatMap { Int($0) } }
    let names = own.filter { number($0) == layer }
    guard !names.isEmpty else {
      let layers = own.compactMap(number).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
      let known = layers.isEmpty ? "this model has no attention" : layers.count == 1 ? "layer \(layers[0]) has one" : "layers \(layers.map(String.init).joined(separator: ", ")) have one"
      throw Failure(.outOfRange, "there is no attention in layer \(layer); \(known)", at: a.span(of: "layer"))
    }
    return try again(
      names.map { name in
        guard let mixed = run[name], let pattern = run[String(name.dropLast("mixed".count)) + "pattern"] else {
          throw Failure(.host, "\(name) has no heads to switch off")
        }
        let heads = pattern.shape[1]
        guard (0..<heads).contains(head) else { throw Failure(.outOfRange, "head \(head) is outside of 0..<\(heads)", at: a.span(of: "head")) }
        let width = mixed.shape[2] / heads
        let gate = Tensor((0..<mixed.shape[2]).map { $0 / width == head ? 0 : 1 }, [mixed.shape[2]])
        return Edit(name) { $0 * gate }
      })
  }
}
