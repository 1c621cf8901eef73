import CParallelTrainerHeader
import ParallelTrainer

/// A status and a sentence for a person.
struct Failure: Error {
  let code: Int32
  let message: String

  init(_ code: Int, _ message: String) {
    self.code = Int32(code)
    self.message = message
  }

  static func null(_ name: String) -> Failure {
    Failure(PT_INVALID_ARGUMENT, "\(name) is NULL")
  }
}

extension Failure {
  init(_ error: TrainingError) {
    let code =
      switch error {
      case .invalidOption: PT_INVALID_OPTION
      case .source: PT_SOURCE_FAILED
      case .kernels: PT_KERNELS
      case .alreadyTraining: PT_BUSY
      case .notFinite, .noSamples: PT_INVALID_DATA
      case .featureCount, .classCount, .targetCount, .targetOutOfRange, .noDistribution, .noLogits,
        .noProbabilities, .noValidation, .noImages, .noClasses, .noFullBatch,
        .checkpointMismatch:
        PT_MISMATCH
      }
    self.init(code, error.description)
  }

  init(_ error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as TrainingError: self.init(error)
    case let error as DatasetError: self.init(PT_INVALID_DATA, error.description)
    case let error as NetworkError: self.init(PT_INVALID_NETWORK, error.description)
    case let error as MNISTError: self.init(PT_FILE, error.description)
    case let error as ModelFileError: self.init(PT_FILE, error.description)
    case let error as KernelError: self.init(PT_KERNELS, error.description)
    default: self.init(PT_INVALID_ARGUMENT, "\(error)")
    }
  }

  /// Writes the failure into memory of the caller's.
  func write(to error: UnsafeMutablePointer<pt_error>?) {
    guard let error else { return }
    error.pointee.code = code
    withUnsafeMutableBytes(of: &error.pointee.message) { copy(message, into: $0) }
  }
}

/// Writes a text and a 0 into a buffer, as much of it as there is room for: whole characters.
func copy(_ text: String, into buffer: UnsafeMutableRawBufferPointer) {
  guard !buffer.isEmpty else { return }
  var end = min(text.utf8.count, buffer.count - 1)
  let bytes = Array(text.utf8)
  // A byte 10…… goes on with a character that began before.
  while end < bytes.count, end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
  buffer.copyBytes(from: bytes[..<end])
  buffer[end] = 0
}

/// Runs the body of a function: its status, and the error that the caller gets.
func attempt(
  _ error: UnsafeMutablePointer<pt_error>?, _ body: () throws -> Void
) -> pt_status {
  do {
    try body()
    error?.pointee.code = pt_status(PT_OK)
    error?.pointee.message.0 = 0
    return pt_status(PT_OK)
  } catch let found {
    let failure = Failure(found)
    failure.write(to: error)
    return failure.code
  }
}
