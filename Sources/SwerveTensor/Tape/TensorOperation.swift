import SwerveText

/// What a script passes to an operation, or gets from it.
package enum TensorArgument {
  case tensor(Tensor)
  case number(Double)
}

/// An operation of the tape by name: what a binding to a script needs to register it and to check its arguments.
package struct TensorOperation: Sendable {
  /// One parameter.
  package struct Parameter: Sendable {
    package enum Kind: Sendable {
      /// A tensor; a number stands for a constant scalar.
      case tensor
      /// A number.
      case number
      /// A whole number, counted from 0.
      case index
    }

    package let name: String
    package let kind: Kind
    package var isOptional = false
  }

  /// The name that scripts use, such as `row_mean`.
  package let name: String
  /// The first is always a tensor; optional ones are last.
  package let parameters: [Parameter]
  /// Whether the result is a number, not a tensor.
  package let returnsNumber: Bool
  /// One line: what it is and where its gradient goes.
  package let doc: String
  /// Called with arguments that were checked against the parameters.
  let body: @Sendable (Arguments) throws -> TensorArgument

  /// The least and the largest number of arguments.
  package var arity: ClosedRange<Int> { parameters.count { !$0.isOptional }...parameters.count }

  /// For messages and reference pages, such as `at(x, row, position[, entry])`.
  package var signature: String {
    let required = parameters.filter { !$0.isOptional }.map(\.name).joined(separator: ", ")
    return "\(name)(\(required)\(parameters.filter(\.isOptional).map { "[, \($0.name)]" }.joined()))"
  }

  /// Calls the operation.
  /// - Throws: `TensorError` for a wrong number or kind of arguments, and what the operation itself throws.
  package func callAsFunction(_ arguments: [TensorArgument]) throws -> TensorArgument {
    guard arity.contains(arguments.count) else { throw TensorError.wrongArity(self, arguments.count) }
    for (parameter, argument) in zip(parameters, arguments) {
      switch (parameter.kind, argument) {
      case (.tensor, _), (.number, .number): continue
      case (.index, .number(let number)):
        guard Int(exactly: number) != nil else { throw TensorError.notWhole(self, parameter, number) }
      case (_, .tensor(let tensor)): throw TensorError.notNumber(self, parameter, tensor.shape)
      }
    }
    return try body(Arguments(list: arguments))
  }

  /// The operation of this name, or nil.
  package static func named(_ name: String) -> TensorOperation? { all.first { $0.name === name } }

  /// Checked arguments, read by index.
  struct Arguments {
    let list: [TensorArgument]

    var count: Int { list.count }

    func tensor(_ argument: Int) -> Tensor {
      switch list[argument] {
      case .tensor(let tensor): tensor
      case .number(let number): .scalar(Float(number))
      }
    }

    func number(_ argument: Int) -> Double {
      switch list[argument] {
      case .number(let number): number
      case .tensor: preconditionFailure("callAsFunction lets no tensor through for a number")
      }
    }

    func index(_ argument: Int) -> Int { Int(number(argument)) }
  }
}

extension TensorError {
  static func wrongArity(_ operation: TensorOperation, _ count: Int) -> Self {
    let arity = operation.arity
    let expected = arity.count == 1 ? "\(arity.lowerBound)" : "\(arity.lowerBound) to \(arity.upperBound)"
    let noun = arity == 1...1 ? "argument" : "arguments"
    return Self(message: "\(operation.name) takes \(expected) \(noun), \(operation.signature), got \(count)")
  }

  static func notNumber(
    _ operation: TensorOperation, _ parameter: TensorOperation.Parameter, _ shape: TensorShape
  ) -> Self {
    Self(message: "\(operation.name)'s \(parameter.name) must be a number, got a tensor of shape \(shape)")
  }

  static func notWhole(
    _ operation: TensorOperation, _ parameter: TensorOperation.Parameter, _ number: Double
  ) -> Self {
    Self(message: "\(operation.name)'s \(parameter.name) must be a whole number, got \(number)")
  }
}
