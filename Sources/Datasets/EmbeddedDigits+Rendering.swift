import Randomness

/// Draws one digit at a time into its own scratch memory.
///
/// A digit is a stroke model whose control points are jittered, joined by cubic Hermite splines
/// with tangents after Catmull and Rom, flattened to short segments, bent by a smooth random
/// field, leaned, turned, scaled to about 20 pixels, centred by its mass, and inked by its
/// distance to the pen's path.
///
/// The images are a contract: the same bytes on every machine. So everything here is made of the
/// operations that IEEE 754 rounds correctly (+ − × ÷ √) on single floats, in a written order,
/// without fused multiply-adds and without the C library's functions.
struct DigitRenderer {
  /// Segments into which the curve between two control points is cut.
  private static let segmentsPerSpan = 5
  private static let side = EmbeddedDigits.side
  private static let vectorsPerRow = side / 4

  private let table: StrokeTable
  /// The image drawn last: 28 × 28 pixels, row by row.
  private(set) var pixels: [UInt8]

  /// Jittered control points, and the pen's width there relative to the sample's.
  private var control: [SIMD2<Float>]
  private var pressure: [Float]
  /// The flattened path, its relative width, and whether the pen was put down at the point (no
  /// segment leads to it).
  private var path: [SIMD2<Float>] = []
  private var widths: [Float] = []
  private var starts: [Bool] = []
  /// For each pixel the squared distance to the path in units of the squared pen radius there.
  private var plane: [SIMD4<Float>]

  init(table: StrokeTable) {
    self.table = table
    pixels = Array(repeating: 0, count: Self.side * Self.side)
    control = Array(repeating: .zero, count: table.maximumPointCount)
    pressure = Array(repeating: 0, count: table.maximumPointCount)
    plane = Array(repeating: .zero, count: Self.side * Self.vectorsPerRow)
    let capacity = table.maximumPointCount * Self.segmentsPerSpan + 1
    path.reserveCapacity(capacity)
    widths.reserveCapacity(capacity)
    starts.reserveCapacity(capacity)
  }

  /// Draws the sample of a random stream into ``pixels`` and returns its label.
  ///
  /// The ranges below were set by eye, contact sheet against contact sheet, and by the figures in
  /// the documentation of ``EmbeddedDigits``. The shift decides most about a linear classifier,
  /// the sloppiness most about a network with a hidden layer.
  mutating func draw(_ stream: RandomStream) -> UInt8 {
    var random = stream
    let digit = Int(random.uniform(below: 10))
    let writer = Int(random.uniform(below: UInt32(StrokeTable.writers)))
    let range = table.ranges[table.modelOfWriter[StrokeTable.writers * digit + writer]]
    // Most samples are neat and a few are not: a squared normal number has that long tail.
    let haste = random.gaussian()
    let sloppiness = 0.64 + 0.25 * haste * haste
    jitter(range, by: 0.022 * sloppiness, &random)
    flatten(range, tension: random.uniform(0.85, 1.15))
    bend(by: 0.056 * (0.6 + 0.4 * sloppiness), &random)
    lean(digit: digit, &random)
    let radius = max(0.7, 1.22 + 0.36 * random.gaussian())
    fit(size: 18.9 + 0.7 * random.gaussian(), radius: radius, &random)
    if random.uniform() < 0.015 { addSpeck(&random) }
    let softness = random.uniform(0.6, 1)
    Self.measure(path, widths, starts, radius: radius, reach: radius + softness, into: &plane)
    ink(radius: radius, softness: softness, &random)
    return UInt8(digit)
  }

  /// Copies a model's control points, moved by a normal error of the given standard deviation
  /// (in heights of the model) in x and y; where the pen is put down, by half as much again.
  private mutating func jitter(
    _ range: Range<Int>, by deviation: Float, _ random: inout RandomStream
  ) {
    for (position, source) in range.enumerated() {
      let scale = table.pens[source] == .down ? 1.5 * deviation : deviation
      let error = random.gaussianPair()
      control[position] = table.points[source] + error * scale
      pressure[position] = max(0.6, 1 + 0.12 * random.gaussian())
    }
  }

  /// Cuts the model's splines into segments.
  ///
  /// The tension is the length of the tangents relative to Catmull and Rom's: less makes the
  /// hand angular, more makes it round. A spline runs from a pen-down or a corner to the
  /// next corner or the end of the stroke.
  private mutating func flatten(_ range: Range<Int>, tension: Float) {
    path.removeAll(keepingCapacity: true)
    widths.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    let count = range.count
    var first = 0
    while first < count {
      let pen = table.pens[range.lowerBound + first]
      if pen == .down { append(control[first], width: pressure[first], start: true) }
      var last = first + 1
      while last < count, table.pens[range.lowerBound + last] == .smooth { last += 1 }
      let endsInCorner = last < count && table.pens[range.lowerBound + last] == .corner
      flattenSpline(first, endsInCorner ? last : last - 1, tension: tension)
      first = last
    }
  }

