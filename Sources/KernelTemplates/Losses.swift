// Losses of rows of targets. Each group of samples is worked on output by output: row n of the
// group's part of the gradient holds output n of all its samples.

/// See ``LossKernels/smoothedCrossEntropy``.
@_alwaysEmitIntoClient @inline(__always)
public func smoothedCrossEntropy<I: InstructionSet>(
  _: I.Type, samples: Int, classes: Int, logits: UnsafePointer<Float>, logitsStride: Int,
  targets: UnsafePointer<Float>, targetStride: Int, smoothing: Float,
  losses: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  let kept = 1 - smoothing
  let spread = smoothing / Float(classes)
  // One row each over the samples; the widest group has 64.
  var maxima = InlineArray<64, Float>(repeating: 0)
  var sums = InlineArray<64, Float>(repeating: 0)
  var weights = InlineArray<64, Float>(repeating: 0)
  var products = InlineArray<64, Float>(repeating: 0)
  let end = I.padded(samples)
  var first = 0
  while first < samples {
    let width = min(I.panelWidth, end &- first)
    let count = min(width, samples &- first)
    let group = gradient + first &* classes
    let t = targets + first &* targetStride
    gatherRows(
      count: count, width: width, outputs: classes, rows: logits + first &* logitsStride,
      stride: logitsStride, into: group)
    var i = 0
    while i < width {
      maxima[unchecked: i] = group[i]
      sums[unchecked: i] = 0
      weights[unchecked: i] = 0
      products[unchecked: i] = 0
      i &+= 1
    }
    var n = 1
    while n < classes {
      let row = group + n &* width
      i = 0
      while i < width {
        let z = row[i]
        maxima[unchecked: i] = maxima[unchecked: i] > z ? maxima[unchecked: i] : z
        i &+= 1
      }
      n &+= 1
    }
    // Σ q and Σ q (z − max z); what has no weight adds nothing, however far below it lies.
    n = 0
    while n < classes {
      let row = group + n &* width
      i = 0
      while i < count {
        let q = I.multiplyAdd(spread, kept, t[i &* targetStride &+ n])
        let d = row[i] - maxima[unchecked: i]
        weights[unchecked: i] += q
        let product = I.multiplyAdd(products[unchecked: i], q, d)
        products[unchecked: i] = q == 0 ? products[unchecked: i] : product
        i &+= 1
      }
      n &+= 1
    }
    n = 0
    while n < classes {
      let row = group + n &* width
      i = 0
      while i < width {
        let e = exponential(I.self, row[i] - maxima[unchecked: i])
        row[i] = e
        sums[unchecked: i] += e
        i &+= 1
      }
      n &+= 1
    }
    n = 0
    while n < classes {
      let row = group + n &* width
      i = 0
      while i < width {
        row[i] = row[i] / sums[unchecked: i] * weights[unchecked: i]
        i &+= 1
      }
      i = 0
      while i < count {
        row[i] -= I.multiplyAdd(spread, kept, t[i &* targetStride &+ n])
        i &+= 1
      }
      n &+= 1
    }
    // −Σ q (d − log Σ e) = Σ q · log Σ e − Σ q d.
    i = 0
    while i < width {
      sums[unchecked: i] = logarithm(I.self, sums[unchecked: i])
      i &+= 1
    }
    i = 0
    while i < count {
      losses[first &+ i] = I.multiplyAdd(
        -products[unchecked: i], weights[unchecked: i], sums[unchecked: i])
      i &+= 1
    }
    first &+= width
  }
}

/// See ``LossKernels/binaryCrossEntropy``.
///
/// With e = exp(−|z|) ≤ 1, nothing overflows and nothing large is subtracted:
/// the loss of an output is max(z, 0) − z t + log(1 + e), and σ(z) is 1 / (1 + e) for z ≥ 0 and
/// e / (1 + e) below. The logarithm gets the rounding error of 1 + e back, so that the loss of a
/// confident output is right in all its digits.
@_alwaysEmitIntoClient @inline(__always)
public func binaryCrossEntropy<I: InstructionSet>(
  _: I.Type, samples: Int, outputs: Int, logits: UnsafePointer<Float>, logitsStride: Int,
  targets: UnsafePointer<Float>, targetStride: Int,
  losses: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  let scale = 1 / Float(outputs)
  var sums = InlineArray<64, Float>(repeating: 0)
  let end = I.padded(samples)
  var first = 0
  while first < samples {
    let width = min(I.panelWidth, end &- first)
    let count = min(width, samples &- first)
    let group = gradient + first &* outputs
    let t = targets + first &* targetStride
    gatherRows(
      count: count, width: width, outputs: outputs, rows: logits + first &* logitsStride,
      stride: logitsStride, into: group)
    var i = 0
    while i < width {
      sums[unchecked: i] = 0
      i &+= 1
    }
    var n = 0
    while n < outputs {
      let row = group + n &* width
      i = 0
      while i < count {
        let z = row[i]
        let target = t[i &* targetStride &+ n]
        let magnitude = Float(bitPattern: z.bitPattern & 0x7FFF_FFFF)
        let e = exponential(I.self, -magnitude)
        let u = 1 + e
        let logarithm = logarithm(I.self, u) + (e - (u - 1)) / u
        let positive = z > 0 ? z : 0
        sums[unchecked: i] += I.multiplyAdd(positive, -z, target) + logarithm
        let sigmoid = (z < 0 ? e : 1) / u
        row[i] = (sigmoid - target) * scale
        i &+= 1
      }
      n &+= 1
    }
    i = 0
    while i < count {
      losses[first &+ i] = sums[unchecked: i] * scale
      i &+= 1
    }
    first &+= width
  }
}

