import Metrics
import PealCore

/// What became of events; the handles are made once.
struct PipelineMetrics: Sendable {
    private let created = Counter(label: "notifications_created_total")
    private let aggregated = Counter(label: "notifications_aggregated_total")
    private let retracted = Counter(label: "notifications_retracted_total")
    private let suppressed = Dictionary(
        uniqueKeysWithValues: Suppression.allCases.map { reason in
            (reason, Counter(label: "notifications_suppressed_total", dimensions: [("reason", reason.rawValue)]))
        })

    func countRetracted(_ rows: Int) {
        retracted.increment(by: rows)
    }

    func count(_ outcomes: [Outcome]) {
        for outcome in outcomes {
            switch outcome.kind {
            case .created: created.increment()
            case .aggregated: aggregated.increment()
            case .scheduled, .accepted: break
            case .suppressed: outcome.suppression.flatMap { suppressed[$0] }?.increment()
            }
        }
    }
}
