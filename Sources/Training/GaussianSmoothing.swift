import Kernels

/// The weights of Simard's displacement fields, as the two products of ``Distorter`` take them.
final class GaussianSmoothing {
  /// α g(x − i) / 2¹⁶, a row for each i, in panels: noise comes in odd numbers up to 2¹⁶.
  let alongRows: FloatBuffer
  /// g(y − j), a row for each y.
  let alongColumns: FloatBuffer
  /// The bias of a product that has none.
  let noBias: FloatBuffer

  init(_ elastic: Distortion.Elastic, height: Int, width: Int, kernels: KernelTable) {
    let weights = gaussianWeights(sigma: Double(elastic.sigma), count: max(height, width))
    let stride = kernels.padded(width)
    alongRows = FloatBuffer(count: width * stride)
    var first = 0
    while first < stride {
      let count = min(kernels.panelWidth, stride - first)
      let panel = unsafe alongRows.address + first * width
      for i in 0..<width {
        for column in first..<min(first + count, width) {
          unsafe panel[i * count + column - first] = Float(
            Double(elastic.alpha) * weights[abs(column - i)] * 0x1p-16)
        }
      }
      first += count
    }
    alongColumns = FloatBuffer(count: height * height)
    for row in 0..<height {
      for j in 0..<height {
        unsafe alongColumns.address[row * height + j] = Float(weights[abs(row - j)])
      }
    }
    noBias = FloatBuffer(count: kernels.panelWidth)
  }
}

/// The weights of a Gaussian filter: exp(−d² / 2σ²) for d = 0, 1, … `count` − 1, divided by the sum
/// over all integers d, of both signs.
func gaussianWeights(sigma: Double, count: Int) -> [Double] {
  func weight(_ distance: Int) -> Double {
    exponentialOfNegative(-Double(distance * distance) / (2 * sigma * sigma))
  }
  // Past ten standard deviations a weight is less than 10⁻²¹ of the largest one.
  let reach = Int(10 * sigma) + 1
  var sum = 1.0
  for distance in 1...reach { sum += 2 * weight(distance) }
  return (0..<count).map { weight($0) / sum }
}

/// eˣ for x ≤ 0, within a few 10⁻¹⁶ of itself down to 10⁻³⁰⁰; 0 below −700.
///
/// x = n ln 2 + r with |r| ≤ ½ ln 2; Taylor's series of r to the term of degree 17. Only + − × ÷, so
/// that it is the same on every machine.
func exponentialOfNegative(_ x: Double) -> Double {
  guard x > -700 else { return 0 }
  let n = (x * 1.442_695_040_888_963_4).rounded()
  let r = (x - n * 0.693_147_180_369_123_8) - n * 1.908_214_929_270_587_7e-10
  var sum = 1.0
  var degree = 17.0
  while degree > 0 {
    sum = 1 + r / degree * sum
    degree -= 1
  }
  return sum * Double(sign: .plus, exponent: Int(n), significand: 1)
}
