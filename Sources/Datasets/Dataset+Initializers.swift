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
    let values = try Self.storage(of: targets, name: name, kind: .target)
    try Self.check(
      values, width: targets[0].count, count: targets.count, name: name, kind: .target)
    self.init(
      name: name, height: height, width: width, pixels: pixels, floats: nil, values: values,
      width: targets[0].count, count: targets.count)
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
    try self.init(
      name: name, features: Self.storage(of: features, name: name, kind: .feature),
      featureCount: features[0].count, labels: labels, classCount: classCount)
  }

  /// A dataset of float features in one block, each sample of a class.
  /// - Parameters:
  ///   - name: What the dataset is called in logs and errors.
  ///   - features: `labels.count × featureCount` floats, sample by sample, finite.
  ///   - featureCount: Features of a sample, at least 1.
  ///   - labels: The class of each sample, below `classCount`.
  ///   - classCount: 1 to 256.
  /// - Throws: ``DatasetError`` when any of this does not hold, when there is no sample, or more
  ///   than 2³¹ − 1.
  public init(
    name: String, features: FloatStorage, featureCount: Int, labels: [Int], classCount: Int
  ) throws(DatasetError) {
    guard (1...256).contains(classCount) else {
      throw .classCountOutOfRange(name: name, found: classCount)
    }
    try Self.check(
      features, width: featureCount, count: labels.count, name: name, kind: .feature)
    for (index, label) in labels.enumerated() where label < 0 || label >= classCount {
      throw .labelOutOfRange(name: name, index: index, label: label, classCount: classCount)
    }
    self.init(
      name: name, height: 1, width: featureCount, pixels: .none, floats: features,
      targets: .classes(count: classCount), classCount: classCount,
      labels: labels.map { UInt8($0) }, targetValues: nil, count: labels.count)
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
      name: name, features: floats, featureCount: features[0].count,
      targets: Self.storage(of: targets, name: name, kind: .target),
      targetCount: targets[0].count)
  }

  /// A dataset of float features in one block, each sample with target values in another.
  /// - Parameters:
  ///   - name: What the dataset is called in logs and errors.
  ///   - features: Floats, sample by sample, `featureCount` for each, finite.
  ///   - featureCount: Features of a sample, at least 1.
  ///   - targets: Floats, sample by sample, `targetCount` for each, finite.
  ///   - targetCount: Target values of a sample, at least 1.
  /// - Throws: ``DatasetError`` when any of this does not hold, when there is no sample, or more
  ///   than 2³¹ − 1.
  public init(
    name: String, features: FloatStorage, featureCount: Int, targets: FloatStorage,
    targetCount: Int
  ) throws(DatasetError) {
    guard targetCount > 0 else { throw .emptyRows(name: name, of: .target) }
    let count = targets.count / targetCount
    try Self.check(features, width: featureCount, count: count, name: name, kind: .feature)
    try Self.check(targets, width: targetCount, count: count, name: name, kind: .target)
    self.init(
      name: name, height: 1, width: featureCount, pixels: .none, floats: features,
      values: targets, width: targetCount, count: count)
  }

  // MARK: Checks

  /// Features and as many rows of target values, all of which have been checked.
  private init(
    name: String, height: Int, width: Int, pixels: PixelStorage, floats: FloatStorage?,
    values: FloatStorage, width valueCount: Int, count: Int
  ) {
    let labels = Self.labels(ofOneHot: values, width: valueCount, count: count) ?? []
    self.init(
      name: name, height: height, width: width, pixels: pixels, floats: floats,
      targets: .values(count: valueCount), classCount: labels.isEmpty ? 0 : valueCount,
      labels: labels, targetValues: values, count: count)
  }

  /// The classes of one-hot rows; nil where a row is not one-hot.
  private static func labels(
    ofOneHot storage: FloatStorage, width: Int, count: Int
  ) -> [UInt8]? {
    guard (2...256).contains(width) else { return nil }
    return withExtendedLifetime(storage) { () -> [UInt8]? in
      var labels: [UInt8] = []
      labels.reserveCapacity(count)
      for start in stride(from: 0, to: count * width, by: width) {
        let row = unsafe UnsafeBufferPointer(rebasing: storage.values[start..<start + width])
        guard let label = unsafe row.firstIndex(of: 1), unsafe row.count(where: { $0 != 0 }) == 1
        else { return nil }
        labels.append(UInt8(label))
      }
      return labels
    }
  }

  /// Throws unless there are `count` rows of `width` finite floats.
  private static func check(
    _ storage: FloatStorage, width: Int, count: Int, name: String, kind: DatasetError.Number
  ) throws(DatasetError) {
    guard count > 0 else { throw .noSamples(name: name) }
    guard count <= Int(Int32.max) else { throw .tooManySamples(name: name, found: count) }
    guard width > 0 else { throw .emptyRows(name: name, of: kind) }
    guard storage.count == count * width else {
      throw kind == .feature && storage.count.isMultiple(of: width)
        ? .countMismatch(name: name, features: storage.count / width, targets: count)
        : .valueCount(name: name, of: kind, expected: count * width, found: storage.count)
    }
    if let place = withExtendedLifetime(storage, { unsafe storage.values.firstNonfinite }) {
      throw .notFinite(
        name: name, kind, sample: place / width, index: place % width,
        found: storage.copy(place..<place + 1)[0])
    }
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

  /// Rows of one length in one block.
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
      values += row
    }
    return FloatStorage(values)
  }
}

extension PixelStorage {
  /// No pixel at all.
  static var none: PixelStorage { unsafe PixelStorage(count: 0) { _ in } }
}
