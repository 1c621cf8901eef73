/// One way to write a digit.
struct StrokeModel: Sendable {
  /// How many of sixteen writers write the digit this way.
  let weight: Int
  /// The pen's path: for each stroke its control points, in writing order.
  ///
  /// A point (x, y) with whole coordinates in 0...99, x to the right and y downwards, is written
  /// `100 · x + y`; a negative number is a corner, where the pen changes direction sharply.
  /// All other points are passed smoothly.
  let strokes: [[Int]]

  init(_ weight: Int, _ strokes: [Int]...) {
    self.weight = weight
    self.strokes = strokes
  }
}

/// The stroke models of all ten digits, unpacked into flat tables that a renderer can walk.
struct StrokeTable: Sendable {
  /// What the pen does at a control point.
  enum Pen: UInt8, Sendable {
    /// The pen is put down here.
    case down
    /// The pen passes smoothly.
    case smooth
    /// The pen changes direction.
    case corner
  }

  /// Writers a digit; a model is picked by one of their numbers.
  static let writers = 16

  /// Control points of all models, one after the other; coordinates in [0, 0.99].
  let points: [SIMD2<Float>]
  /// What the pen does at each point.
  let pens: [Pen]
  /// The range of points of each model.
  let ranges: [Range<Int>]
  /// The model of each writer of each digit: entry `16 · digit + writer`.
  let modelOfWriter: [Int]
  /// The most points that any model has.
  let maximumPointCount: Int

  init(_ digits: [[StrokeModel]] = StrokeModel.digits) {
    var points: [SIMD2<Float>] = []
    var pens: [Pen] = []
    var ranges: [Range<Int>] = []
    var modelOfWriter: [Int] = []
    for models in digits {
      precondition(
        models.reduce(0) { $0 + $1.weight } == Self.writers, "each digit has sixteen writers")
      for model in models {
        modelOfWriter += Array(repeating: ranges.count, count: model.weight)
        let first = points.count
        for stroke in model.strokes {
          for (position, code) in stroke.enumerated() {
            let (x, y) = code.magnitude.quotientAndRemainder(dividingBy: 100)
            points.append(SIMD2(Float(x), Float(y)) / 100)
            pens.append(position == 0 ? .down : code < 0 ? .corner : .smooth)
          }
        }
        ranges.append(first..<points.count)
      }
    }
    self.points = points
    self.pens = pens
    self.ranges = ranges
    self.modelOfWriter = modelOfWriter
    maximumPointCount = ranges.reduce(0) { max($0, $1.count) }
  }
}

