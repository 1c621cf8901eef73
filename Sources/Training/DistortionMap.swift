import Kernels
import Randomness

// What is random about the distortion of one image, and its sines and cosines. All in double
// precision by + − × ÷ alone, which give the same bits on every machine.

/// The shift, rotation, scale and shear of one image.
struct DistortionMap: Equatable {
  /// Pixels to the right, and down.
  var shift: (x: Double, y: Double) = (0, 0)
  /// Degrees counterclockwise.
  var rotation = 0.0
  var scale: (x: Double, y: Double) = (1, 1)
  /// Degrees by which upright lines lean to the right.
  var shear = 0.0

  init() {}

  /// The next six numbers of a stream: the two shifts, the rotation, the two scales, the shear.
  init(_ distortion: Distortion, from random: inout RandomStream) {
    shift = (
      distortion.shift.randomShare(&random), distortion.shift.randomShare(&random)
    )
    rotation = distortion.rotation.randomShare(&random)
    scale = (
      1 + distortion.scale.randomShare(&random), 1 + distortion.scale.randomShare(&random)
    )
    shear = distortion.shear.randomShare(&random)
  }

  static func == (a: DistortionMap, b: DistortionMap) -> Bool {
    a.shift == b.shift && a.rotation == b.rotation && a.scale == b.scale && a.shear == b.shear
  }

  /// From a pixel of the distorted image to the place in the original that it shows.
  ///
  /// With the center c, x to the right and y down, what was at p goes to
  ///
  ///     p′ = c + shift + R · H · S · (p − c)
  ///     R = (cos θ, sin θ; −sin θ, cos θ), H = (1, −tan φ; 0, 1), S = (sx, 0; 0, sy)
  ///
  /// and this is p of p′.
  func source(height: Int, width: Int) -> AffineMap {
    let (sine, cosine) = sineAndCosine(degrees: rotation)
    let (shearSine, shearCosine) = sineAndCosine(degrees: shear)
    let tangent = shearSine / shearCosine
    let xx = (cosine + tangent * sine) / scale.x
    let xy = (tangent * cosine - sine) / scale.x
    let yx = sine / scale.y
    let yy = cosine / scale.y
    let center = (x: Double(width - 1) / 2, y: Double(height - 1) / 2)
    let moved = (x: center.x + shift.x, y: center.y + shift.y)
    return AffineMap(
      xx: Float(xx), xy: Float(xy), x: Float(center.x - xx * moved.x - xy * moved.y),
      yx: Float(yx), yy: Float(yy), y: Float(center.y - yx * moved.x - yy * moved.y))
  }
}

extension Float {
  /// A uniform number between minus and plus this one: (2 n + 1 − 2³²) / 2³² of it, for the word n.
  fileprivate func randomShare(_ random: inout RandomStream) -> Double {
    Double(self) * ((2 * Double(random.nextWord()) + 1 - 0x1p32) * 0x1p-32)
  }
}

/// sin x and cos x, exact at multiples of 90 degrees, otherwise within 2⁻⁵² of them.
///
/// x = 90 q + r with |r| ≤ 45; Taylor's series of r to the terms of degree 19 and 18, the rest of
/// which is below 10⁻¹⁹.
func sineAndCosine(degrees x: Double) -> (sine: Double, cosine: Double) {
  let quarters = (x / 90).rounded()
  let r = (x - 90 * quarters) * 0.017_453_292_519_943_295
  let square = r * r
  var sine = 1.0
  var cosine = 1.0
  var degree = 18.0
  while degree > 0 {
    sine = 1 - square / (degree * (degree + 1)) * sine
    cosine = 1 - square / (degree * (degree - 1)) * cosine
    degree -= 2
  }
  sine *= r
  return switch Int(quarters) & 3 {
  case 0: (sine, cosine)
  case 1: (cosine, -sine)
  case 2: (-sine, -cosine)
  default: (-cosine, sine)
  }
}
