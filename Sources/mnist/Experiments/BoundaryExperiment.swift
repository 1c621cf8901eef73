import Datasets
import NeuralNetwork
import Terminal
import Training

/// What a small network makes of shapes in the plane: inside or outside.
struct BoundaryExperiment: Experiment {
  let name = "boundary"
  let summary = "the regions that 8 and 16 hidden units draw around shapes in the plane"
  let remark =
    "XOR, two polygons and a disc in the square from -1 to 1; one hidden layer with tanh, 2,000 "
    + "points, Adam in batches of 32, 150 epochs with a rate that falls from 0.02 to 0. "
    + "Accuracy on a lattice of 10,000 other points."
  let needsImages = false

  private static let units = [8, 16]
  private static let pointCount = 2000
  /// Points of the lattice in each direction.
  private static let fineness = 100
  /// Characters of a picture: twice as many columns as rows look square.
  private static let (columns, rows) = (44, 22)

  func run(
    in laboratory: Laboratory, onRow: ([ExperimentCell]) throws -> Void
  ) throws -> ExperimentTable {
    var table = ExperimentTable(["shape", "hidden units", "parameters", "accuracy", "time"])
    for shape in PlaneShape.allCases {
      var pictures: [[String]] = []
      let training = try dataset(
        shape, points: (1...Self.pointCount).map(PlanePoint.init(halton:)))
      let test = try dataset(
        shape, points: PlanePoint.lattice(columns: Self.fineness, rows: Self.fineness))
      for units in Self.units {
        let network = try Network(
          inputs: 2,
          layers: [
            LayerDescription(outputs: units, activation: .tanh),
            LayerDescription(outputs: 2, activation: .identity),
          ])
        let configuration = laboratory.configuration(
          epochs: 150, batchSize: 32, learningRate: 0.02, schedule: .linear, optimizer: .adam)
        let (trainer, result) = try laboratory.train(
          network, on: training, configuration, doing: "\(shape.rawValue), \(units) hidden units")
        let picture = try picture(trainer)
        pictures.append(picture)
        let row: [ExperimentCell] = [
          .text("shape", shape.rawValue), .count("hidden_units", units),
          .count("parameters", network.parameterCount),
          .share("accuracy", try trainer.evaluate(test).accuracy ?? .nan),
          .seconds("seconds", result.seconds),
        ]
        table.add(row)
        try onRow(
          row + [
            .number("from", -1), .number("to", 1),
            ExperimentCell(
              field: "classes", text: "", value: .array(picture.map { .string($0) })),
          ])
      }
      if !table.drawing.isEmpty { table.drawing.append("") }
      let titles = Self.units.map {
        TextWrapping.padded("\(shape.rawValue), \($0) hidden units", to: Self.columns)
      }
      table.drawing.append(titles.joined(separator: "  "))
      for line in 0..<Self.rows {
        table.drawing.append(
          pictures.map { drawn($0[line]) }.joined(separator: "  "))
      }
    }
    return table
  }

  private func dataset(_ shape: PlaneShape, points: [PlanePoint]) throws -> Dataset {
    try Dataset(
      name: shape.rawValue, features: points.map { [$0.x, $0.y] },
      labels: points.map { shape.contains($0) ? 1 : 0 }, classCount: 2)
  }

  /// The class of each place of a picture, as rows of 0 and 1 from the top to the bottom.
  private func picture(_ trainer: Trainer) throws -> [String] {
    let places = PlanePoint.lattice(columns: Self.columns, rows: Self.rows)
    let classes = try places.map { place in
      let logits = try trainer.outputs(of: [place.x, place.y])
      return logits[1] > logits[0] ? "1" : "0"
    }
    return (0..<Self.rows).map { row in
      classes[row * Self.columns..<(row + 1) * Self.columns].joined()
    }
  }

  private func drawn(_ row: String) -> String {
    String(row.map { $0 == "1" ? "#" : "." })
  }
}

/// A point of the square from −1 to 1 in both directions.
struct PlanePoint {
  let x: Float
  let y: Float

  init(x: Float, y: Float) {
    self.x = x
    self.y = y
  }

  /// The point number `index` of Halton's sequence with the bases 2 and 3: points that fill the
  /// square evenly, the same in every run.
  ///
  /// Source: J. H. Halton, "On the efficiency of certain quasi-random sequences of points",
  /// Numerische Mathematik 2 (1960), DOI 10.1007/BF01386213.
  init(halton index: Int) {
    func radicalInverse(_ base: Int) -> Float {
      var (rest, digit, sum) = (index, 1.0, 0.0)
      while rest > 0 {
        digit /= Double(base)
        sum += digit * Double(rest % base)
        rest /= base
      }
      return Float(2 * sum - 1)
    }
    self.init(x: radicalInverse(2), y: radicalInverse(3))
  }

  /// The middles of the cells of a lattice, row by row from the top left.
  static func lattice(columns: Int, rows: Int) -> [PlanePoint] {
    (0..<rows).flatMap { row in
      (0..<columns).map { column in
        PlanePoint(
          x: (2 * Float(column) + 1) / Float(columns) - 1,
          y: 1 - (2 * Float(row) + 1) / Float(rows))
      }
    }
  }
}

/// Shapes of the lectures.
enum PlaneShape: String, CaseIterable {
  case xor = "XOR"
  case polygons = "two polygons"
  case disc

  /// Corners, counterclockwise, of convex polygons.
  private static let corners: [[PlanePoint]] = [
    [.init(x: -0.85, y: -0.7), .init(x: 0.1, y: -0.8), .init(x: -0.5, y: 0.25)],
    [
      .init(x: 0.1, y: 0.05), .init(x: 0.85, y: -0.15), .init(x: 0.75, y: 0.75),
      .init(x: 0.05, y: 0.85),
    ],
  ]

  func contains(_ point: PlanePoint) -> Bool {
    switch self {
    case .xor: (point.x > 0) != (point.y > 0)
    case .polygons: Self.corners.contains { Self.isInside(point, $0) }
    case .disc: point.x * point.x + point.y * point.y < 0.6 * 0.6
    }
  }

  /// Whether a point lies to the left of all sides.
  private static func isInside(_ point: PlanePoint, _ corners: [PlanePoint]) -> Bool {
    corners.indices.allSatisfy { index in
      let (a, b) = (corners[index], corners[(index + 1) % corners.count])
      return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0
    }
  }
}
