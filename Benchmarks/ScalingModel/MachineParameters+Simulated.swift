import FileSystem

extension MachineParameters {
  /// This machine with more cores and another memory: what a simulation runs on.
  ///
  /// Each core is as fast as this machine's. What all share scales with the cores up to the size of
  /// the last cache; beyond it, all cores together get the given bandwidth.
  /// - Parameters:
  ///   - cores: Of the other machine.
  ///   - measuredCores: Those that ``Memory/shared`` was measured with.
  ///   - bandwidth: Bytes a second between memory and all cores together; nil for this machine's.
  ///   - lastCache: Bytes of the cache that all cores share; of each group of cores as large as this
  ///     machine, as processors with many cores have it.
  public func simulated(
    cores: Int, measuredCores: Int, bandwidth: Double?, lastCache: Double
  ) -> MachineParameters {
    func extended(_ memory: Memory, bytesMoved: Double) -> Memory {
      let points = memory.shared.points.map { point -> MeasuredCurve.Point in
        if pow(2, point.x) <= lastCache {
          return .init(point.x, point.y * Double(measuredCores) / Double(cores))
        }
        return .init(point.x, bandwidth.map { bytesMoved / $0 } ?? point.y)
      }
      return Memory(
        alone: memory.alone, shared: MeasuredCurve(points, ending: .constant),
        handedOver: memory.handedOver)
    }
    var other = self
    other.reading = extended(reading, bytesMoved: 1)
    // Read, and written back.
    other.updating = extended(updating, bytesMoved: 2)
    return other
  }
}
