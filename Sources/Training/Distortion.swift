/// Random distortions of images while training: each image is another one in each epoch, and the
/// network learns that these differences do not matter.
///
/// Every number is uniform in the interval from minus to plus the given one, drawn from (seed,
/// epoch, the sample's place in the dataset's storage). Around an image there are zeros. The targets
/// of an autoencoder are the images as they are stored.
///
/// Sources: P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural
/// networks applied to visual document analysis", ICDAR 2003, DOI 10.1109/ICDAR.2003.1227801;
/// D. C. Cireşan, U. Meier, L. M. Gambardella, J. Schmidhuber, "Deep, big, simple neural nets for
/// handwritten digit recognition", Neural Computation 22 (2010), DOI 10.1162/NECO_a_00052.
public struct Distortion: Sendable, Hashable {
  /// Pixels by which an image is moved at most, along each axis.
  public var shift: Float
  /// Degrees by which it is turned at most, about its center.
  public var rotation: Float
  /// The share by which its width, and independently its height, grow or shrink at most.
  public var scale: Float
  /// Degrees by which it leans over to a side at most.
  public var shear: Float
  /// A displacement of its own for every pixel; nil for none.
  public var elastic: Elastic?

  /// Simard's displacement fields: for every pixel two random numbers, along x and along y,
  /// uniform in ±1; smoothed with a Gaussian of standard deviation `sigma`; multiplied by `alpha`.
  ///
  /// The paper does not say how the smoothed field is normalized ("to a norm of 1" is its limit of a
  /// large σ). Published reproductions smooth with a Gaussian whose weights sum to 1 and numbers
  /// that are 0 outside the image (SciPy's `gaussian_filter(…, sigma, mode="constant") * alpha`),
  /// and normalize nothing; so does this. A displacement then has a standard deviation of
  /// α / (√3 · 2 √π σ) = 0.163 α / σ in the middle of an image: 1.4 pixels for σ = 4 and α = 34, the
  /// paper's values for images of 28 × 28.
  public struct Elastic: Sendable, Hashable {
    /// The strength α, in pixels.
    public var alpha: Float
    /// The standard deviation σ of the Gaussian, in pixels.
    public var sigma: Float

    /// Displacement fields; the paper's for images of 28 × 28 unless told otherwise.
    /// - Parameters:
    ///   - alpha: The strength α, in pixels, above 0.
    ///   - sigma: The standard deviation σ of the Gaussian, in pixels, above 0.
    public init(alpha: Float = 34, sigma: Float = 4) {
      self.alpha = alpha
      self.sigma = sigma
    }
  }

  /// Distortions up to the given numbers; those that are left out change nothing.
  /// - Parameters:
  ///   - shift: Pixels along each axis.
  ///   - rotation: Degrees about the center.
  ///   - scale: The share of width and height.
  ///   - shear: Degrees to a side.
  ///   - elastic: A displacement for every pixel.
  public init(
    shift: Float = 0, rotation: Float = 0, scale: Float = 0, shear: Float = 0,
    elastic: Elastic? = nil
  ) {
    self.shift = shift
    self.rotation = rotation
    self.scale = scale
    self.shear = shear
    self.elastic = elastic
  }

  /// What the text `standard` stands for: good values for MNIST.
  public static let standard = Distortion(
    shift: 1, rotation: 10, scale: 0.1, shear: 5, elastic: Elastic())

  /// The largest shift and α, in pixels.
  public static let maximumShift: Float = 10_000
  /// The largest σ, in pixels.
  public static let maximumSigma: Float = 1000

  /// Whether all images stay as they are.
  var isNothing: Bool {
    shift == 0 && rotation == 0 && scale == 0 && shear == 0 && elastic == nil
  }

  func validate() throws(TrainingError) {
    func require(_ holds: Bool, _ part: Part, _ expected: String) throws(TrainingError) {
      if !holds {
        throw .invalidOption("distortion", found: text(of: part) ?? "none", expected: expected)
      }
    }
    try require(
      (0...Self.maximumShift).contains(shift), .shift,
      "a shift of 0 to \(Int(Self.maximumShift)) pixels")
    try require((0...180).contains(rotation), .rotate, "a rotation of 0 to 180 degrees")
    try require((0...0.9).contains(scale), .scale, "a scale of 0 to 0.9")
    try require((0...80).contains(shear), .shear, "a shear of 0 to 80 degrees")
    if let elastic {
      try require(
        elastic.alpha > 0 && elastic.alpha <= Self.maximumShift, .elastic,
        "an α above 0 and up to \(Int(Self.maximumShift))")
      try require(
        elastic.sigma > 0 && elastic.sigma <= Self.maximumSigma, .elastic,
        "a σ above 0 and up to \(Int(Self.maximumSigma)) pixels")
    }
    if isNothing {
      throw .invalidOption(
        "distortion", found: "none", expected: "at least one of \(Part.list), or no distortion")
    }
  }
}

// MARK: Text

extension Distortion: CustomStringConvertible {
  /// The parts of the text form, in its order.
  private enum Part: String, CaseIterable {
    case shift, rotate, scale, shear, elastic

    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
  }

  /// The text form: the parts that are not nothing, separated by commas, with their numbers after
  /// colons; `shift:2,rotate:10,scale:0.1,shear:5,elastic:34:4`, the last two α and σ.
  public var description: String {
    isNothing ? "none" : Part.allCases.compactMap(text(of:)).joined(separator: ",")
  }

  /// Reads a text form: parts in any order, each at most once; `elastic` alone is `elastic:34:4`,
  /// and `standard` is ``standard``.
  /// - Returns: Nil for any other text, and for numbers that are out of their range.
  public init?(_ text: String) {
    guard text != "standard" else {
      self = .standard
      return
    }
    self.init()
    var seen: Set<Part> = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = piece.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let numbers = words.dropFirst().compactMap(Self.number)
      guard let part = words.first.flatMap(Part.init(rawValue:)), seen.insert(part).inserted,
        numbers.count == words.count - 1
      else { return nil }
      switch (part, numbers.count) {
      case (.shift, 1): shift = numbers[0]
      case (.rotate, 1): rotation = numbers[0]
      case (.scale, 1): scale = numbers[0]
      case (.shear, 1): shear = numbers[0]
      case (.elastic, 0): elastic = Elastic()
      case (.elastic, 2): elastic = Elastic(alpha: numbers[0], sigma: numbers[1])
      default: return nil
      }
    }
    do throws(TrainingError) { try validate() } catch { return nil }
  }

  private static func number(_ text: String) -> Float? {
    PlainNumber(text).flatMap { _ in Float(text) }
  }

  private func text(of part: Part) -> String? {
    func text(_ value: Float) -> String? {
      value == 0 ? nil : "\(part.rawValue):\(Self.text(value))"
    }
    return switch part {
    case .shift: text(shift)
    case .rotate: text(rotation)
    case .scale: text(scale)
    case .shear: text(shear)
    case .elastic:
      elastic.map { "\(part.rawValue):\(Self.text($0.alpha)):\(Self.text($0.sigma))" }
    }
  }

  /// The shortest text that reads back as this number; without ".0".
  private static func text(_ value: Float) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
