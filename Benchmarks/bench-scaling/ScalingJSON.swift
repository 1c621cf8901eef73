import ScalingModel
import Terminal

extension ScalingGroup {
  /// The fitted laws of the group and what they predict: see Benchmarks/README.md.
  func lawsJSON(_ study: ScalingStudy, predictions: [Int]) -> JSONValue {
    .object([
      ("scaling", .string(kind.rawValue)), ("model", .string(model)), ("size", .integer(size)),
      ("pixels", .string(pixels)), ("averaging", .string(averaging.rawValue)),
      ("fitted_threads", .array(study.fittedThreads.map { .integer($0) })),
      (
        "fits",
        .array(
          study.fits.map { fit in
            .object([
              ("form", .string(fit.form.rawValue)), ("rate", Self.json(fit.rate)),
              ("sigma", Self.json(fit.contention)), ("kappa", Self.json(fit.coherence)),
              ("largest_error", .number(fit.largestError)),
              (
                "predictions",
                .array(
                  predictions.map { threads in
                    let estimate = fit.prediction(threads: threads)
                    return .object([
                      ("threads", .integer(threads)),
                      ("is_extrapolated", .boolean(!study.fittedThreads.contains(threads))),
                      ("samples_per_second", .number(estimate.value)),
                      ("interval", Self.json(estimate.interval)),
                    ])
                  })
              ),
            ])
          })
      ),
      ("caveats", .array(study.caveats.map { .string($0) })),
    ])
  }

  private static func json(_ estimate: ScalingStudy.Estimate) -> JSONValue {
    .object([("value", .number(estimate.value)), ("interval", json(estimate.interval))])
  }

  private static func json(_ interval: Interval) -> JSONValue {
    .array([.number(interval.lower), .number(interval.upper)])
  }
}
