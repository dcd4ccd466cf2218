/// How many deliveries of a tenant ended in one hour, and how. One that is made again counts again.
package struct DeliveryCount: Hashable, Sendable {
    /// The beginning of the hour.
    package let hour: Timestamp
    /// `succeeded` or `failed`.
    package let status: Delivery.Status
    package let count: Int

    package init(hour: Timestamp, status: Delivery.Status, count: Int) {
        self.hour = hour
        self.status = status
        self.count = count
    }
}