/// See ``LossKernels/squaredError``.
@_alwaysEmitIntoClient @inline(__always)
public func squaredError<I: InstructionSet>(
  _: I.Type, samples: Int, outputs: Int, y: UnsafePointer<Float>, stride: Int,
  targets: UnsafePointer<Float>, targetStride: Int, scale: Float,
  losses: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  let slope = 2 * scale
  var sums = InlineArray<64, Float>(repeating: 0)
  let end = I.padded(samples)
  var first = 0
  while first < samples {
    let width = min(I.panelWidth, end &- first)
    let count = min(width, samples &- first)
    let group = gradient + first &* outputs
    gatherDifferences(
      count: count, width: width, outputs: outputs, rows: y + first &* stride, stride: stride,
      subtracted: targets + first &* targetStride, subtractedStride: targetStride, into: group)
    var i = 0
    while i < width {
      sums[unchecked: i] = 0
      i &+= 1
    }
    var n = 0
    while n < outputs {
      let row = group + n &* width
      i = 0
      while i < width {
        let d = row[i]
        sums[unchecked: i] = I.multiplyAdd(sums[unchecked: i], d, d)
        row[i] = slope * d
        i &+= 1
      }
      n &+= 1
    }
    i = 0
    while i < count {
      losses[first &+ i] = scale * sums[unchecked: i]
      i &+= 1
    }
    first &+= width
  }
}

/// See ``LossKernels/absoluteError``.
@_alwaysEmitIntoClient @inline(__always)
public func absoluteError<I: InstructionSet>(
  _: I.Type, samples: Int, outputs: Int, y: UnsafePointer<Float>, stride: Int,
  targets: UnsafePointer<Float>, targetStride: Int, scale: Float,
  losses: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  var sums = InlineArray<64, Float>(repeating: 0)
  let end = I.padded(samples)
  var first = 0
  while first < samples {
    let width = min(I.panelWidth, end &- first)
    let count = min(width, samples &- first)
    let group = gradient + first &* outputs
    gatherDifferences(
      count: count, width: width, outputs: outputs, rows: y + first &* stride, stride: stride,
      subtracted: targets + first &* targetStride, subtractedStride: targetStride, into: group)
    var i = 0
    while i < width {
      sums[unchecked: i] = 0
      i &+= 1
    }
    var n = 0
    while n < outputs {
      let row = group + n &* width
      i = 0
      while i < width {
        let d = row[i]
        sums[unchecked: i] += Float(bitPattern: d.bitPattern & 0x7FFF_FFFF)
        // Not-a-number stays what it is, so that a diverged run shows it.
        let notAbove = d < 0 ? -scale : d * 0
        row[i] = d > 0 ? scale : notAbove
        i &+= 1
      }
      n &+= 1
    }
    i = 0
    while i < count {
      losses[first &+ i] = scale * sums[unchecked: i]
      i &+= 1
    }
    first &+= width
  }
}

// MARK: Rows to groups

/// Copies `count` rows of `outputs` floats into a group's output-by-output order; lanes without a
/// sample get zeros.
@_alwaysEmitIntoClient @inline(__always)
func gatherRows(
  count: Int, width: Int, outputs: Int, rows: UnsafePointer<Float>, stride: Int,
  into group: UnsafeMutablePointer<Float>
) {
  var n = 0
  while n < outputs {
    var i = 0
    while i < width {
      let columns = count &- i
      let source = rows + (i &* stride &+ n)
      let zero = SIMD4<Float>.zero
      let a = columns > 0 ? load4(source) : zero
      let b = columns > 1 ? load4(source + stride) : zero
      let c = columns > 2 ? load4(source + 2 &* stride) : zero
      let d = columns > 3 ? load4(source + 3 &* stride) : zero
      storeTransposed(
        a, b, c, d, to: group + (n &* width &+ i), width: width, outputs: outputs &- n)
      i &+= 4
    }
    n &+= 4
  }
}

/// As ``gatherRows``, of the differences of two matrices.
@_alwaysEmitIntoClient @inline(__always)
func gatherDifferences(
  count: Int, width: Int, outputs: Int, rows: UnsafePointer<Float>, stride: Int,
  subtracted: UnsafePointer<Float>, subtractedStride: Int,
  into group: UnsafeMutablePointer<Float>
) {
  var n = 0
  while n < outputs {
    var i = 0
    while i < width {
      let columns = count &- i
      let y = rows + (i &* stride &+ n)
      let t = subtracted + (i &* subtractedStride &+ n)
      let zero = SIMD4<Float>.zero
      let a = columns > 0 ? load4(y) - load4(t) : zero
      let b = columns > 1 ? load4(y + stride) - load4(t + subtractedStride) : zero
      let c = columns > 2 ? load4(y + 2 &* stride) - load4(t + 2 &* subtractedStride) : zero
      let d = columns > 3 ? load4(y + 3 &* stride) - load4(t + 3 &* subtractedStride) : zero
      storeTransposed(
        a, b, c, d, to: group + (n &* width &+ i), width: width, outputs: outputs &- n)
      i &+= 4
    }
    n &+= 4
  }
}

/// Stores four samples of up to four outputs output by output.
@_alwaysEmitIntoClient @inline(__always)
func storeTransposed(
  _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>,
  to target: UnsafeMutablePointer<Float>, width: Int, outputs: Int
) {
  let t = transposed(a, b, c, d)
  store4(t.0, to: target)
  if outputs > 1 { store4(t.1, to: target + width) }
  if outputs > 2 { store4(t.2, to: target + 2 &* width) }
  if outputs > 3 { store4(t.3, to: target + 3 &* width) }
}
