/// See ``ActivationKernels/apply``.
@_alwaysEmitIntoClient @inline(__always)
public func applyActivation<I: InstructionSet>(
  _: I.Type, _ activation: ElementwiseActivation, parameter: Float, rows: Int, units: Int,
  y: UnsafeMutablePointer<Float>, derivative: UnsafeMutablePointer<Float>?, stride: Int
) {
  switch activation {
  case .identity:
    applyFunction(I.self, IdentityFunction.self, parameter, rows, units, y, derivative, stride)
  case .relu:
    applyFunction(I.self, ReLUFunction.self, parameter, rows, units, y, derivative, stride)
  case .step:
    applyFunction(I.self, StepFunction.self, parameter, rows, units, y, derivative, stride)
  case .sigmoid:
    applyFunction(I.self, SigmoidFunction.self, parameter, rows, units, y, derivative, stride)
  case .tanh:
    applyFunction(I.self, TanhFunction.self, parameter, rows, units, y, derivative, stride)
  case .leakyReLU:
    applyFunction(I.self, LeakyReLUFunction.self, parameter, rows, units, y, derivative, stride)
  case .elu:
    applyFunction(I.self, ELUFunction.self, parameter, rows, units, y, derivative, stride)
  case .gelu:
    applyFunction(I.self, GELUFunction.self, parameter, rows, units, y, derivative, stride)
  case .silu:
    applyFunction(I.self, SiLUFunction.self, parameter, rows, units, y, derivative, stride)
  }
}

/// Applies a function to `rows` rows in place: whole vectors, so that no row ends in single
/// elements.
@_alwaysEmitIntoClient @inline(__always)
func applyFunction<I: InstructionSet, Function: ElementwiseFunction>(
  _: I.Type, _: Function.Type, _ parameter: Float, _ rows: Int, _ units: Int,
  _ y: UnsafeMutablePointer<Float>, _ derivative: UnsafeMutablePointer<Float>?, _ stride: Int
) {
  let end = I.padded(units)
  var row = 0
  while row < rows {
    let z = y + row &* stride
    var i = 0
    if let derivative {
      let d = derivative + row &* stride
      while i < end {
        let result = Function.evaluate(I.self, z[i], parameter)
        z[i] = result.value
        d[i] = result.derivative
        i &+= 1
      }
    } else {
      while i < end {
        z[i] = Function.evaluate(I.self, z[i], parameter).value
        i &+= 1
      }
    }
    row &+= 1
  }
}

// MARK: Softmax

/// See ``ActivationKernels/softmax``.
@_alwaysEmitIntoClient @inline(__always)
public func softmaxActivation<I: InstructionSet>(
  _: I.Type, rows: Int, units: Int, y: UnsafeMutablePointer<Float>,
  copy: UnsafeMutablePointer<Float>?, stride: Int
) {
  var row = 0
  while row < rows {
    let z = y + row &* stride
    var maximum = z[0]
    var n = 1
    while n < units {
      // Not-a-number may lose here: its own exponential, and so the sum, still are.
      maximum = maximum > z[n] ? maximum : z[n]
      n &+= 1
    }
    n = 0
    while n < units {
      z[n] = exponential(I.self, z[n] - maximum)
      n &+= 1
    }
    var sum: Float = 0
    n = 0
    while n < units {
      sum += z[n]
      n &+= 1
    }
    n = 0
    while n < units {
      z[n] /= sum
      n &+= 1
    }
    if let copy { (copy + row &* stride).update(from: z, count: units) }
    row &+= 1
  }
}

/// See ``ActivationKernels/softmaxGradient``.
///
/// Vectors run across the samples of a group, so the sum over units is a chain in their order.
@_alwaysEmitIntoClient @inline(__always)
public func softmaxGradient<I: InstructionSet>(
  _: I.Type, samples: Int, units: Int, gradient: UnsafeMutablePointer<Float>,
  outputs: UnsafePointer<Float>, probabilities: UnsafePointer<Float>, stride: Int
) {
  // The widest group has 64 samples.
  var sums = InlineArray<64, Float>(repeating: 0)
  let end = I.padded(samples)
  var first = 0
  while first < samples {
    let width = min(I.panelWidth, end &- first)
    let count = min(width, samples &- first)
    let group = gradient + first &* units
    let y = outputs + first &* stride
    let p = probabilities + first &* stride
    var i = 0
    while i < width {
      sums[unchecked: i] = 0
      i &+= 1
    }
    var n = 0
    while n < units {
      let row = group + n &* width
      i = 0
      while i < count {
        sums[unchecked: i] = I.multiplyAdd(sums[unchecked: i], row[i], y[i &* stride &+ n])
        i &+= 1
      }
      n &+= 1
    }
    n = 0
    while n < units {
      let row = group + n &* width
      i = 0
      while i < count {
        row[i] = I.multiplyAdd(
          y[i &* stride &+ n] * row[i], -p[i &* stride &+ n], sums[unchecked: i])
        i &+= 1
      }
      n &+= 1
    }
    first &+= width
  }
}

// MARK: Maxout

/// See ``ActivationKernels/maxout``.
@_alwaysEmitIntoClient @inline(__always)
public func maxout<I: InstructionSet>(
  _: I.Type, rows: Int, outputs: Int, pieces: Int, z: UnsafeMutablePointer<Float>,
  derivative: UnsafeMutablePointer<Float>?, stride: Int
) {
  var row = 0
  while row < rows {
    let y = z + row &* stride
    if let derivative {
      // The first piece's places hold the number of the largest piece until the end.
      let best = derivative + row &* stride
      var i = 0
      while i < outputs {
        best[i] = 0
        i &+= 1
      }
      var piece = 1
      while piece < pieces {
        let number = Float(piece)
        let candidate = y + piece &* outputs
        i = 0
        while i < outputs {
          // Not-a-number is taken, and never given up.
          let isLarger = candidate[i] > y[i] || candidate[i] != candidate[i]
          best[i] = isLarger ? number : best[i]
          y[i] = isLarger ? candidate[i] : y[i]
          i &+= 1
        }
        piece &+= 1
      }
      piece = pieces &- 1
      while piece >= 0 {
        let number = Float(piece)
        let d = best + piece &* outputs
        i = 0
        while i < outputs {
          d[i] = best[i] == number ? 1 : 0
          i &+= 1
        }
        piece &-= 1
      }
    } else {
      var piece = 1
      while piece < pieces {
        let candidate = y + piece &* outputs
        var i = 0
        while i < outputs {
          let isLarger = candidate[i] > y[i] || candidate[i] != candidate[i]
          y[i] = isLarger ? candidate[i] : y[i]
          i &+= 1
        }
        piece &+= 1
      }
    }
    row &+= 1
  }
}

/// See ``ActivationKernels/spreadGradient``.
@_alwaysEmitIntoClient @inline(__always)
public func spreadGradient<I: InstructionSet>(
  _: I.Type, samples: Int, outputs: Int, pieces: Int, gradient: UnsafeMutablePointer<Float>
) {
  let end = I.padded(samples)
  // From the last group and the last piece on, so that nothing is overwritten before it was
  // copied: a group moves to behind its own old place, or, the first one, stays.
  var first = (samples &- 1) / I.panelWidth &* I.panelWidth
  while first >= 0 {
    let count = outputs &* min(I.panelWidth, end &- first)
    let source = gradient + first &* outputs
    let target = gradient + first &* outputs &* pieces
    var piece = pieces &- 1
    while piece >= 0 {
      let copy = target + piece &* count
      if copy != source { copy.update(from: source, count: count) }
      piece &-= 1
    }
    first &-= I.panelWidth
  }
}
