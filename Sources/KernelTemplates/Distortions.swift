// Distorting images: random numbers for displacement fields, and images sampled at displaced
// places. Everything is elementwise, in one written order and without multiply-adds, so every
// instruction set gives the same bits; see `DistortionKernels` for the arguments.

/// See ``DistortionKernels/noise``.
///
/// Eight blocks of Philox4x32-10 side by side: the low halves of eight 64-bit integers hold one
/// word of each, because that is what vectors multiply to 64 bits.
@_alwaysEmitIntoClient @inline(__always)
public func distortionNoise<I: InstructionSet>(
  _: I.Type, groups: Int, key: UInt64, coordinate: UInt64, purpose: UInt32, firstBlock: UInt32,
  halves: UnsafeMutablePointer<UInt16>, noise: UnsafeMutablePointer<Float>
) {
  let low = SIMD8<UInt64>(repeating: 0xFFFF_FFFF)
  let high = SIMD8<UInt64>(repeating: 32)
  let multiplier0 = SIMD8<UInt64>(repeating: 0xD251_1F53)
  let multiplier1 = SIMD8<UInt64>(repeating: 0xCD9E_8D57)
  var blocks = SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7) &+ SIMD8(repeating: UInt64(firstBlock))
  var group = 0
  while group < groups {
    var c0 = blocks & low
    var c1 = SIMD8<UInt64>(repeating: coordinate & 0xFFFF_FFFF)
    var c2 = SIMD8<UInt64>(repeating: coordinate &>> 32)
    var c3 = SIMD8<UInt64>(repeating: UInt64(purpose))
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key &>> 32)
    var round = 0
    while round < 10 {
      let p0 = (c0 & low) &* multiplier0
      let p1 = (c2 & low) &* multiplier1
      c0 = (p1 &>> high) ^ c1 ^ SIMD8(repeating: UInt64(k0))
      c1 = p1 & low
      c2 = (p0 &>> high) ^ c3 ^ SIMD8(repeating: UInt64(k1))
      c3 = p0 & low
      k0 = k0 &+ 0x9E37_79B9
      k1 = k1 &+ 0xBB67_AE85
      round &+= 1
    }
    let target = UnsafeMutableRawPointer(halves + group &* 64)
    target.storeBytes(of: c0 | (c1 &<< high), as: SIMD8<UInt64>.self)
    target.storeBytes(of: c2 | (c3 &<< high), toByteOffset: 64, as: SIMD8<UInt64>.self)
    blocks = blocks &+ SIMD8(repeating: 8)
    group &+= 1
  }
  var i = 0
  while i < groups &* 64 {
    noise[i] = Float(Int32(halves[i]) &* 2 &- 65535)
    i &+= 1
  }
}

/// See ``DistortionKernels/resample``.
///
/// Three passes, because a vector cannot load from many places: where each pixel comes from, the
/// loads one by one, and the blend.
@_alwaysEmitIntoClient @inline(__always)
public func resample<I: InstructionSet>(
  _: I.Type, height: Int, width: Int, stride: Int, map: AffineMap,
  displacementX: UnsafePointer<Float>, displacementY: UnsafePointer<Float>,
  columns: UnsafePointer<Float>, image: UnsafePointer<UInt8>, scratch: ResamplingScratch,
  pixels: UnsafeMutablePointer<UInt8>
) {
  let imageStride = width &+ 2 &* ResamplingScratch.border
  var row = 0
  while row < height {
    sourceCoordinates(
      count: stride, slope: map.xx, start: map.xy * Float(row) + map.x, limit: Float(width),
      columns: columns, displacements: displacementX + row &* stride,
      places: scratch.places + row &* stride, fractions: scratch.fractionsX + row &* stride)
    sourceRows(
      count: stride, slope: map.yx, start: map.yy * Float(row) + map.y, limit: Float(height),
      imageStride: Int32(truncatingIfNeeded: imageStride), columns: columns,
      displacements: displacementY + row &* stride, places: scratch.places + row &* stride,
      fractions: scratch.fractionsY + row &* stride)
    row &+= 1
  }
  let count = height &* stride
  var i = 0
  while i < count {
    let upper = UnsafeRawPointer(image + Int(scratch.places[i]))
    let lower = upper + imageStride
    scratch.neighbors[i] =
      UInt32(UInt16(littleEndian: upper.loadUnaligned(as: UInt16.self)))
      | UInt32(UInt16(littleEndian: lower.loadUnaligned(as: UInt16.self))) &<< 16
    i &+= 1
  }
  blend(
    count: count, neighbors: scratch.neighbors, fractionsX: scratch.fractionsX,
    fractionsY: scratch.fractionsY, blended: scratch.blended)
  row = 0
  while row < height {
    let from = scratch.blended + row &* stride
    let to = pixels + row &* width
    var column = 0
    while column < width {
      to[column] = from[column]
      column &+= 1
    }
    row &+= 1
  }
}

