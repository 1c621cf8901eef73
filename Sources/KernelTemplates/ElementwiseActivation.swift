/// The activations y = f(z) that look at one element at a time.
///
/// Not-a-number stays not-a-number in all of them, so that a diverged run shows.
public enum ElementwiseActivation: Sendable {
  /// z; derivative 1.
  case identity
  /// max(0, z); derivative 0 for z ≤ 0, otherwise 1.
  case relu
  /// 1 for z ≥ 0, otherwise 0; derivative 0.
  case step
  /// 1 / (1 + e⁻ᶻ); derivative y (1 − y).
  case sigmoid
  /// tanh z; derivative 1 − y².
  case tanh
  /// z for z > 0, otherwise the parameter times z; derivative 1 or the parameter.
  case leakyReLU
  /// z for z > 0, otherwise the parameter times (eᶻ − 1); derivative 1 or the parameter times eᶻ.
  case elu
  /// z Φ(z), with Φ the standard normal distribution; derivative Φ(z) + z φ(z).
  case gelu
  /// z σ(z); derivative σ(z) + z σ′(z).
  case silu
}

/// One of them, as a type: its loops are compiled for it alone.
public protocol ElementwiseFunction {
  /// y and dy/dz; where the derivative is not used, the compiler leaves it out.
  static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float)
}

/// See ``ElementwiseActivation/identity``.
public enum IdentityFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    (z, 1)
  }
}

/// See ``ElementwiseActivation/relu``.
public enum ReLUFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    (z < 0 ? 0 : z, z <= 0 ? 0 : 1)
  }
}

/// See ``ElementwiseActivation/step``.
public enum StepFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    (z >= 0 ? 1 : z < 0 ? 0 : z, 0)
  }
}

/// See ``ElementwiseActivation/sigmoid``.
public enum SigmoidFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    sigmoid(I.self, z)
  }
}

/// See ``ElementwiseActivation/tanh``.
public enum TanhFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    hyperbolicTangentWithDerivative(I.self, z)
  }
}

/// See ``ElementwiseActivation/leakyReLU``.
public enum LeakyReLUFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    (z <= 0 ? parameter * z : z, z <= 0 ? parameter : 1)
  }
}

/// See ``ElementwiseActivation/elu``.
public enum ELUFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    let (minusOne, exponential) = exponentialMinusOne(I.self, z)
    return (z <= 0 ? parameter * minusOne : z, z <= 0 ? parameter * exponential : 1)
  }
}

/// See ``ElementwiseActivation/gelu``.
public enum GELUFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    let (cumulative, density) = normalDistribution(I.self, z)
    return (z * cumulative, I.multiplyAdd(cumulative, z, density))
  }
}

/// See ``ElementwiseActivation/silu``.
public enum SiLUFunction: ElementwiseFunction {
  @_alwaysEmitIntoClient @inline(__always)
  public static func evaluate<I: InstructionSet>(
    _: I.Type, _ z: Float, _ parameter: Float
  ) -> (value: Float, derivative: Float) {
    let (value, derivative) = sigmoid(I.self, z)
    return (z * value, I.multiplyAdd(value, z, derivative))
  }
}
