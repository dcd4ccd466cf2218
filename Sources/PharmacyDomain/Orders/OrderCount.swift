/// How many orders were submitted in a span of time, and how many of them have failed since.
package struct OrderCount: Hashable, Sendable {
    package let start: Timestamp
    package var submitted: Int
    package var failed: Int

    package init(start: Timestamp, submitted: Int = 0, failed: Int = 0) {
        self.start = start
        self.submitted = submitted
        self.failed = failed
    }
}