/// The largest integer not above each coordinate, or the one before where the coordinate is that
/// integer, and what is left. Coordinates past the image are moved to its border of zeros.
@_alwaysEmitIntoClient @inline(__always)
func sourceCoordinates(
  count: Int, slope: Float, start: Float, limit: Float, columns: UnsafePointer<Float>,
  displacements: UnsafePointer<Float>, places: UnsafeMutablePointer<Int32>,
  fractions: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i < count {
    var x = slope * columns[i] + start + displacements[i]
    x = x < -1 ? -1 : x
    x = x > limit ? limit : x
    // Adding 1.5 · 2²³ leaves the nearest integer in the low bits of the sum.
    let shifted = (x - 0.5) + 12_582_912
    fractions[i] = x - (shifted - 12_582_912)
    places[i] = Int32(bitPattern: shifted.bitPattern) &- 0x4B40_0000
    i &+= 1
  }
}

/// The same of the rows; the integers become places in the image.
@_alwaysEmitIntoClient @inline(__always)
func sourceRows(
  count: Int, slope: Float, start: Float, limit: Float, imageStride: Int32,
  columns: UnsafePointer<Float>, displacements: UnsafePointer<Float>,
  places: UnsafeMutablePointer<Int32>, fractions: UnsafeMutablePointer<Float>
) {
  let border = Int32(truncatingIfNeeded: ResamplingScratch.border)
  let origin = border &* imageStride &+ border
  var i = 0
  while i < count {
    var y = slope * columns[i] + start + displacements[i]
    y = y < -1 ? -1 : y
    y = y > limit ? limit : y
    let shifted = (y - 0.5) + 12_582_912
    fractions[i] = y - (shifted - 12_582_912)
    let row = Int32(bitPattern: shifted.bitPattern) &- 0x4B40_0000
    places[i] = places[i] &+ (row &* imageStride &+ origin)
    i &+= 1
  }
}

/// Bilinear interpolation between four pixels, rounded to the nearest value.
@_alwaysEmitIntoClient @inline(__always)
func blend(
  count: Int, neighbors: UnsafePointer<UInt32>, fractionsX: UnsafePointer<Float>,
  fractionsY: UnsafePointer<Float>, blended: UnsafeMutablePointer<UInt8>
) {
  var i = 0
  while i < count {
    let word = neighbors[i]
    let upperLeft = Float(Int32(bitPattern: word & 0xFF))
    let upperRight = Float(Int32(bitPattern: (word &>> 8) & 0xFF))
    let lowerLeft = Float(Int32(bitPattern: (word &>> 16) & 0xFF))
    let lowerRight = Float(Int32(bitPattern: word &>> 24))
    let x = fractionsX[i]
    let upper = upperLeft + x * (upperRight - upperLeft)
    let lower = lowerLeft + x * (lowerRight - lowerLeft)
    let value = upper + fractionsY[i] * (lower - upper)
    blended[i] = UInt8(truncatingIfNeeded: (value + 12_582_912).bitPattern)
    i &+= 1
  }
}
