import LuaRuntime
import SwerveTensor
import SwerveText

extension Tensor: LuaObject {
  package static var luaTypeName: String { "tensor" }
  package var luaByteCount: Int { values.count * MemoryLayout<Float>.stride }

  /// Shape and first values, as `tostring` shows them.
  var summary: String {
    let first = values.prefix(6).map(numberText).joined(separator: ", ")
    return "tensor \(shape): \(first)\(values.count > 6 ? ", ..." : "")"
  }
}

extension ScriptHost {
  /// Every operation of the tape as a method, and the operators of arithmetic.
  func bindTensors(in state: LuaState) {
    state.register(Tensor.self) { type in
      for operation in TensorOperation.all {
        type.method(operation.name) { tensor, call in
          try TensorCall.run(operation, [.object(tensor)] + call.arguments, call.state)
        }
      }
      let operators: [(LuaOperator, String)] = [
        (.add, "add"), (.subtract, "sub"), (.multiply, "mul"), (.divide, "div"), (.power, "pow"),
      ]
      for (symbol, name) in operators {
        guard let operation = TensorOperation.named(name) else { preconditionFailure("the tape has no \(name)") }
        type.operation(symbol) { call in try TensorCall.run(operation, [call[0], call[1]], call.state) }
      }
      type.operation(.negate) { call in [.object((call[0].asObject(Tensor.self) ?? .scalar(.nan)).neg())] }
      for (symbol, name) in [(LuaOperator.lessThan, "lt"), (.lessThanOrEqual, "le")] {
        type.operation(symbol) { _ in
          throw ScriptError(
            "a comparison of tensors with an operator can't give a tensor in Lua; write a:\(name)(b), a:gt(b), ...",
            hint: "math.max and math.min compare so, too; of tensors they are methods: x:max(0.5), x:min(y)")
        }
      }
      // Lua calls this only if both values are objects, and converts the result to a boolean.
      type.operation(.equal) { call in
        guard let a = call[0].asObject(Tensor.self), let b = call[1].asObject(Tensor.self) else {
          return [.boolean(false)]
        }
        guard a === b else {
          throw ScriptError(
            "a comparison of tensors with == or ~= can't give a tensor in Lua; write a:eq(b) or a:ne(b)")
        }
        return [.boolean(true)]
      }
      type.operation(.tostring) { call in [.string(call[0].asObject(Tensor.self)?.summary ?? "tensor")] }
      type.index { _, key, _ in
        if key.asDouble != nil {
          throw ScriptError(
            "a tensor can't be indexed with \(shown(key))",
            hint: "x:at(row, position) is one of its numbers; t:numbers \"NAME\" gives a column as a list")
        }
        let name = key.asString.map(label) ?? shown(key)
        throw ScriptError(
          "a tensor has no method '\(name)'" + didYouMean(name, among: TensorOperation.all.map(\.name)),
          hint: "methods of tensors: " + TensorOperation.all.map(\.name).joined(separator: ", "))
      }
    }
  }
}

/// One call of a tensor's operation from Lua.
enum TensorCall {
  /// This many numbers of a result cost a script as much as one instruction.
  private static let numbersPerInstruction = 4

  static func run(_ operation: TensorOperation, _ values: [LuaValue], _ state: LuaState) throws -> [LuaValue] {
    let largest = values.reduce(0) { max($0, $1.asObject(Tensor.self)?.values.count ?? 0) }
    state.addWork(largest / numbersPerInstruction)
    let arguments = try values.enumerated().map { index, value in
      try argument(value, index < operation.parameters.count ? operation.parameters[index] : nil, operation)
    }
    switch try operation(arguments) {
    case .tensor(let tensor):
      // The tape keeps everything that depends on a variable until the end of the step: the values, and later as many
      // gradients.
      if tensor.requiresGradient { state.hold(bytes: 2 * tensor.values.count * MemoryLayout<Float>.stride) }
      return [.object(tensor)]
    case .number(let number): return [operation.name == "count" ? .integer(Int64(number)) : .number(number)]
    }
  }

  /// Rows and positions count from 1 in Lua; token numbers stay as they are, from 0.
  private static func argument(
    _ value: LuaValue, _ parameter: TensorOperation.Parameter?, _ operation: TensorOperation
  ) throws -> TensorArgument {
    if let tensor = value.asObject(Tensor.self) { return .tensor(tensor) }
    guard let number = value.asDouble else {
      let name = parameter.map { "\(operation.name)'s \($0.name)" } ?? operation.name
      throw ScriptError(
        "\(name) must be a tensor or a number, got \(shown(value))",
        hint: value.isNil ? nil : ValueHint.forAnswer(value))
    }
    guard let parameter, parameter.kind == .index, parameter.name != "entry" else { return .number(number) }
    guard number >= 1 else {
      throw ScriptError("\(operation.name)'s \(parameter.name) counts from 1, got \(numberText(number))")
    }
    return .number(number - 1)
  }
}
