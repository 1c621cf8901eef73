extension Dataset {
  /// A dataset of all images in `pixels`, each of a class.
  /// - Parameters:
  ///   - name: What the dataset is called in logs and errors.
  ///   - pixels: `labels.count × height × width` bytes.
  ///   - labels: The class of each image, below `classCount`.
  ///   - height: Rows of an image, at least 1.
  ///   - width: Pixels in a row, at least 1.
  ///   - classCount: 1 to 256.
  /// - Throws: ``DatasetError`` when there is no image, or more than 2³¹ − 1, when sizes disagree,
  ///   when a label is out of range, or when every pixel of every image is 0.
  public init(
    name: String, pixels: PixelStorage, labels: [UInt8], height: Int, width: Int, classCount: Int
  ) throws(DatasetError) {
    precondition((1...256).contains(classCount), "8-bit labels allow 1 to 256 classes")
    try Self.check(pixels, name: name, count: labels.count, height: height, width: width)
    for (index, label) in labels.enumerated() where Int(label) >= classCount {
      throw .labelOutOfRange(
        name: name, index: index, label: Int(label), classCount: classCount)
    }
    try Self.requireInk(pixels, name: name)
    self.init(
      name: name, height: height, width: width, pixels: pixels, floats: nil,
      targets: .classes(count: classCount), classCount: classCount, labels: labels,
      targetValues: nil, count: labels.count)
  }

  /// A dataset of all images in `pixels`, each with target values.
  /// - Parameters:
  ///   - name: What the dataset is called in logs and errors.
  ///   - pixels: `targets.count × height × width` bytes.
  ///   - targets: A row of values for each image, all of one length.
  ///   - height: Rows of an image, at least 1.
  ///   - width: Pixels in a row, at least 1.
  /// - Throws: ``DatasetError`` as for other images, when rows differ in length, or when a value is
  ///   not finite.
  public init(
    name: String, pixels: PixelStorage, targets: [[Float]], height: Int, width: Int
  ) throws(DatasetError) {
    try Self.check(pixels, name: name, count: targets.count, height: height, width: width)
    try Self.requireInk(pixels, name: name)
    try self.init(
      name: name, height: height, width: width, pixels: pixels, floats: nil, rows: targets)
  }

  /// A dataset of float features, each sample of a class.
  /// - Parameters:
  ///   - name: What the dataset is called in logs and errors.
  ///   - features: A row of features for each sample, all of one length, finite.
  ///   - labels: The class of each sample, below `classCount`.
  ///   - classCount: 1 to 256.
  /// - Throws: ``DatasetError`` when any of this does not hold, when there is no sample, or more
  ///   than 2³¹ − 1.
  public init(
    name: String, features: [[Float]], labels: [Int], classCount: Int
  ) throws(DatasetError) {
    guard (1...256).contains(classCount) else {
      throw .classCountOutOfRange(name: name, found: classCount)
    }
    let floats = try Self.storage(of: features, name: name, kind: .feature)
    guard labels.count == features.count else {
      throw .countMismatch(name: name, features: features.count, targets: labels.count)
    }
    for (index, label) in labels.enumerated() where label < 0 || label >= classCount {
      throw .labelOutOfRange(name: name, index: index, label: label, classCount: classCount)
    }
    self.init(
      name: name, height: 1, width: features[0].count, pixels: .none, floats: floats,
      targets: .classes(count: classCount), classCount: classCount,
      labels: labels.map { UInt8($0) }, targetValues: nil, count: features.count)
  }

  /// A dataset of float features, each sample with target values.
  /// - Parameters:
  ///   - name: What the dataset is called in logs and errors.
  ///   - features: A row of features for each sample, all of one length, finite.
  ///   - targets: A row of values for each sample, all of one length, finite.
  /// - Throws: ``DatasetError`` when any of this does not hold, when there is no sample, or more
  ///   than 2³¹ − 1.
  public init(name: String, features: [[Float]], targets: [[Float]]) throws(DatasetError) {
    let floats = try Self.storage(of: features, name: name, kind: .feature)
    guard targets.count == features.count else {
      throw .countMismatch(name: name, features: features.count, targets: targets.count)
    }
    try self.init(
      name: name, height: 1, width: features[0].count, pixels: .none, floats: floats,
      rows: targets)
  }

  // MARK: Checks

  /// Features that have been checked, with rows of targets, as many, that have not.
  private init(
    name: String, height: Int, width: Int, pixels: PixelStorage, floats: FloatStorage?,
    rows: [[Float]]
  ) throws(DatasetError) {
    let values = try Self.storage(of: rows, name: name, kind: .target)
    let labels = Self.labels(ofOneHot: rows) ?? []
    self.init(
      name: name, height: height, width: width, pixels: pixels, floats: floats,
      targets: .values(count: rows[0].count), classCount: labels.isEmpty ? 0 : rows[0].count,
      labels: labels, targetValues: values, count: rows.count)
  }

  /// The classes of one-hot rows; nil where a row is not one-hot.
  private static func labels(ofOneHot rows: [[Float]]) -> [UInt8]? {
    guard (2...256).contains(rows[0].count) else { return nil }
    var labels: [UInt8] = []
    labels.reserveCapacity(rows.count)
    for row in rows {
      guard let label = row.firstIndex(of: 1), row.count(where: { $0 != 0 }) == 1 else {
        return nil
      }
      labels.append(UInt8(label))
    }
    return labels
  }

  private static func check(
    _ pixels: PixelStorage, name: String, count: Int, height: Int, width: Int
  ) throws(DatasetError) {
    precondition(height > 0 && width > 0, "images must have a height and a width")
    guard count > 0 else { throw .noSamples(name: name) }
    guard count <= Int(Int32.max) else { throw .tooManySamples(name: name, found: count) }
    guard pixels.count == count * height * width else {
      throw .sizeMismatch(
        name: name, expectedBytes: count * height * width, foundBytes: pixels.count)
    }
  }

  private static func requireInk(_ pixels: PixelStorage, name: String) throws(DatasetError) {
    guard unsafe pixels.bytes.contains(where: { $0 != 0 }) else {
      throw .allPixelsZero(name: name)
    }
  }

  private static func storage(
    of rows: [[Float]], name: String, kind: DatasetError.Number
  ) throws(DatasetError) -> FloatStorage {
    guard let width = rows.first?.count else { throw .noSamples(name: name) }
    guard rows.count <= Int(Int32.max) else {
      throw .tooManySamples(name: name, found: rows.count)
    }
    guard width > 0 else { throw .emptyRows(name: name, of: kind) }
    var values: [Float] = []
    values.reserveCapacity(rows.count * width)
    for (sample, row) in rows.enumerated() {
      guard row.count == width else {
        throw .rowLength(
          name: name, of: kind, sample: sample, expected: width, found: row.count)
      }
      if let index = row.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(name: name, kind, sample: sample, index: index, found: row[index])
      }
      values += row
    }
    return FloatStorage(values)
  }
}

extension PixelStorage {
  /// No pixel at all.
  static var none: PixelStorage { unsafe PixelStorage(count: 0) { _ in } }
}
