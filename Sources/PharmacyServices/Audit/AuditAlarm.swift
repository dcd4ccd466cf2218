package import Logging
internal import Metrics
internal import Synchronization

/// Alerts operators about the audit log's anchors: in the log when a problem begins and ends, in metrics, and in the text of
/// `/readyz` while it lasts. The server stays ready: requests are served, and audited.
package final class AuditAlarm: Sendable {
    private struct State {
        var mismatch: String?
        /// Reasons by the sinks' names.
        var failures: [String: String] = [:]
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let mismatchGauge = Gauge(label: "audit_anchor_mismatch")

    package init(logger: Logger) {
        self.logger = logger
        mismatchGauge.record(0)
    }

    /// The present alerts, without names, values or paths; empty while there is no problem.
    package var messages: [String] {
        state.withLock { state in
            var messages: [String] = []
            if state.mismatch != nil { messages.append("the audit log does not match its anchors") }
            messages += state.failures.keys.sorted().map { "audit anchors cannot be written to the \($0)" }
            return messages
        }
    }

    /// Reports the result of a comparison.
    /// - Parameter reason: `nil` where the log matches its anchors.
    func compared(_ reason: String?) {
        let before = state.withLock { state in
            defer { state.mismatch = reason }
            return state.mismatch
        }
        mismatchGauge.record(reason == nil ? 0 : 1)
        switch (before, reason) {
        case (nil, let reason?):
            logger.error("the audit log does not match its anchors", metadata: ["finding": "\(reason)"])
        case (_?, nil): logger.notice("the audit log matches its anchors again")
        default: break
        }
    }

    /// Reports the result of a write.
    /// - Parameter reason: `nil` where the anchor was written.
    func wrote(to sink: String, failure reason: String?) {
        let before = state.withLock { state in
            defer { state.failures[sink] = reason }
            return state.failures[sink]
        }
        Gauge(label: "audit_anchor_sink_failing", dimensions: [("sink", sink)]).record(reason == nil ? 0 : 1)
        switch (before, reason) {
        case (nil, let reason?):
            logger.error("audit anchors cannot be written", metadata: ["sink": "\(sink)", "error": "\(reason)"])
        case (_?, nil): logger.notice("audit anchors can be written again", metadata: ["sink": "\(sink)"])
        default: break
        }
    }
}
