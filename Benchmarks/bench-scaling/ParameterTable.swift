import ScalingModel
import Terminal

/// The parameters of the cost model, as medians over rounds, for a person.
struct ParameterTable {
  private let parameters: [MachineParameters]

  init(_ parameters: [MachineParameters]) { self.parameters = parameters }

  private func median(_ value: (MachineParameters) -> Double) -> Double {
    Spread(parameters.map(value)).median
  }

  var lines: [String] {
    var products = TextTable(columns: [
      ("GFLOP/s of one thread, rows:", .left), ("1", .right), ("4", .right), ("8", .right),
      ("32", .right), ("128", .right),
    ])
    let kinds: [(String, KeyPath<MachineParameters.Products, MeasuredCurve>)] = [
      ("forward, pixels", \.forwardPixels), ("forward", \.forward),
      ("input gradient", \.inputGradient), ("weight gradient, pixels", \.weightGradientPixels),
      ("weight gradient", \.weightGradient),
    ]
    for (name, path) in kinds {
      products.addRow(
        [name]
          + [1.0, 4, 8, 32, 128].map { rows in
            let seconds = median { $0.products[keyPath: path].value(at: rows) }
            return NumberText.fixed(2 * rows / seconds / 1e9, decimals: 1)
          })
    }
    var memory = TextTable(columns: [
      ("GB/s, bytes in use:", .left), ("128 KiB", .right), ("1 MiB", .right), ("8 MiB", .right),
      ("128 MiB", .right),
    ])
    let kindsOfMemory: [(String, KeyPath<MachineParameters, MachineParameters.Memory>)] = [
      ("read", \.reading), ("updated", \.updating),
    ]
    for (name, path) in kindsOfMemory {
      for (who, curve) in [
        ("one core", \MachineParameters.Memory.alone), ("all cores together", \.shared),
      ] {
        memory.addRow(
          ["\(name) by \(who)"]
            + [17.0, 20, 23, 27].map { exponent in
              let seconds = median { $0[keyPath: path][keyPath: curve].value(at: exponent) }
              return NumberText.fixed(1 / seconds / 1e9, decimals: 1)
            })
      }
    }
    var moved = TextTable(columns: [
      ("ns more for 64 bytes of another core:", .left), ("128 KiB", .right), ("1 MiB", .right),
      ("8 MiB", .right), ("64 MiB", .right),
    ])
    for (name, path) in kindsOfMemory {
      moved.addRow(
        [name]
          + [17.0, 20, 23, 26].map { exponent in
            let seconds = median { $0[keyPath: path].handedOver.value(at: exponent) }
            return NumberText.fixed(64 * seconds * 1e9, decimals: 1)
          })
    }
    func nanoseconds(_ value: (MachineParameters) -> Double) -> String {
      NumberText.significant(median(value) * 1e9, digits: 3) + " ns"
    }
    let threads = parameters[0].barrier.points.map(\.x)
    let barriers = threads.map { count in
      "\(Int(count)): " + nanoseconds { $0.barrier.value(at: count) }
    }
    let slowdowns = threads.map { count in
      "\(Int(count)): " + NumberText.fixed(median { $0.slowdown.value(at: count) }, decimals: 2)
    }
    return products.lines() + [""] + memory.lines() + [""]
      + moved.lines() + [""]
      + TextWrapping.lines(
        "Barrier, by threads: \(barriers.joined(separator: ", ")); claim "
          + "\(nanoseconds(\.claim)), contended \(nanoseconds(\.contendedClaim)). Arithmetic of all threads "
          + "at once by one's, by threads: \(slowdowns.joined(separator: ", ")). For each sample: gather \(nanoseconds(\.gatherPerSample)), "
          + "loss \(nanoseconds(\.lossPerSample)), shuffling \(nanoseconds(\.shufflePerSample)), "
          + "adding up losses \(nanoseconds(\.lossSumPerSample)). Update of a parameter "
          + "\(nanoseconds(\.updatePerParameter)), a delta \(nanoseconds(\.deltaPerElement)), masks "
          + "of 64 pixels \(nanoseconds(\.maskPerWord)).", width: 98)
  }
}
