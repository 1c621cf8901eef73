import CParallelTrainerHeader
import ParallelTrainer

// The C interface: each function of `parallel_trainer.h` looks at its pointers once, here and in
// the files beside this one, and calls the Swift library. This target is all boundary: it is the
// one that does without the compiler's strict memory safety.
//
// A handle is a retained reference to one of these objects; `…_destroy` releases it.

final class DatasetBox: Sendable {
  let dataset: Dataset
  init(_ dataset: Dataset) { self.dataset = dataset }
}

final class ModelBox: Sendable {
  let model: Model
  init(_ model: Model) { self.model = model }
}

/// A handle that the caller owns.
func handle(_ object: some AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// The object of a handle; nil for NULL.
func object<Object: AnyObject>(_ handle: OpaquePointer?, _: Object.Type) -> Object? {
  handle.map { Unmanaged<Object>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

func destroy<Object: AnyObject>(_ handle: OpaquePointer?, _: Object.Type) {
  guard let handle else { return }
  Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release()
}

/// The object of a handle that must not be NULL.
func required<Object: AnyObject>(
  _ handle: OpaquePointer?, _ type: Object.Type, _ name: String
) throws(Failure) -> Object {
  guard let found = object(handle, type) else { throw .null(name) }
  return found
}

/// What an argument points to, which must not be NULL.
func required<Value>(_ value: Value?, _ name: String) throws(Failure) -> Value {
  guard let value else { throw .null(name) }
  return value
}

/// A size, which must not be negative.
func size(_ value: Int64, _ name: String) throws(Failure) -> Int {
  guard value >= 0 else {
    throw Failure(PT_INVALID_ARGUMENT, "\(name) is \(value), expected at least 0")
  }
  return Int(value)
}

/// The product of two sizes, which must be a size.
func product(_ a: Int, _ b: Int, _ name: String) throws(Failure) -> Int {
  let (product, isBeyond) = a.multipliedReportingOverflow(by: b)
  guard !isBeyond, product <= Int.max / 8 else {
    throw Failure(PT_INVALID_ARGUMENT, "\(name): \(a) × \(b) is more than memory can hold")
  }
  return product
}

/// A text, which must not be NULL.
func text(_ text: UnsafePointer<CChar>?, _ name: String) throws(Failure) -> String {
  String(cString: try required(text, name))
}
