// The elementary functions behind the smooth activations, branch-free like those of
// `Elementary.swift`, and shared by an activation and its derivative: whatever both need is
// computed once.

/// σ(x) = 1 / (1 + e⁻ˣ) and its derivative σ(x) (1 − σ(x)), for every x; not-a-number for
/// not-a-number.
///
/// With t = e^−|x| ≤ 1 and r = 1 / (1 + t), σ is r or, below 0, t r, and its derivative t r²: no
/// difference of nearly equal numbers, and nothing overflows.
///
/// Largest error over every 9,973rd float and, from 2⁻⁶ to 32, every 997th: 3.2 ULP, of the
/// derivative 4.3 ULP, fused or not.
@_alwaysEmitIntoClient @inline(__always)
func sigmoid<I: InstructionSet>(_: I.Type, _ x: Float) -> (value: Float, derivative: Float) {
  let magnitude = Float(bitPattern: x.bitPattern & 0x7FFF_FFFF)
  let t = exponential(I.self, -magnitude)
  let r = 1 / (1 + t)
  let below = t * r
  let slope = below * r
  // Rounding must not take it above its largest value.
  return (x < 0 ? below : r, slope > 0.25 ? 0.25 : slope)
}

/// tanh x and its derivative 1 − tanh² x, for every x; not-a-number for not-a-number.
///
/// The value is that of ``hyperbolicTangent``. With q = 2 / (e^2|x| + 1), |tanh x| is 1 − q and the
/// derivative q (2 − q), which keeps its digits where tanh x is nearly ±1: 4 ULP, down to 2⁻¹⁰⁴.
@_alwaysEmitIntoClient @inline(__always)
func hyperbolicTangentWithDerivative<I: InstructionSet>(
  _: I.Type, _ x: Float
) -> (value: Float, derivative: Float) {
  let magnitude = Float(bitPattern: x.bitPattern & 0x7FFF_FFFF)
  let q = 2 / (exponential(I.self, 2 * magnitude) + 1)
  return (hyperbolicTangent(I.self, x), q * (2 - q))
}

/// eˣ − 1 and eˣ, for every x; not-a-number for not-a-number.
///
/// Near 0, where eˣ − 1 would lose its digits, it is x + x² p(x) with the polynomial of
/// ``exponential``. Largest error over the same floats as ``sigmoid``'s: 3 ULP.
@_alwaysEmitIntoClient @inline(__always)
func exponentialMinusOne<I: InstructionSet>(
  _: I.Type, _ x: Float
) -> (value: Float, exponential: Float) {
  let e = exponential(I.self, x)
  var p: Float = 1.987_569_15e-4
  p = I.multiplyAdd(1.398_199_950_7e-3, p, x)
  p = I.multiplyAdd(8.333_451_907_3e-3, p, x)
  p = I.multiplyAdd(4.166_579_589_4e-2, p, x)
  p = I.multiplyAdd(1.666_666_545_9e-1, p, x)
  p = I.multiplyAdd(5.000_000_120_1e-1, p, x)
  let near = I.multiplyAdd(x, p, x * x)
  let magnitude = Float(bitPattern: x.bitPattern & 0x7FFF_FFFF)
  return (magnitude < 0.346_573_6 ? near : e - 1, e)
}

/// The distribution function of the standard normal distribution, Φ(x) = ½ (1 + erf(x / √2)), and
/// its density φ(x) = e^−x²/2 / √(2π), for every x; not-a-number for not-a-number.
///
/// For a = |x|, Φ(−a) = e^−a²/2 Q(a) with Q(a) = ½ erfcx(a / √2), which falls slowly from ½: a
/// polynomial of degree 10 in t = 1 / (1 + 0.3 a), t times one of degree 9, fitted to the least
/// largest relative error on 0 … 14.2 (3.5 · 10⁻⁹). Above 0, Φ(a) = 1 − Φ(−a). The rounding of a²
/// would be an error of many units in the exponential: what it leaves out is found exactly, by
/// splitting a in two, and applied to first order. Largest error of Φ over the same floats as
/// ``sigmoid``'s: 6 ULP.
@_alwaysEmitIntoClient @inline(__always)
func normalDistribution<I: InstructionSet>(
  _: I.Type, _ x: Float
) -> (cumulative: Float, density: Float) {
  var a = Float(bitPattern: x.bitPattern & 0x7FFF_FFFF)
  // Beyond, both are 0; not-a-number stays.
  a = a > 20 ? 20 : a
  let high = Float(bitPattern: a.bitPattern & 0xFFFF_F000)
  let low = a - high
  let square = a * a
  let rest = ((high * high - square) + 2 * high * low) + low * low
  let e = exponential(I.self, -0.5 * square)
  let gauss = e - e * (0.5 * rest)
  let t = 1 / (1 + 0.3 * a)
  var p: Float = -0.020_617_867_383_354_516
  p = I.multiplyAdd(0.112_404_149_050_966_07, p, t)
  p = I.multiplyAdd(-0.228_136_868_381_458_08, p, t)
  p = I.multiplyAdd(0.191_678_107_203_007_9, p, t)
  p = I.multiplyAdd(-0.079_331_158_930_818_81, p, t)
  p = I.multiplyAdd(0.096_104_986_627_867_26, p, t)
  p = I.multiplyAdd(0.078_408_449_198_784_73, p, t)
  p = I.multiplyAdd(0.110_231_189_609_466_32, p, t)
  p = I.multiplyAdd(0.119_572_350_552_511_25, p, t)
  p = I.multiplyAdd(0.119_686_660_727_707_3, p, t)
  let tail = gauss * (p * t)
  return (x < 0 ? tail : 1 - tail, gauss * 0.398_942_280_401_432_7)
}
