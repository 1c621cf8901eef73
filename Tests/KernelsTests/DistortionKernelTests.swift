import Kernels
import Randomness
import TestSupport
import Testing

/// The kernels that distort images, on every variant. They use no multiply-add, so the bits of all
/// are those of the definition, the baseline's included.
@Suite struct DistortionKernelTests {
  @Test(arguments: TableUnderTest.all, [1, 2, 25])
  func noiseIsThatOfPhilox(table: TableUnderTest, groups: Int) {
    let key: UInt64 = 0x0123_4567_89AB_CDEF
    let coordinate: UInt64 = 0xFFFF_FFF0_8000_0001
    for first: UInt32 in [8, .max - 3] {
      let halves = AlignedBuffer<UInt16>(count: groups * 64, repeating: 0xAAAA)
      let noise = FloatBuffer(count: groups * 64 + 1, repeating: .nan)
      withExtendedLifetime(halves) {
        table.kernels.distortion.noise(
          groups, key, coordinate, 6, first, halves.address, noise.address)
      }
      var differences = 0
      for group in 0..<groups {
        for block in 0..<8 {
          let words = Philox.block(
            counter: SIMD4(first &+ UInt32(group * 8 + block), 0x8000_0001, 0xFFFF_FFF0, 6),
            key: SIMD2(0x89AB_CDEF, 0x0123_4567))
          for word in 0..<4 {
            for half in 0..<2 {
              let value = Int(words[word] >> UInt32(16 * half) & 0xFFFF)
              let place = group * 64 + 32 * (word / 2) + 4 * block + 2 * (word % 2) + half
              if noise.address[place] != Float(2 * value - 65535) { differences += 1 }
            }
          }
        }
      }
      #expect(differences == 0)
      #expect(noise.address[groups * 64].isNaN)
    }
  }

  /// Sizes around the vectors', maps that leave the image on all sides, displacements.
  @Test(
    arguments: TableUnderTest.all, [(1, 1), (3, 5), (28, 28), (17, 33), (40, 9)] as [(Int, Int)])
  func resamplingIsBilinear(table: TableUnderTest, size: (Int, Int)) {
    let (height, width) = size
    for (number, map) in [
      AffineMap(), AffineMap(x: 0.5, y: -0.25), AffineMap(xx: 0, xy: -1, x: 5, yx: 1, yy: 0, y: 2),
      AffineMap(xx: 0.9, xy: 0.3, x: -3, yx: -0.2, yy: 1.1, y: 2.5),
      AffineMap(xx: 3, xy: -40, x: 900, yx: 1e6, yy: -1e6, y: 3),
    ].enumerated() {
      for strength: Float in [0, 3, 1e6] {
        let resampling = Resampling(
          height: height, width: width, strength: strength, seed: UInt64(number))
        let found = resampling.run(table.kernels, map)
        let expected = resampling.reference(map)
        #expect(zip(found, expected).filter { $0 != $1 }.count == 0)
      }
    }
  }
}

/// An image and displacements of it.
private struct Resampling {
  let height: Int
  let width: Int
  let image: [UInt8]
  /// Along x and along y.
  let displacements: [[Float]]

  init(height: Int, width: Int, strength: Float, seed: UInt64) {
    self.height = height
    self.width = width
    var random = RandomStream(seed: seed, purpose: .initialization)
    image = (0..<height * width).map { _ in
      let word = random.nextWord()
      // Often the extremes.
      return word % 4 == 0 ? 0 : word % 4 == 1 ? 255 : UInt8(word >> 24)
    }
    displacements = (0..<2).map { _ in
      (0..<height * width).map { _ in random.uniform(-strength, strength) }
    }
  }

  func run(_ kernels: KernelTable, _ map: AffineMap) -> [UInt8] {
    let stride = kernels.padded(width)
    let count = height * stride
    let columns = FloatBuffer(count: stride)
    for column in 0..<stride { columns.address[column] = Float(column) }
    // Nonsense in the columns past the image: what comes of it must not be seen.
    let fields = displacements.map { field in
      let buffer = FloatBuffer(count: count, repeating: 1e30)
      for place in field.indices {
        buffer.address[place / width * stride + place % width] = field[place]
      }
      return buffer
    }
    let border = ResamplingScratch.border
    let bordered = AlignedBuffer<UInt8>(
      count: (height + 2 * border) * (width + 2 * border), repeating: 0)
    for place in image.indices {
      bordered.address[
        (place / width + border) * (width + 2 * border) + place % width + border] = image[place]
    }
    let places = AlignedBuffer<Int32>(count: count, repeating: .max)
    let fractions = (0..<2).map { _ in FloatBuffer(count: count, repeating: .nan) }
    let neighbors = AlignedBuffer<UInt32>(count: count, repeating: .max)
    let blended = AlignedBuffer<UInt8>(count: count, repeating: 77)
    let pixels = AlignedBuffer<UInt8>(count: height * width + 1, repeating: 88)
    // The addresses of a buffer are good only as long as something holds on to it.
    withExtendedLifetime((fields, columns, bordered, places, fractions, neighbors, blended)) {
      kernels.distortion.resample(
        height, width, stride, map, fields[0].address, fields[1].address, columns.address,
        bordered.address,
        ResamplingScratch(
          places: places.address, fractionsX: fractions[0].address,
          fractionsY: fractions[1].address, neighbors: neighbors.address,
          blended: blended.address),
        pixels.address)
    }
    #expect(pixels.address[height * width] == 88)
    return withExtendedLifetime(pixels) { (0..<height * width).map { pixels.address[$0] } }
  }

  /// The definition, pixel by pixel, in the kernel's order of operations. Rounding down and, where
  /// that is the next pixel with all the weight, to the pixel before give the same value.
  func reference(_ map: AffineMap) -> [UInt8] {
    func pixel(_ row: Int, _ column: Int) -> Float {
      (0..<height).contains(row) && (0..<width).contains(column)
        ? Float(image[row * width + column]) : 0
    }
    return image.indices.map { place in
      let column = Float(place % width)
      let row = Float(place / width)
      let x = map.xx * column + (map.xy * row + map.x) + displacements[0][place]
      let y = map.yx * column + (map.yy * row + map.y) + displacements[1][place]
      let clampedX = min(max(x, -1), Float(width))
      let clampedY = min(max(y, -1), Float(height))
      let left = clampedX.rounded(.down)
      let top = clampedY.rounded(.down)
      let (i, j) = (Int(top), Int(left))
      let (fx, fy) = (clampedX - left, clampedY - top)
      let upper = pixel(i, j) + fx * (pixel(i, j + 1) - pixel(i, j))
      let lower = pixel(i + 1, j) + fx * (pixel(i + 1, j + 1) - pixel(i + 1, j))
      return UInt8((upper + fy * (lower - upper)).rounded(.toNearestOrEven))
    }
  }
}
