/// How many requests of a tenant had one outcome in one hour.
package struct RequestCount: Hashable, Sendable {
    /// An hour and an outcome.
    package struct Key: Hashable, Sendable {
        /// The beginning of the hour.
        package let hour: Timestamp
        /// The error code; `nil` for requests without an error.
        package let code: String?

        package init(hour: Timestamp, code: String?) {
            self.hour = hour
            self.code = code
        }
    }

    package let key: Key
    package let count: Int

    package init(key: Key, count: Int) {
        self.key = key
        self.count = count
    }
}

extension LoggedRequest {
    /// What the request is counted under.
    package var countKey: RequestCount.Key { RequestCount.Key(hour: receivedAt.hour, code: code) }
}

extension Timestamp {
    /// The beginning of its hour, in UTC.
    package var hour: Timestamp { floor(of: 3_600_000) }

    /// The beginning of its minute.
    package var minute: Timestamp { floor(of: 60_000) }

    /// - Parameter span: in milliseconds.
    private func floor(of span: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds - (milliseconds % span + span) % span)
    }
}
