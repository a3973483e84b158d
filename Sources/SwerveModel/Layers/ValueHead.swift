import SwerveTensor

/// The critic: an MLP on the last hidden state, d -> h -> h -> 1 with ReLU (Vassoyan et al. 2025, section 4).
struct ValueHead: Sendable {
  let values: SavedBuffer  // (N)
  let dValues: ScratchBuffer  // (N): the caller's
  private let width: Int
  private let first: Linear
  private let second: Linear
  private let last: Linear
  private let hidden1: SavedBuffer  // (N, width) after ReLU
  private let hidden2: SavedBuffer
  private let dHidden1: ScratchBuffer  // (N, width)
  private let dHidden2: ScratchBuffer

  /// - Parameters:
  ///   - input: width of the hidden states.
  ///   - width: the width of both hidden layers.
  init(from input: Int, width: Int, _ plan: inout ModelPlan) {
    self.width = width
    func linear(_ index: Int, from input: Int, to output: Int, _ plan: inout ModelPlan) -> Linear {
      Linear(
        "value.\(index)", from: input, to: output, weight: .valueHead(inputs: input), bias: .valueHeadBias, &plan)
    }
    first = linear(0, from: input, to: width, &plan)
    second = linear(1, from: width, to: width, &plan)
    last = linear(2, from: width, to: 1, &plan)
    hidden1 = plan.save("value.0", columns: width)
    hidden2 = plan.save("value.1", columns: width)
    values = plan.save("values", columns: 1)
    dValues = plan.scratch("dValues", columns: 1)
    dHidden1 = plan.scratch("dValue.0", columns: width)
    dHidden2 = plan.scratch("dValue.1", columns: width)
  }

  /// values (N) from hidden (N, C).
  func forward(_ hidden: UnsafePointer<Float>, _ pass: Pass) {
    first.forward(pass[hidden1], hidden, pass)
    reluForward(pass[hidden1], pass[hidden1], count: pass.rows * width)
    second.forward(pass[hidden2], pass[hidden1], pass)
    reluForward(pass[hidden2], pass[hidden2], count: pass.rows * width)
    last.forward(pass[values], pass[hidden2], pass)
  }

  func decode(_ hidden: UnsafePointer<Float>, _ step: DecodeStep) {
    first.decodeAlone(step[hidden1], hidden, step)
    reluForward(step[hidden1], step[hidden1], count: step.rows * width)
    second.decodeAlone(step[hidden2], step[hidden1], step)
    reluForward(step[hidden2], step[hidden2], count: step.rows * width)
    last.decodeAlone(step[values], step[hidden2], step)
  }

  /// - Parameter dHidden: the gradient of the hidden states is added to it; nil where the head is detached from them.
  func backward(
    dHidden: UnsafeMutablePointer<Float>?, _ hidden: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    last.backward(dX: pass[dHidden2], pass[dValues], pass[hidden2], pass, into: gradient)
    reluBackward(pass[dHidden2], output: pass[hidden2], count: pass.rows * width)
    second.backward(dX: pass[dHidden1], pass[dHidden2], pass[hidden1], pass, into: gradient)
    reluBackward(pass[dHidden1], output: pass[hidden1], count: pass.rows * width)
    first.backward(dX: dHidden, start: .accumulate, pass[dHidden1], hidden, pass, into: gradient)
  }
}

extension ParameterRole {
  /// Uniform in ±1/sqrt(inputs), as PyTorch's `Linear`.
  static func valueHead(inputs: Int) -> ParameterRole {
    ParameterRole(.uniform(bound: 1 / Float(inputs).squareRoot()), decays: true, isValueHead: true)
  }

  /// Zeros with the signs of random numbers; checkpoints keep these signs.
  static let valueHeadBias = ParameterRole(.uniform(bound: 0), decays: false, isValueHead: true)
}
