/// The kernels that distort images of 8-bit pixels. All variants give the same bits.
public struct DistortionKernels: Sendable {
  /// Random odd integers from −65535 to 65535 as floats, 64 of a group of eight blocks of
  /// Philox4x32-10: number 32 · (w / 2) + 4 b + 2 · (w mod 2) + h of a group is 2 u − 65535, where u
  /// is half h (0: the low one) of word w of the group's block b.
  ///
  /// Arguments: groups; key; words 1 and 2 of the counter; word 3; word 0 in the first block; room
  /// for 64 integers a group; the floats, 64 a group.
  public let noise:
    @Sendable (
      Int, UInt64, UInt64, UInt32, UInt32, UnsafeMutablePointer<UInt16>,
      UnsafeMutablePointer<Float>
    ) -> Void

  /// An image sampled at other places, with bilinear interpolation and zeros around it: the pixel
  /// in column x and row y becomes the image's value at `map(x, y) + displacement[y][x]`, rounded to
  /// the nearest, ties to the even.
  ///
  /// Arguments: height H; width W; row stride S of the displacements, at least W; the map;
  /// displacements along x and along y, H rows of S floats; S floats 0, 1, 2 …; the image, H rows of
  /// W pixels with a border of zeros (``ResamplingScratch/border``); room for
  /// intermediate results; H · W pixels.
  public let resample:
    @Sendable (
      Int, Int, Int, AffineMap, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>,
      UnsafePointer<UInt8>, ResamplingScratch, UnsafeMutablePointer<UInt8>
    ) -> Void

  @_alwaysEmitIntoClient @inline(__always)
  init<I: InstructionSet>(_: I.Type) {
    self.init(
      noise: {
        KernelTemplates.distortionNoise(
          I.self, groups: $0, key: $1, coordinate: $2, purpose: $3, firstBlock: $4, halves: $5,
          noise: $6)
      },
      resample: {
        KernelTemplates.resample(
          I.self, height: $0, width: $1, stride: $2, map: $3, displacementX: $4,
          displacementY: $5, columns: $6, image: $7, scratch: $8, pixels: $9)
      })
  }

  @usableFromInline
  init(
    noise:
      @escaping @Sendable (
        Int, UInt64, UInt64, UInt32, UInt32, UnsafeMutablePointer<UInt16>,
        UnsafeMutablePointer<Float>
      ) -> Void,
    resample:
      @escaping @Sendable (
        Int, Int, Int, AffineMap, UnsafePointer<Float>, UnsafePointer<Float>,
        UnsafePointer<Float>, UnsafePointer<UInt8>, ResamplingScratch, UnsafeMutablePointer<UInt8>
      ) -> Void
  ) {
    self.noise = noise
    self.resample = resample
  }
}

/// A map of the plane: (x, y) ↦ (xx · x + xy · y + x₀, yx · x + yy · y + y₀).
@frozen public struct AffineMap: Sendable, Equatable {
  /// The share of x in the new x.
  public var xx: Float
  /// The share of y in the new x.
  public var xy: Float
  /// x₀.
  public var x: Float
  /// The share of x in the new y.
  public var yx: Float
  /// The share of y in the new y.
  public var yy: Float
  /// y₀.
  public var y: Float

  /// The identity, unless told otherwise.
  @inlinable
  public init(
    xx: Float = 1, xy: Float = 0, x: Float = 0, yx: Float = 0, yy: Float = 1, y: Float = 0
  ) {
    self.xx = xx
    self.xy = xy
    self.x = x
    self.yx = yx
    self.yy = yy
    self.y = y
  }
}

/// Where ``DistortionKernels/resample`` keeps its intermediate results: as many elements each as
/// there are displacements along x.
@frozen public struct ResamplingScratch {
  /// For each pixel of the result, the place in the image of the upper left one of its neighbors.
  public let places: UnsafeMutablePointer<Int32>
  /// How far it lies from that neighbor towards the right one, 0 to 1.
  public let fractionsX: UnsafeMutablePointer<Float>
  /// How far it lies from that neighbor towards the lower one, 0 to 1.
  public let fractionsY: UnsafeMutablePointer<Float>
  /// The four neighbors, a byte each.
  public let neighbors: UnsafeMutablePointer<UInt32>
  /// The pixels of the result.
  public let blended: UnsafeMutablePointer<UInt8>

  /// Zeros on each side of an image: a place outside it lies between two of them.
  @_alwaysEmitIntoClient @inline(__always)
  public static var border: Int { 2 }

  /// Memory that belongs to whoever makes the scratch, for as many elements each.
  @inlinable
  public init(
    places: UnsafeMutablePointer<Int32>, fractionsX: UnsafeMutablePointer<Float>,
    fractionsY: UnsafeMutablePointer<Float>, neighbors: UnsafeMutablePointer<UInt32>,
    blended: UnsafeMutablePointer<UInt8>
  ) {
    self.places = places
    self.fractionsX = fractionsX
    self.fractionsY = fractionsY
    self.neighbors = neighbors
    self.blended = blended
  }
}
