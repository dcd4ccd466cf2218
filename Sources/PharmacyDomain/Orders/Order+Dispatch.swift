extension Order {
    /// What partners see of an order's way to the pharmacy: a rendering of the order's `DispatchState`, made when that
    /// changes and stored with the order. No decision is taken from it.
    package struct Dispatch: Hashable, Sendable {
        package enum Status: String, CaseIterable, Sendable {
            /// The pharmacy has not confirmed the order yet.
            case pending
            /// The pharmacy has the order.
            case accepted
            /// The pharmacy did not take the order, or it grew too old.
            case refused
            /// The order was canceled before the pharmacy had it.
            case withdrawn
        }

        package var status = Status.pending
        /// The number of the latest attempt that has ended.
        package var attempts = 0
        package var nextAttemptAt: Timestamp?
        /// The cause of the latest failed attempt: a machine-readable word without personal data.
        package var lastError: String?

        package init() {}

        /// The rendering of a new state.
        /// - Parameters:
        ///   - nextAttemptAt: `nil` where none follows.
        ///   - error: `nil`: the error before stays, unless the pharmacy has accepted the order.
        package func showing(
            _ state: DispatchState, attempts: Int, nextAttemptAt: Timestamp? = nil, error: String? = nil
        ) -> Dispatch {
            var dispatch = self
            dispatch.status = state.shownStatus ?? status
            dispatch.attempts = attempts
            dispatch.nextAttemptAt = nextAttemptAt
            dispatch.lastError = state == .accepted ? nil : error ?? lastError
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
