/// See ``LossKernels/softmaxCrossEntropy``.
///
/// Vectors run across the samples of a group, so maxima and sums over classes are chains in the
/// order of the classes, for every vector width.
@_alwaysEmitIntoClient @inline(__always)
public func softmaxCrossEntropy<I: InstructionSet>(
  _: I.Type, samples: Int, classes: Int, logits: UnsafePointer<Float>, logitsStride: Int,
  labels: UnsafePointer<UInt8>, losses: UnsafeMutablePointer<Float>,
  delta: UnsafeMutablePointer<Float>
) {
  // One row each of maxima and sums over the classes; the widest group has 64 samples.
  var maxima = InlineArray<64, Float>(repeating: 0)
  var sums = InlineArray<64, Float>(repeating: 0)
  let end = I.padded(samples)
  var first = 0
  while first < samples {
    let width = min(I.panelWidth, end &- first)
    let count = min(width, samples &- first)
    let group = delta + first &* classes
    gatherLogits(
      count: count, width: width, classes: classes,
      logits: logits + first &* logitsStride, stride: logitsStride, into: group)
    var i = 0
    while i < width {
      maxima[unchecked: i] = group[i]
      sums[unchecked: i] = 0
      i &+= 1
    }
    var n = 1
    while n < classes {
      let row = group + n &* width
      i = 0
      while i < width {
        let z = row[i]
        // Not-a-number in z wins, so that a diverged run shows it.
        maxima[unchecked: i] = maxima[unchecked: i] > z ? maxima[unchecked: i] : z
        i &+= 1
      }
      n &+= 1
    }
    i = 0
    while i < count {
      let label = Int(labels[first &+ i])
      losses[first &+ i] = maxima[unchecked: i] - group[label &* width &+ i]
      i &+= 1
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
        row[i] /= sums[unchecked: i]
        i &+= 1
      }
      n &+= 1
    }
    i = 0
    while i < width {
      sums[unchecked: i] = logarithm(I.self, sums[unchecked: i])
      i &+= 1
    }
    i = 0
    while i < count {
      losses[first &+ i] += sums[unchecked: i]
      group[Int(labels[first &+ i]) &* width &+ i] -= 1
      i &+= 1
    }
    first &+= width
  }
}

/// Copies the logits of `count` samples into a group's class-by-class order; lanes without a
/// sample get zeros.
@_alwaysEmitIntoClient @inline(__always)
func gatherLogits(
  count: Int, width: Int, classes: Int, logits: UnsafePointer<Float>, stride: Int,
  into group: UnsafeMutablePointer<Float>
) {
  var n = 0
  while n < classes {
    let row = group + n &* width
    var i = 0
    while i < count {
      row[i] = logits[i &* stride &+ n]
      i &+= 1
    }
    while i < width {
      row[i] = 0
      i &+= 1
    }
    n &+= 1
  }
}

/// See ``LossKernels/softmax``.
@_alwaysEmitIntoClient @inline(__always)
public func softmax<I: InstructionSet>(
  _: I.Type, samples: Int, classes: Int, logits: UnsafePointer<Float>, logitsStride: Int,
  probabilities: UnsafeMutablePointer<Float>
) {
  var m = 0
  while m < samples {
    let z = logits + m &* logitsStride
    let y = probabilities + m &* classes
    var maximum = z[0]
    var n = 1
    while n < classes {
      maximum = maximum > z[n] ? maximum : z[n]
      n &+= 1
    }
    n = 0
    while n < classes {
      y[n] = exponential(I.self, z[n] - maximum)
      n &+= 1
    }
    var sum: Float = 0
    n = 0
    while n < classes {
      sum += y[n]
      n &+= 1
    }
    n = 0
    while n < classes {
      y[n] /= sum
      n &+= 1
    }
    m &+= 1
  }
}
