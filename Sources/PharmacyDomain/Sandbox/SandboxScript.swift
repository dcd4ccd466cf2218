/// The reports that a sandbox order gets by itself. Certain memos choose other courses.
package struct SandboxScript: Hashable, Sendable {
    /// In order, after `pending`; empty for an order that stays pending.
    package let reports: [Order.Report]

    /// - Parameters:
    ///   - memo: the order's. One that begins with `sandbox:fail`, `sandbox:cancel`, `sandbox:refund` or `sandbox:hold`
    ///     chooses that course.
    ///   - seed: chooses the carrier and the tracking number.
    package init(memo: String?, seed: UInt64) {
        let shipped = Order.Shipping.simulated(seed: seed, status: "In Transit")
        let delivered = Order.Shipping.simulated(seed: seed, status: "Delivered")
        let course: [Order.Report] = [
            Order.Report(.confirmed),
            Order.Report(.processing),
            Order.Report(.shipped, shipping: shipped),
            Order.Report(.delivered, shipping: delivered),
        ]
        let memo = memo ?? ""
        if memo.hasPrefix("sandbox:hold") {
            reports = []
        } else if memo.hasPrefix("sandbox:fail") {
            reports = [Order.Report(.confirmed), Order.Report(.failed, reason: "Simulated failure.")]
        } else if memo.hasPrefix("sandbox:cancel") {
            reports = [Order.Report(.confirmed), Order.Report(.cancelled, reason: "Simulated cancellation.")]
        } else if memo.hasPrefix("sandbox:refund") {
            reports = course + [Order.Report(.refunded, reason: "Simulated refund.")]
        } else {
            reports = course
        }
    }
}

extension Order.Report {
    /// The report with the times of its parcel, as the simulated pharmacies state them.
    /// - Parameter shippedAt: when the parcel was shipped; `nil`: with this report.
    package func simulated(at now: Timestamp, shippedAt: Timestamp?) -> Order.Report {
        guard var parcel else { return self }
        switch status {
        case .shipped: parcel.times = Order.ParcelTimes(shippedAt: now)
        case .delivered: parcel.times = Order.ParcelTimes(shippedAt: shippedAt ?? now, deliveredAt: now)
        default: return self
        }
        return Order.Report(status, reason: reason, parcel: parcel, at: at)
    }

    /// The report with the times of its parcel, the first of a simulated order.
    package func simulated(of order: Order, at now: Timestamp) -> Order.Report {
        simulated(at: now, shippedAt: order.shipments.first?.parcel.times.shippedAt)
    }
}

extension Order.Shipping {
    /// A carrier with a tracking number of the right length for it.
    package static func simulated(seed: UInt64, status: String) -> Order.Shipping {
        let digits = ASCIIDigits.text(Int(seed % 1_000_000_000_000), width: 12)
        return switch seed % 3 {
        case 0: Order.Shipping(carrier: "USPS", tracking: "9400111899" + digits, status: status)
        case 1: Order.Shipping(carrier: "UPS", tracking: "1Z999AA1" + digits.suffix(10), status: status)
        default: Order.Shipping(carrier: "FedEx", tracking: digits, status: status)
        }
    }
}