extension StrokeModel {
  /// How the digits 0 to 9 are written.
  static let digits: [[StrokeModel]] = [
    [  // 0: round; slim; with the end curled into the bowl; left open at the top
      StrokeModel(7, [5503, 2614, 1245, 1982, 4897, 7884, 8850, 7616, 5003, 3606]),
      StrokeModel(3, [5803, 3620, 2850, 3682, 5097, 6482, 7050, 6320, 4804]),
      StrokeModel(3, [6214, 4503, 2518, 1852, 2686, 5097, 7484, 8250, 7418, 5806, 4420]),
      StrokeModel(3, [4404, 2420, 1650, 2484, 4897, 7284, 8252, 7620, 6009]),
    ],
    [  // 1: straight; bent; with a flag; with a flag and a foot
      StrokeModel(9, [5002, 5050, 5098]),
      StrokeModel(5, [5202, 4735, 4765, 5498]),
      StrokeModel(1, [3622, 4612, -5602, 5450, 5398]),
      StrokeModel(1, [3224, -5403, 5250, 5296], [3097, 5296, 7695]),
    ],
    [  // 2: plain; looped at the foot; swan; angular; slim with a waved foot; big loop
      StrokeModel(4, [2024, 3207, 5402, 7214, 7234, 5658, 3678, -1696, 4894, 8695]),
      StrokeModel(
        4, [1822, 3605, 6005, 7222, 6448, 4474, 2492, 1090, 1478, 3078, 5290, 7295, 9088]),
      StrokeModel(3, [2416, 4203, 6408, 7226, 6250, 4074, -2092, 4088, 6294, 8692]),
      StrokeModel(2, [1610, 4006, -7210, 4642, -1692, 5092, 8890]),
      StrokeModel(1, [3020, 4403, 6210, 6434, 5462, 4480, -3296, 5292, 7296]),
      StrokeModel(
        2, [2020, 4204, 6608, 7028, 5656, 3686, 2096, 1486, 2274, 4280, 5494, 7296, 9290]),
    ],
    [  // 3: round; flat top; looped waist; flowing waist
      StrokeModel(6, [2014, 4003, 6606, 7422, 6240, -4047, 6450, 8066, 7686, 5297, 2693, 1484]),
      StrokeModel(2, [1808, 4506, -7406, 5824, -4242, 6646, 8064, 7288, 4697, 1688]),
      StrokeModel(4, [2216, 4403, 6812, 6632, 4846, 3850, 4447, 7054, 8072, 6494, 3897, 1686]),
      StrokeModel(4, [2610, 5002, 7014, 6236, -4846, 6654, 7474, 5694, 2494]),
    ],
    [  // 4: open; closed; cursive; wide crossing; open with one stroke, close to a 9
      StrokeModel(5, [2406, 2228, -1850, 4554, 8050], [7204, 6850, 6497]),
      StrokeModel(2, [6204, 3832, -1460, 5060, 8858], [6404, 6250, 6098]),
      StrokeModel(4, [2808, 2034, 2652, 5050, 7228, -8006, 7040, 6070, 5297]),
      StrokeModel(3, [3010, -1456, 4854, 9248], [6622, 5860, 5098]),
      StrokeModel(2, [3010, 2238, 4050, 6640, -7610, 6652, 5898]),
    ],
    [  // 5: cap last; flowing like an S; cap first; small belly with a long cap
      StrokeModel(
        5, [3006, 2628, -2444, 4840, 7052, 7672, 6092, 3697, 1488], [3006, 5405, 8003]),
      StrokeModel(3, [7806, 5208, 3412, 2828, 4042, 6054, 6674, 5292, 3097, 1488]),
      StrokeModel(
        5, [8404, 5607, -3409, 2828, -2246, 4640, 7054, 7276, 5494, 3097, 1290]),
      StrokeModel(3, [2822, -2246, 4444, 5858, 5480, 3495, 1092], [2820, 6014, 9404]),
    ],
    [  // 6: plain; straight stem; with a curl on top; low bowl; open wide bowl
      StrokeModel(5, [6403, 4022, 2450, 2278, 3896, 6094, 7276, 6258, 4260, 2676]),
      StrokeModel(3, [4602, 3234, 2666, 3290, 5297, 7286, 7266, 5456, 3664, 2780]),
      StrokeModel(3, [7408, 5404, 3226, 2258, 2886, 5097, 7486, 7664, 5852, 3660, 2474]),
      StrokeModel(3, [5802, 3632, 2066, 2490, 4497, 6486, 6270, 4466, 2680]),
      StrokeModel(2, [4204, 2434, 1866, 2890, 5296, 7884, 8062, 6452, 4662, 3684]),
    ],
    [  // 7: plain; with a serif; barred; round shoulder; waved cap
      StrokeModel(6, [1412, 4509, -8008, 6640, 5070, 3898]),
      StrokeModel(3, [1826, -1810, 4810, -8008, 6244, 5098]),
      StrokeModel(2, [1412, 4509, -8008, 6440, 5070, 4298], [3052, 5450, 7848]),
      StrokeModel(3, [1618, 3408, 6006, 7616, 7044, 5672, 4498]),
      StrokeModel(2, [1222, 2410, 4614, -8006, 6440, 5070, 4298]),
    ],
    [  // 8: from the right shoulder; two bowls; open at the top; slim
      StrokeModel(
        5, [7014, 4803, 2814, 3436, 5854, 7276, 5896, 3694, 2676, 4254, 6634, 7216, 6406]),
      StrokeModel(
        5, [5046, 3034, 3014, 5003, 7014, 6834, 5046],
        [5046, 2660, 2484, 5097, 7684, 7460, 5046]),
      StrokeModel(4, [7810, 5403, 3416, 4240, 6260, 6682, 4897, 3084, 3662, 5840, 8008]),
      StrokeModel(
        2, [6012, 4803, 3614, 4036, 5454, 6476, 5496, 4094, 3676, 4654, 6034, 6416, 5604]),
    ],
    [  // 9: straight tail; hooked tail; big bowl with a sweeping tail; small bowl; open bowl
      StrokeModel(5, [7014, 4804, 2816, 2438, 4250, 6438, -7210, 7050, 6698]),
      StrokeModel(3, [7216, 5004, 2818, 2640, 4652, 6640, 7412, 7440, 7074, 5296, 2892]),
      StrokeModel(4, [7408, 4603, 2422, 2846, 5250, 7232, -7608, 7040, 6070, 5098]),
      StrokeModel(2, [6608, 5003, 3414, 3232, 4840, 6428, -6808, 6250, 5498]),
      StrokeModel(2, [6008, 3412, 2434, 4446, 7030, -7408, 7050, 6698]),
    ],
  ]
}
