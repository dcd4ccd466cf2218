package import Logging
internal import Metrics
internal import Synchronization

/// What operators have to be told of the audit log's anchors: in the log when it begins and when it ends, as metrics, and in
/// the text of `/readyz` for as long as it lasts. It takes no server out of service: requests are answered, and audited.
package final class AuditAlarm: Sendable {
    private struct State {
        var mismatch: String?
        /// By the sink's name.
        var failures: [String: String] = [:]
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let mismatchGauge = Gauge(label: "audit_anchor_mismatch")

    package init(logger: Logger) {
        self.logger = logger
        mismatchGauge.record(0)
    }

    /// Sentences without a name, a value or a path; empty when all is well.
    package var messages: [String] {
        state.withLock { state in
            var messages: [String] = []
            if state.mismatch != nil { messages.append("the audit log does not match its anchors") }
            messages += state.failures.keys.sorted().map { "audit anchors cannot be written to the \($0)" }
            return messages
        }
    }

    /// - Parameter reason: `nil` where the log is as it was anchored.
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
