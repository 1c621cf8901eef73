import FileSystem

/// What the cost model knows of a machine: measured on one core, in the process that uses it, with
/// the kernels of the step on memory as it lies in the step. All times are seconds.
public struct MachineParameters: Sendable, Equatable {
  /// Seconds for each weight that a product takes with so many rows (samples), its weights in the
  /// core's own cache: the multiply-adds, the loads, the ends of tiles.
  public struct Products: Sendable, Equatable {
    /// Of pixels; with the share of zeros that the data have.
    public var forwardPixels: MeasuredCurve
    public var forward: MeasuredCurve
    public var inputGradient: MeasuredCurve
    /// Of pixels; with the masks for it.
    public var weightGradientPixels: MeasuredCurve
    public var weightGradient: MeasuredCurve

    public init(
      forwardPixels: MeasuredCurve, forward: MeasuredCurve, inputGradient: MeasuredCurve,
      weightGradientPixels: MeasuredCurve, weightGradient: MeasuredCurve
    ) {
      self.forwardPixels = forwardPixels
      self.forward = forward
      self.inputGradient = inputGradient
      self.weightGradientPixels = weightGradientPixels
      self.weightGradient = weightGradient
    }
  }

  /// Seconds for each byte that is read or written in turn, by the logarithm (base 2) of the bytes
  /// that are in use between two visits of it.
  public struct Memory: Sendable, Equatable {
    /// By one core alone.
    public var alone: MeasuredCurve
    /// By all cores together: the seconds of a byte by the number of cores. It limits them where it
    /// is more than what each of them needs alone.
    public var shared: MeasuredCurve
    /// What a byte costs more, with the step's kernels, that another core has written since (or, of
    /// bytes that are written, that others have read since); 0 where there is one core only.
    public var handedOver: MeasuredCurve

    public init(alone: MeasuredCurve, shared: MeasuredCurve, handedOver: MeasuredCurve) {
      self.alone = alone
      self.shared = shared
      self.handedOver = handedOver
    }

    /// Seconds for a byte on each of some cores that are all at it.
    public func secondsPerByte(footprint: Double, cores: Int) -> Double {
      let x = log2(max(footprint, 1))
      return max(alone.value(at: x), Double(cores) * shared.value(at: x))
    }
  }

  /// Outputs of the layer that ``Products/weightGradientPixels`` is measured on.
  public static let pixelOutputs = 128.0

  public var products: Products
  public var reading: Memory
  /// Of a byte that is read and written again.
  public var updating: Memory
  /// Bytes that a core has in a cache of its own: what ``products`` were measured in.
  public var ownCache: Double
  /// Copying the pixels of a sample from anywhere in the dataset.
  public var gatherPerSample: Double
  /// The loss of a sample and its gradient.
  public var lossPerSample: Double
  /// For each element of a layer's deltas.
  public var deltaPerElement: Double
  /// For each sample and 64 pixels, turning masks over pixels into masks over samples; 0 where
  /// zeros are not skipped. Part of ``Products/weightGradientPixels`` for 128 outputs.
  public var maskPerWord: Double
  /// For each element of the deltas that a bias gradient adds up.
  public var biasPerElement: Double
  /// For each parameter that the optimizer moves, its memory aside.
  public var updatePerParameter: Double
  /// For each sample of the dataset in an epoch; by one thread while the others wait.
  public var shufflePerSample: Double
  /// For each sample of a batch; by one thread while the others wait.
  public var lossSumPerSample: Double
  /// How much longer arithmetic takes, the last thread's, with so many threads at it than with one:
  /// cores that share a clock, units or a host.
  public var slowdown: MeasuredCurve
  /// Claiming a unit of work.
  public var claim: Double
  /// A phase of no work at all, by the number of threads, as far as that could be measured.
  public var barrier: MeasuredCurve
  /// Claiming and finishing a unit while another thread does the same: the word that they share moves
  /// from core to core. What each further thread adds to a barrier.
  public var contendedClaim: Double
  /// Floats in a panel's row, and in a vector.
  public var panelWidth: Int
  public var lanes: Int

  public init(
    products: Products, reading: Memory, updating: Memory, ownCache: Double,
    gatherPerSample: Double, lossPerSample: Double, deltaPerElement: Double, maskPerWord: Double,
    biasPerElement: Double, updatePerParameter: Double, shufflePerSample: Double,
    lossSumPerSample: Double, slowdown: MeasuredCurve, claim: Double, barrier: MeasuredCurve,
    contendedClaim: Double, panelWidth: Int, lanes: Int
  ) {
    self.products = products
    self.reading = reading
    self.updating = updating
    self.ownCache = ownCache
    self.gatherPerSample = gatherPerSample
    self.lossPerSample = lossPerSample
    self.deltaPerElement = deltaPerElement
    self.maskPerWord = maskPerWord
    self.biasPerElement = biasPerElement
    self.updatePerParameter = updatePerParameter
    self.shufflePerSample = shufflePerSample
    self.lossSumPerSample = lossSumPerSample
    self.slowdown = slowdown
    self.claim = claim
    self.barrier = barrier
    self.contendedClaim = contendedClaim
    self.panelWidth = panelWidth
    self.lanes = lanes
  }

  /// What a phase costs besides its units.
  public func barrierSeconds(threads: Int) -> Double {
    let measured = barrier.points[barrier.points.count - 1].x
    return barrier.value(at: min(Double(threads), measured))
      + max(0, Double(threads) - measured) * contendedClaim
  }
}
