extension Order {
    /// When a parcel was shipped and delivered, as far as its pharmacy has reported it. In whole seconds, which is what
    /// documents store: a report that is read again then equals what is stored of it.
    package struct ParcelTimes: Hashable, Sendable {
        package let shippedAt: Timestamp?
        package let deliveredAt: Timestamp?

        package init(shippedAt: Timestamp? = nil, deliveredAt: Timestamp? = nil) {
            self.shippedAt = shippedAt.map(ParcelTimes.wholeSecond)
            self.deliveredAt = deliveredAt.map(ParcelTimes.wholeSecond)
        }

        private static func wholeSecond(_ moment: Timestamp) -> Timestamp {
            Timestamp(milliseconds: moment.seconds * 1000)
        }

        /// Whether the delivery is not before the shipment.
        private var isConsistent: Bool {
            guard let shippedAt, let deliveredAt else { return true }
            return shippedAt <= deliveredAt
        }

        /// The times after newer ones, of which a missing one changes nothing. Where a delivery would be before its
        /// shipment, one of the two is wrong, and nothing tells which: then the newer times change nothing either.
        func replaced(by newer: ParcelTimes) -> ParcelTimes {
            let times = ParcelTimes(
                shippedAt: newer.shippedAt ?? shippedAt, deliveredAt: newer.deliveredAt ?? deliveredAt)
            return times.isConsistent ? times : self
        }

        /// The times with those of `others` that are unknown, unless a delivery would be before its shipment.
        func filled(by others: ParcelTimes) -> ParcelTimes {
            let times = ParcelTimes(
                shippedAt: shippedAt ?? others.shippedAt, deliveredAt: deliveredAt ?? others.deliveredAt)
            return times.isConsistent ? times : self
        }
    }
}
