/// See ``KernelTable/sgd``.
@_alwaysEmitIntoClient @inline(__always)
public func sgd<I: InstructionSet>(
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

/// See ``KernelTable/momentum``.
@_alwaysEmitIntoClient @inline(__always)
public func momentum<I: InstructionSet>(
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

/// See ``KernelTable/add``.
@_alwaysEmitIntoClient @inline(__always)
public func add<I: InstructionSet>(
  _: I.Type, count: Int, sum: UnsafeMutablePointer<Float>, addend: UnsafePointer<Float>
) {
  var i = 0
  while i < count {
    I.store(I.load(sum + i) + I.load(addend + i), to: sum + i)
    i &+= I.lanes
  }
}