  /// Cuts one spline through the control points `first ... last`; its first point is on the path
  /// already.
  ///
  /// The tangent at an inner point is the chord between its neighbours, in proportion to the
  /// length of the span it is used for, so that unevenly spaced points make no loops.
  private mutating func flattenSpline(_ first: Int, _ last: Int, tension: Float) {
    var point = first
    while point < last {
      let from = control[point]
      let to = control[point + 1]
      let chord = to - from
      let length = chord.norm
      var leave = chord
      if point > first {
        let before = from - control[point - 1]
        leave = (before + chord) * (tension * length / (before.norm + length + 1e-6))
      }
      var arrive = chord
      if point + 1 < last {
        let after = control[point + 2] - to
        arrive = (chord + after) * (tension * length / (length + after.norm + 1e-6))
      }
      // An end without neighbour takes the tangent that makes the span a parabola.
      if point == first { leave = 1.5 * chord - 0.5 * arrive }
      if point + 1 == last { arrive = 1.5 * chord - 0.5 * leave }
      for step in 1...Self.segmentsPerSpan {
        let t = Float(step) / Float(Self.segmentsPerSpan)
        let s = 1 - t
        let start = from * (s * s * (1 + 2 * t)) + leave * (s * s * t)
        let end = to * (t * t * (3 - 2 * t)) - arrive * (t * t * s)
        let width = pressure[point] * s + pressure[point + 1] * t
        append(start + end, width: width, start: false)
      }
      point += 1
    }
  }

  private mutating func append(_ point: SIMD2<Float>, width: Float, start: Bool) {
    path.append(point)
    widths.append(width)
    starts.append(start)
  }

  /// Bends the path by a smooth field: with u, v the position in [−1, 1], the displacements in x
  /// and y are combinations of u v, u², v², u² v, u v² and v − v³ with normal coefficients of the
  /// given standard deviation (in heights of the model; 1.4 times that for the last term).
  private mutating func bend(by deviation: Float, _ random: inout RandomStream) {
    let uv = random.gaussianPair() * deviation
    let uu = random.gaussianPair() * deviation
    let vv = random.gaussianPair() * deviation
    let uuv = random.gaussianPair() * deviation
    let uvv = random.gaussianPair() * deviation
    let vvv = random.gaussianPair() * (1.4 * deviation)
    for index in path.indices {
      let point = path[index]
      let u = 2 * point.x - 1
      let v = 2 * point.y - 1
      let low = uv * (u * v) + uu * (u * u) + vv * (v * v)
      let high = uuv * (u * u * v) + uvv * (u * v * v) + vvv * (v - v * v * v)
      path[index] = point + (low + high)
    }
  }

  /// Stretches, slants and turns the path.
  ///
  /// The rotation by an angle a is (1 − t²) / (1 + t²) = cos a and 2 t / (1 + t²) = sin a with
  /// t = tan (a / 2), which needs no trigonometric function.
  private mutating func lean(digit: Int, _ random: inout RandomStream) {
    let aspect = max(0.6, 1.03 + 0.19 * random.gaussian())
    // A 1 leans more than other digits: nothing but its stem tells where it is upright.
    let slant = 0.16 + (digit == 1 ? 0.3 : 0.26) * random.gaussian()
    let t = 0.06 * random.gaussian()
    let cosine = (1 - t * t) / (1 + t * t)
    let sine = 2 * t / (1 + t * t)
    for index in path.indices {
      let x = aspect * (path[index].x - 0.5) + slant * (0.5 - path[index].y)
      let y = path[index].y - 0.5
      path[index] = SIMD2(cosine * x - sine * y, sine * x + cosine * y)
    }
  }

  /// Scales the path so that the longer side of the ink is `size` pixels (without its soft edge),
  /// and puts its centre of mass within one pixel or so of the middle of the image.
  private mutating func fit(size: Float, radius: Float, _ random: inout RandomStream) {
    var lowest = path[0]
    var highest = path[0]
    var mass: Float = 1e-6
    var moment = SIMD2<Float>.zero
    for index in path.indices {
      let point = path[index]
      lowest = SIMD2(min(lowest.x, point.x), min(lowest.y, point.y))
      highest = SIMD2(max(highest.x, point.x), max(highest.y, point.y))
      if !starts[index] {
        let weight = (point - path[index - 1]).norm * widths[index]
        mass += weight
        moment += (point + path[index - 1]) * (0.5 * weight)
      }
    }
    let extent = max(highest.x - lowest.x, highest.y - lowest.y, 0.1)
    let scale = (size - 2 * radius) / extent
    let shift = SIMD2(random.uniform(-1.1, 1.1), random.uniform(-1.1, 1.1))
    let middle = SIMD2<Float>(14, 14) + shift
    let centre = moment * (1 / mass)
    for index in path.indices {
      path[index] = middle + (path[index] - centre) * scale
    }
  }

