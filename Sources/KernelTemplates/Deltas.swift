/// See ``KernelTable/scatterDeltas``.
///
/// Blocks of 4 × 4 are transposed in registers; on every instruction set alike, because a panel's
/// width is always a multiple of four.
@_alwaysEmitIntoClient @inline(__always)
public func scatterDeltas<I: InstructionSet>(
  _: I.Type, samples: Int, features: Int, gradient: UnsafeMutablePointer<Float>,
  activations: UnsafePointer<Float>?, activationStride: Int, panels: UnsafeMutablePointer<Float>,
  panelStride: Int, returnsMasked: Bool
) {
  let width = I.panelWidth
  let paddedFeatures = (features &+ width &- 1) / width &* width
  var first = 0
  while first < samples {
    let count = min(width, samples &- first)
    let group = gradient + first &* features
    var j = 0
    while j < features {
      // Features j ..< j + 4 lie in one panel.
      let rows = min(4, features &- j)
      let offset: Int = (j / width) &* panelStride &+ first &* width &+ j % width
      let target = panels + offset
      var i = 0
      while i < count {
        let source = group + (j &* width &+ i)
        let columns = min(4, count &- i)
        // A row or column past the edge repeats the last one; what it gives is not stored, or
        // is overwritten by the zeros below.
        let r1 = min(1, rows &- 1)
        let r2 = min(2, rows &- 1)
        let r3 = min(3, rows &- 1)
        let t = transposed(
          load4(source), load4(source + r1 &* width), load4(source + r2 &* width),
          load4(source + r3 &* width))
        var block = InlineArray<4, SIMD4<Float>>(repeating: .zero)
        block[unchecked: 0] = t.0
        block[unchecked: 1] = t.1
        block[unchecked: 2] = t.2
        block[unchecked: 3] = t.3
        if let activations {
          let a = activations + ((first &+ i) &* activationStride &+ j)
          var c = 0
          while c < columns {
            block[unchecked: c] = block[unchecked: c].replacing(
              with: SIMD4<Float>.zero,
              where: load4(a + (c &* activationStride)) .<= SIMD4<Float>.zero)
            c &+= 1
          }
          if returnsMasked {
            let back = transposed(
              block[unchecked: 0], block[unchecked: 1], block[unchecked: 2], block[unchecked: 3])
            store4(back.0, to: source)
            if rows > 1 { store4(back.1, to: source + width) }
            if rows > 2 { store4(back.2, to: source + 2 &* width) }
            if rows > 3 { store4(back.3, to: source + 3 &* width) }
          }
        }
        var c = 0
        while c < columns {
          store4(block[unchecked: c], to: target + ((i &+ c) &* width))
          c &+= 1
        }
        i &+= 4
      }
      j &+= 4
    }
    // Elements of the last panel that belong to no feature.
    if features < paddedFeatures {
      let offset: Int = (features / width) &* panelStride &+ first &* width
      let last = panels + offset
      var i = 0
      while i < count {
        var j = features % width
        while j < width {
          last[i &* width &+ j] = 0
          j &+= 1
        }
        i &+= 1
      }
    }
    first &+= width
  }
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
