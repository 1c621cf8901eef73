import Kernels
import Testing

// The other kernels over plain arrays and matrices; see the products.
extension TableUnderTest {
  func exponential(_ x: [Float]) -> [Float] { apply(kernels.exponential, to: x) }

  func logarithm(_ x: [Float]) -> [Float] { apply(kernels.logarithm, to: x) }

  func hyperbolicTangent(_ x: [Float]) -> [Float] { apply(kernels.hyperbolicTangent, to: x) }

  private func apply(
    _ function: (Int, KernelTable.Input, KernelTable.Output) -> Void, to x: [Float]
  ) -> [Float] {
    var y = output(x.count)
    function(x.count, x, &y)
    expectIntactMargins(of: y)
    return Array(y[..<x.count])
  }

  /// The losses, and the gradient of shape [samples][classes]. Places past the last sample must be
  /// finite.
  func softmaxCrossEntropy(
    logits: Matrix, labels: [UInt8]
  ) -> (losses: [Float], gradient: Matrix) {
    let classes = logits[0].count
    let stride = classes + 3
    let places = kernels.padded(logits.count)
    var losses = output(logits.count)
    var gradient = output(places * classes)
    kernels.losses.softmaxCrossEntropy(
      logits.count, classes, logits.rows(stride: stride), stride, labels, &losses, &gradient)
    expectIntactMargins(of: losses, gradient)
    let all = gradient.fromGroups(samples: places, features: classes, kernels)
    let infinite = all[logits.count...].joined().count { !$0.isFinite }
    #expect(infinite == 0)
    return (Array(losses[..<logits.count]), Array(all[..<logits.count]))
  }

  func softmax(logits: Matrix) -> Matrix {
    let classes = logits[0].count
    let stride = classes + 3
    var probabilities = output(logits.count * classes)
    kernels.losses.softmax(
      logits.count, classes, logits.rows(stride: stride), stride, &probabilities)
    expectIntactMargins(of: probabilities)
    return probabilities.rows(logits.count, columns: classes, stride: classes)
  }

  func sgd(
    parameters: [Float], gradientSum: [Float], scale: Float, learningRate: Float
  ) -> [Float] {
    let count = parameters.count
    var memory = parameters + output(0)
    kernels.updates.sgd(count, &memory, gradientSum, scale, learningRate)
    expectIntactMargins(of: memory)
    return Array(memory[..<count])
  }

  func momentum(
    parameters: [Float], velocity: [Float], gradientSum: [Float], scale: Float,
    learningRate: Float, momentum: Float
  ) -> (parameters: [Float], velocity: [Float]) {
    let count = parameters.count
    var memory = parameters + output(0)
    var velocities = velocity + output(0)
    kernels.updates.momentum(
      count, &memory, &velocities, gradientSum, scale, learningRate, momentum)
    expectIntactMargins(of: memory, velocities)
    return (Array(memory[..<count]), Array(velocities[..<count]))
  }
}