  /// Adds a speck of dirt somewhere on the image.
  private mutating func addSpeck(_ random: inout RandomStream) {
    let place = SIMD2(random.uniform(3, 25), random.uniform(3, 25))
    let width = random.uniform(0.25, 0.5)
    append(place, width: width, start: true)
    append(place + SIMD2(random.uniform(-1, 1), random.uniform(-1, 1)), width: width, start: false)
  }

  /// Measures the distance of all pixels within `reach` of the path, as the smallest over all
  /// segments of d² / (radius · width)², with d the distance to the segment in pixels.
  /// - Parameters:
  ///   - radius: The pen's radius in pixels.
  ///   - reach: The distance from the path at which the ink of a pen of this radius ends.
  private static func measure(
    _ path: [SIMD2<Float>], _ widths: [Float], _ starts: [Bool], radius: Float, reach: Float,
    into plane: inout [SIMD4<Float>]
  ) {
    var plane = plane.mutableSpan
    for index in plane.indices { plane[index] = SIMD4(repeating: 1e9) }
    // Four pixels of a row at a time; a vector of floats needs no conversion in the loop.
    let lanes = SIMD4<Float>(0, 1, 2, 3)
    let side = Float(side)
    for index in path.indices where !starts[index] {
      let a = path[index - 1]
      let b = path[index]
      let margin = widths[index] * reach
      let left = min(a.x, b.x) - margin
      let right = max(a.x, b.x) + margin
      let top = min(a.y, b.y) - margin
      let bottom = max(a.y, b.y) + margin
      if right < 0 || bottom < 0 || left >= side || top >= side { continue }
      let firstColumn = Int(max(left, 0)) / 4
      let lastColumn = Int(min(right, side - 1)) / 4
      let firstRow = Int(max(top, 0))
      let lastRow = Int(min(bottom, side - 1))
      let along = b - a
      let inverseLength = 1 / (along.x * along.x + along.y * along.y + 1e-6)
      let perRadius = 1 / (widths[index] * radius)
      let shrink = perRadius * perRadius
      var row = firstRow
      while row <= lastRow {
        let dy = Float(row) - a.y
        var column = firstColumn
        while column <= lastColumn {
          let dx = lanes + (Float(4 * column) - a.x)
          var t = (dx * along.x + dy * along.y) * inverseLength
          t.replace(with: 0, where: t .< 0)
          t.replace(with: 1, where: t .> 1)
          let x = dx - t * along.x
          let y = dy - t * along.y
          let distance = (x * x + y * y) * shrink
          let position = row &* vectorsPerRow &+ column
          let old = plane[position]
          plane[position] = old.replacing(with: distance, where: distance .< old)
          column &+= 1
        }
        row &+= 1
      }
    }
  }

  /// Inks the pixels: with d the distance in pixels, full ink below radius − softness, none above
  /// radius + softness, a smooth step 3 s² − 2 s³ between, times the pen's intensity and up to
  /// 10 % of grain, cut off at 255. Most intensities are above 255, so most cores are saturated.
  private mutating func ink(radius: Float, softness: Float, _ random: inout RandomStream) {
    let intensity = 255 * random.uniform(1, 1.4)
    let edge = radius + softness
    let limit = (edge / radius) * (edge / radius)
    let steepness = 0.5 / softness
    var grain: UInt32 = 1
    for position in plane.indices {
      let vector = plane[position]
      for lane in 0..<4 {
        var value: UInt8 = 0
        if vector[lane] < limit {
          // One word holds five grains of six bits below a sentinel bit.
          if grain == 1 { grain = random.nextWord() >> 2 | 0x4000_0000 }
          let noise = Float(grain & 0x3F) * (0.1 / 64)
          grain >>= 6
          let s = min((edge - vector[lane].squareRoot() * radius) * steepness, 1)
          let coverage = s * s * (3 - 2 * s)
          value = UInt8(min(coverage * intensity * (1 - noise), 255))
        }
        pixels[4 * position + lane] = value
      }
    }
  }
}

extension RandomStream {
  /// A nearly normal number of mean 0 and variance 1, within ±3.46, from one word: the sum of its
  /// four bytes, less the mean 510, by the deviation √(4 · (256² − 1) / 12).
  @inline(__always)
  fileprivate mutating func gaussian() -> Float {
    let word = nextWord()
    let pairs = (word & 0x00FF_00FF) &+ (word &>> 8 & 0x00FF_00FF)
    let sum = (pairs &+ pairs &>> 16) & 0xFFFF
    return (Float(sum) - 510) * (1 / 147.8)
  }

  /// Two independent numbers of ``gaussian()``.
  @inline(__always)
  fileprivate mutating func gaussianPair() -> SIMD2<Float> {
    let first = gaussian()
    return SIMD2(first, gaussian())
  }
}

extension SIMD2<Float> {
  /// The Euclidean length.
  @inline(__always)
  fileprivate var norm: Float { (x * x + y * y).squareRoot() }
}
