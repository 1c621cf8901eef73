/// See ``KernelTable/scatterDeltas`` and ``ActivationKernels/scatterDeltas``, which multiplies.
///
/// Blocks of 4 × 4 are transposed in registers; on every instruction set alike, because a panel's
/// width is always a multiple of four.
@_alwaysEmitIntoClient @inline(__always)
public func scatterDeltas<I: InstructionSet>(
  _: I.Type, samples: Int, features: Int, gradient: UnsafeMutablePointer<Float>,
  activations: UnsafePointer<Float>?, activationStride: Int, panels: UnsafeMutablePointer<Float>,
  panelRows: Int, firstRow: Int, returnsMasked: Bool, multiplies: Bool
) {
  let samplesEnd = I.padded(samples)
  let featuresEnd = I.padded(features)
  var first = 0
  while first < samples {
    let groupWidth = min(I.panelWidth, samplesEnd &- first)
    let count = min(groupWidth, samples &- first)
    let group = gradient + first &* features
    var n = 0
    while n < features {
      let width = min(I.panelWidth, featuresEnd &- n)
      let offset: Int = n &* panelRows &+ (firstRow &+ first) &* width
      scatterPanel(
        count: count, features: min(width, features &- n), group: group + n &* groupWidth,
        groupWidth: groupWidth,
        activations: activations.map { $0 + (first &* activationStride &+ n) },
        activationStride: activationStride, panel: panels + offset, width: width,
        returnsMasked: returnsMasked, multiplies: multiplies)
      n &+= width
    }
    first &+= groupWidth
  }
}

/// The part of ``scatterDeltas`` in one group of samples and one panel of features.
@_alwaysEmitIntoClient @inline(__always)
func scatterPanel(
  count: Int, features: Int, group: UnsafeMutablePointer<Float>, groupWidth: Int,
  activations: UnsafePointer<Float>?, activationStride: Int,
  panel: UnsafeMutablePointer<Float>, width: Int, returnsMasked: Bool, multiplies: Bool
) {
  var j = 0
  while j < features {
    // A row past the edge repeats the last one; the zeros below overwrite what it gives.
    let rows = min(4, features &- j)
    let r1 = min(1, rows &- 1) &* groupWidth
    let r2 = min(2, rows &- 1) &* groupWidth
    let r3 = min(3, rows &- 1) &* groupWidth
    var i = 0
    while i < count {
      // Columns past the last sample have room in the group, but no row in the panel.
      let columns = min(4, count &- i)
      let source = group + (j &* groupWidth &+ i)
      var t = transposed(
        load4(source), load4(source + r1), load4(source + r2), load4(source + r3))
      if let activations {
        let a = activations + (i &* activationStride &+ j)
        t.0 = masked(t.0, by: a, multiplies: multiplies)
        if columns > 1 { t.1 = masked(t.1, by: a + activationStride, multiplies: multiplies) }
        if columns > 2 { t.2 = masked(t.2, by: a + 2 &* activationStride, multiplies: multiplies) }
        if columns > 3 { t.3 = masked(t.3, by: a + 3 &* activationStride, multiplies: multiplies) }
        if returnsMasked {
          let back = transposed(t.0, t.1, t.2, t.3)
          store4(back.0, to: source)
          if rows > 1 { store4(back.1, to: source + groupWidth) }
          if rows > 2 { store4(back.2, to: source + 2 &* groupWidth) }
          if rows > 3 { store4(back.3, to: source + 3 &* groupWidth) }
        }
      }
      let target = panel + (i &* width &+ j)
      store4(t.0, to: target)
      if columns > 1 { store4(t.1, to: target + width) }
      if columns > 2 { store4(t.2, to: target + 2 &* width) }
      if columns > 3 { store4(t.3, to: target + 3 &* width) }
      i &+= 4
    }
    j &+= 4
  }
  // Places that belong to no feature.
  if features < width {
    var i = 0
    while i < count {
      var j = features
      while j < width {
        panel[i &* width &+ j] = 0
        j &+= 1
      }
      i &+= 1
    }
  }
}

/// The derivative of the activation times `delta`: the derivatives in memory, or those of ReLU, 0
/// where the activation is not above 0.
@_alwaysEmitIntoClient @inline(__always)
func masked(
  _ delta: SIMD4<Float>, by activations: UnsafePointer<Float>, multiplies: Bool
) -> SIMD4<Float> {
  multiplies
    ? delta * load4(activations)
    : delta.replacing(with: SIMD4<Float>.zero, where: load4(activations) .<= SIMD4<Float>.zero)
}

@_alwaysEmitIntoClient @inline(__always)
func load4(_ address: UnsafePointer<Float>) -> SIMD4<Float> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD4<Float>.self)
}

@_alwaysEmitIntoClient @inline(__always)
func load4(_ address: UnsafeMutablePointer<Float>) -> SIMD4<Float> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD4<Float>.self)
}

@_alwaysEmitIntoClient @inline(__always)
func store4(_ vector: SIMD4<Float>, to address: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(address).storeBytes(of: vector, as: SIMD4<Float>.self)
}

@_alwaysEmitIntoClient @inline(__always)
func transposed(
  _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>
) -> (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>) {
  (
    SIMD4(a[0], b[0], c[0], d[0]), SIMD4(a[1], b[1], c[1], d[1]),
    SIMD4(a[2], b[2], c[2], d[2]), SIMD4(a[3], b[3], c[3], d[3])
  )
}
