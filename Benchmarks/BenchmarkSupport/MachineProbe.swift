import Datasets
import Dispatch
import FileSystem
import Kernels
import ScalingModel
import Training

/// Measures what the cost model has to know of this machine, in about two seconds.
///
/// One part at a time, with the step's own kernels; never the step itself, so that the model can be
/// checked against it.
public enum MachineProbe {
  /// Rows of products that are measured; between them is interpolated.
  private static let rowCounts = [
    1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512, 1024, 2048,
  ]
  /// Inputs and outputs of the layer that products are measured on: 256 KiB of weights.
  private static let side = 256

  /// - Parameters:
  ///   - dataset: Of which the pixels are taken.
  ///   - cores: Threads that can run at the same time.
  public static func measure(
    _ dataset: Dataset, variant: KernelVariant, cores: Int
  ) throws -> MachineParameters {
    let kernels = variant.kernels
    let rows = rowCounts.filter { $0 <= dataset.count }
    let pixels = try PixelProbe(
      dataset, outputs: Int(MachineParameters.pixelOutputs), rows: rows[rows.count - 1],
      kernels: variant)
    let gather = pixels.gather()
    pixels.fill()
    let layer = LayerProbe(side: side, rows: rows[rows.count - 1], kernels: kernels)
    func curve(_ seconds: (Int) -> Double) -> MeasuredCurve {
      MeasuredCurve(rows.map { .init(Double($0), seconds($0)) }, ending: .linear)
    }
    let products = MachineParameters.Products(
      forwardPixels: curve { pixels.forwardProduct(rows: $0) },
      forward: curve { layer.forward(rows: $0) },
      inputGradient: curve { layer.inputGradient(rows: $0) },
      weightGradientPixels: curve { pixels.weightGradient(rows: $0) },
      weightGradient: curve { layer.weightGradient(rows: $0) })
    let handedOver = handovers(cores: cores, variant)
    return MachineParameters(
      products: products,
      reading: memory(cores: cores, handedOver: handedOver.read) { MemoryProbe.read($0) },
      updating: memory(cores: cores, handedOver: handedOver.update) {
        MemoryProbe.update($0, kernels)
      },
      ownCache: ownCache, gatherPerSample: gather, lossPerSample: layer.loss(classes: 10),
      deltaPerElement: layer.deltas(), maskPerWord: pixels.transposedMasks(),
      biasPerElement: layer.biases(),
      updatePerParameter: layer.update(),
      shufflePerSample: StepProbe.shuffle(dataset), lossSumPerSample: layer.lossSum(),
      slowdown: MeasuredCurve(
        teamSizes(cores).map {
          .init(
            Double($0), $0 == 1 ? 1 : StepProbe.slowdown(threads: $0, kernels: variant))
        }, ending: .constant),
      claim: max(
        0,
        (StepProbe.emptyPhase(threads: 1, units: 64, nanoseconds: 0)
          - StepProbe.emptyPhase(threads: 1, units: 1, nanoseconds: 0)) / 63),
      barrier: MeasuredCurve(
        teamSizes(cores).map {
          .init(Double($0), StepProbe.emptyPhase(threads: $0, units: $0, nanoseconds: 5_000))
        }, ending: .constant),
      contendedClaim: StepProbe.contendedClaim(threads: min(2, cores)),
      panelWidth: kernels.panelWidth, lanes: kernels.lanes)
  }

  private static func teamSizes(_ cores: Int) -> [Int] {
    var counts = [1]
    while counts[counts.count - 1] * 2 < cores { counts.append(counts[counts.count - 1] * 2) }
    return cores > 1 ? counts + [cores] : counts
  }

  // MARK: Memory

  /// Bytes that are read from main memory in a second, by one core and by all together.
  public static func bandwidth(cores: Int) -> (oneCore: Double, allCores: Double) {
    let curve = memory(exponents: 27...27, cores: cores, handedOver: nil) { MemoryProbe.read($0) }
    return (1 / curve.alone.value(at: 27), 1 / curve.shared.value(at: 27))
  }

