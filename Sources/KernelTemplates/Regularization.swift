// What is done to an averaged gradient, and to weights besides the step of the optimizer. Loops over
// single floats without branches, which become vector code.

/// See ``UpdateKernels/average``.
@_alwaysEmitIntoClient @inline(__always)
func average<I: InstructionSet>(
  _: I.Type, count: Int, gradient: UnsafeMutablePointer<Float>, scale: Float, limit: Float
) {
  let lowest = -limit
  var i = 0
  while i < count {
    var value = gradient[i] * scale
    // Not-a-number stays: what has gone wrong must show.
    value = value > limit ? limit : value
    value = value < lowest ? lowest : value
    gradient[i] = value
    i &+= 1
  }
}

/// See ``UpdateKernels/columnSquares``.
@_alwaysEmitIntoClient @inline(__always)
func columnSquares<I: InstructionSet>(
  _: I.Type, rows: Int, width: Int, gradient: UnsafePointer<Float>,
  sums: UnsafeMutablePointer<Double>
) {
  var n = 0
  while n < width {
    sums[n] = 0
    n &+= 1
  }
  var row = 0
  while row < rows {
    let values = gradient + row &* width
    n = 0
    while n < width {
      let value = Double(values[n])
      sums[n] += value * value
      n &+= 1
    }
    row &+= 1
  }
}

/// See ``UpdateKernels/addL2``.
@_alwaysEmitIntoClient @inline(__always)
func addL2<I: InstructionSet>(
  _: I.Type, count: Int, gradient: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>,
  strength: Float
) {
  let strengths = I.Vector(repeating: strength)
  var i = 0
  while i < count {
    I.store(
      I.multiplyAdd(I.load(gradient + i), strengths, I.load(weights + i)), to: gradient + i)
    i &+= I.lanes
  }
}

/// See ``UpdateKernels/addL1``.
@_alwaysEmitIntoClient @inline(__always)
func addL1<I: InstructionSet>(
  _: I.Type, count: Int, gradient: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>,
  strength: Float
) {
  var i = 0
  while i < count {
    let weight = weights[i]
    let positive: Float = weight > 0 ? strength : 0
    let slope = weight < 0 ? -strength : positive
    gradient[i] = gradient[i] + slope
    i &+= 1
  }
}

/// See ``UpdateKernels/addWeightElimination``.
@_alwaysEmitIntoClient @inline(__always)
func addWeightElimination<I: InstructionSet>(
  _: I.Type, count: Int, gradient: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>,
  strength: Float
) {
  let twice = 2 * strength
  var i = 0
  while i < count {
    let weight = weights[i]
    let base = I.multiplyAdd(1, weight, weight)
    gradient[i] = gradient[i] + twice * weight / (base * base)
    i &+= 1
  }
}

/// See ``UpdateKernels/scale``.
@_alwaysEmitIntoClient @inline(__always)
func scale<I: InstructionSet>(
  _: I.Type, count: Int, values: UnsafeMutablePointer<Float>, factor: Float
) {
  let factors = I.Vector(repeating: factor)
  var i = 0
  while i < count {
    I.store(I.load(values + i) * factors, to: values + i)
    i &+= I.lanes
  }
}

/// See ``UpdateKernels/scaleColumns``.
@_alwaysEmitIntoClient @inline(__always)
func scaleColumns<I: InstructionSet>(
  _: I.Type, rows: Int, width: Int, weights: UnsafeMutablePointer<Float>,
  factors: UnsafePointer<Float>
) {
  var row = 0
  while row < rows {
    let values = weights + row &* width
    var n = 0
    while n < width {
      I.store(I.load(values + n) * I.load(factors + n), to: values + n)
      n &+= I.lanes
    }
    row &+= 1
  }
}
