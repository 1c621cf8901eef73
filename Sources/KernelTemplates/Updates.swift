import CPUFeatures

/// See ``UpdateKernels/sgd``.
@_alwaysEmitIntoClient @inline(__always)
func sgd<I: InstructionSet>(
  _: I.Type, count: Int, parameters: UnsafeMutablePointer<Float>,
  gradientSum: UnsafePointer<Float>, scale: Float, learningRate: Float
) {
  let scales = I.Vector(repeating: scale)
  let rates = I.Vector(repeating: -learningRate)
  var i = 0
  while i < count {
    let gradient = I.load(gradientSum + i) * scales
    I.store(I.multiplyAdd(I.load(parameters + i), rates, gradient), to: parameters + i)
    i &+= I.lanes
  }
}

/// See ``UpdateKernels/momentum``.
@_alwaysEmitIntoClient @inline(__always)
func momentum<I: InstructionSet>(
  _: I.Type, count: Int, parameters: UnsafeMutablePointer<Float>,
  velocity: UnsafeMutablePointer<Float>, gradientSum: UnsafePointer<Float>, scale: Float,
  learningRate: Float, momentum: Float
) {
  let scales = I.Vector(repeating: scale)
  let rates = I.Vector(repeating: -learningRate)
  let decays = I.Vector(repeating: momentum)
  var i = 0
  while i < count {
    let gradient = I.load(gradientSum + i) * scales
    let moved = I.multiplyAdd(gradient, decays, I.load(velocity + i))
    I.store(moved, to: velocity + i)
    I.store(I.multiplyAdd(I.load(parameters + i), rates, moved), to: parameters + i)
    i &+= I.lanes
  }
}

/// See ``UpdateKernels/add``.
@_alwaysEmitIntoClient @inline(__always)
func add<I: InstructionSet>(
  _: I.Type, count: Int, sum: UnsafeMutablePointer<Float>, addend: UnsafePointer<Float>
) {
  var i = 0
  while i < count {
    I.store(I.load(sum + i) + I.load(addend + i), to: sum + i)
    i &+= I.lanes
  }
}

/// See ``UpdateKernels/nesterov``.
@_alwaysEmitIntoClient @inline(__always)
func nesterov<I: InstructionSet>(
  _: I.Type, count: Int, parameters: UnsafeMutablePointer<Float>,
  velocity: UnsafeMutablePointer<Float>, gradientSum: UnsafePointer<Float>, scale: Float,
  learningRate: Float, momentum: Float
) {
  let scales = I.Vector(repeating: scale)
  let rates = I.Vector(repeating: -learningRate)
  let decays = I.Vector(repeating: momentum)
  var i = 0
  while i < count {
    let gradient = I.load(gradientSum + i) * scales
    let moved = I.multiplyAdd(gradient, decays, I.load(velocity + i))
    I.store(moved, to: velocity + i)
    let step = I.multiplyAdd(gradient, decays, moved)
    I.store(I.multiplyAdd(I.load(parameters + i), rates, step), to: parameters + i)
    i &+= I.lanes
  }
}

/// See ``UpdateKernels/rmsprop``.
@_alwaysEmitIntoClient @inline(__always)
func rmsprop<I: InstructionSet>(
  _: I.Type, count: Int, parameters: UnsafeMutablePointer<Float>,
  squares: UnsafeMutablePointer<Float>, gradientSum: UnsafePointer<Float>, scale: Float,
  learningRate: Float, decay: Float, gain: Float, epsilon: Float
) {
  var i = 0
  while i < count {
    let gradient = gradientSum[i] * scale
    let square = I.multiplyAdd(gradient * gradient * gain, decay, squares[i])
    squares[i] = square
    let step = gradient / (cpu_features_square_root(square) + epsilon)
    parameters[i] = I.multiplyAdd(parameters[i], -learningRate, step)
    i &+= 1
  }
}

/// See ``UpdateKernels/adam``.
@_alwaysEmitIntoClient @inline(__always)
func adam<I: InstructionSet>(
  _: I.Type, count: Int, parameters: UnsafeMutablePointer<Float>,
  first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>,
  gradientSum: UnsafePointer<Float>, factors: AdamFactors
) {
  var i = 0
  while i < count {
    let gradient = gradientSum[i] * factors.scale
    let m = I.multiplyAdd(gradient * factors.firstGain, factors.firstDecay, first[i])
    first[i] = m
    let v = I.multiplyAdd(gradient * gradient * factors.secondGain, factors.secondDecay, second[i])
    second[i] = v
    let root = I.multiplyAdd(factors.epsilon, cpu_features_square_root(v), factors.rootFactor)
    parameters[i] = I.multiplyAdd(parameters[i] * factors.kept, -factors.rate, m / root)
    i &+= 1
  }
}
