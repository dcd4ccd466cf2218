extension Order {
    /// How far the hand-over of an order to the pharmacy has come.
    package struct Dispatch: Hashable, Sendable {
        package enum Status: String, CaseIterable, Sendable {
            /// The pharmacy does not have it yet.
            case pending
            /// The pharmacy has it.
            case accepted
            /// The pharmacy did not take it.
            case refused
            /// It was cancelled, or grew too old, before the pharmacy had it.
            case withdrawn
        }

        package var status = Status.pending
        /// Tries that have come to an end.
        package var attempts = 0
        package var nextAttemptAt: Timestamp?
        /// Why the last try came to nothing: a machine word, without personal data.
        package var lastError: String?

        package init() {}

        /// The end: the pharmacy has it, or never will.
        package func settled(_ status: Status, attempts: Int) -> Dispatch {
            var dispatch = self
            dispatch.status = status
            dispatch.attempts = attempts
            dispatch.nextAttemptAt = nil
            if status == .accepted { dispatch.lastError = nil }
            return dispatch
        }

        /// A try that must be repeated.
        package func postponed(until moment: Timestamp, because error: String, attempts: Int) -> Dispatch {
            var dispatch = self
            dispatch.attempts = attempts
            dispatch.nextAttemptAt = moment
            dispatch.lastError = error
            return dispatch
        }

        package var document: JSON {
            [
                "status": .string(status.rawValue), "attempts": JSON(attempts), "next_attempt_at": JSON(nextAttemptAt),
                "last_error": JSON(lastError),
            ]
        }

        init?(document: JSON) {
            guard let status = document["status"]?.text.flatMap(Status.init(rawValue:)),
                let attempts = document["attempts"]?.wholeNumber
            else { return nil }
            self.status = status
            self.attempts = Int(attempts)
            nextAttemptAt = document["next_attempt_at"]?.text.flatMap(Timestamp.init)
            lastError = document["last_error"]?.text
        }
    }
}