  /// By the logarithm of the bytes in use: 32 KiB to 128 MiB.
  private static func memory(
    exponents: ClosedRange<Int> = 15...27, cores: Int, handedOver: MeasuredCurve?,
    _ seconds: @Sendable (_ buffer: FloatBuffer) -> Double
  ) -> MachineParameters.Memory {
    let alone = exponents.map { exponent in
      MeasuredCurve.Point(
        Double(exponent), seconds(FloatBuffer(count: 1 << (exponent - 2), repeating: 1)))
    }
    // What all cores together get: each with a buffer of its own.
    let shared = sizes(exponents, cores: cores).map { exponent -> MeasuredCurve.Point in
      nonisolated(unsafe) let buffers = (0..<cores).map { _ in
        FloatBuffer(count: 1 << (exponent - 2), repeating: 1)
      }
      nonisolated(unsafe) var each = [Double](repeating: 0, count: cores)
      unsafe each.withUnsafeMutableBufferPointer { each in
        nonisolated(unsafe) let each = unsafe each
        DispatchQueue.concurrentPerform(iterations: cores) { core in
          unsafe each[core] = seconds(unsafe buffers[core])
        }
      }
      let mean = unsafe each.reduce(0, +) / Double(cores)
      return .init(Double(exponent), mean / Double(cores))
    }
    return MachineParameters.Memory(
      alone: MeasuredCurve(alone, ending: .constant),
      shared: MeasuredCurve(shared, ending: .constant),
      handedOver: handedOver ?? MeasuredCurve([.init(0, 0)], ending: .constant))
  }

  /// Those of some sizes, as logarithms, that all cores can have at once in 4 GiB; at least one.
  private static func sizes(_ range: ClosedRange<Int>, cores: Int) -> [Int] {
    range.filter { $0 == range.lowerBound || (cores << $0) <= 1 << 32 }
  }

  /// What a byte costs more that another core has had since; nothing where there is one core.
  private static func handovers(
    cores: Int, _ variant: KernelVariant
  ) -> (read: MeasuredCurve?, update: MeasuredCurve?) {
    guard cores > 1 else { return (nil, nil) }
    var read: [MeasuredCurve.Point] = []
    var update: [MeasuredCurve.Point] = []
    for exponent in sizes(17...26, cores: cores) {
      func seconds(isShared: Bool) -> (read: Double, update: Double) {
        HandoverProbe(
          bytes: 1 << exponent, threads: cores, isShared: isShared, kernels: variant
        ).measure()
      }
      let moved = seconds(isShared: true)
      let kept = seconds(isShared: false)
      let x = Double(exponent)
      // Each thread has written a part itself, and of the updates each does a part.
      let fromOthers = 1 - 1 / Double(cores)
      read.append(.init(x, max(0, moved.read - kept.read) / fromOthers))
      update.append(.init(x, max(0, moved.update - kept.update) * Double(cores)))
    }
    return (
      MeasuredCurve(read, ending: .constant), MeasuredCurve(update, ending: .constant)
    )
  }

  /// The second level of a core's caches where the system tells, else 512 KiB.
  private static var ownCache: Double { cacheSize(level: 2) ?? 512 * 1024 }

  /// The bytes of a cache; nil where the system does not tell.
  public static func cacheSize(level: Int) -> Double? {
    for index in 0..<8 {
      let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)/"
      func text(_ name: String) -> String? {
        (try? File.read(folder + name, limit: 1 << 12)).map {
          String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace }
        }
      }
      guard text("level") == "\(level)", text("type") != "Instruction", let size = text("size"),
        size.hasSuffix("K"),
        let kibibytes = Double(size.dropLast())
      else { continue }
      return kibibytes * 1024
    }
    return nil
  }
}
