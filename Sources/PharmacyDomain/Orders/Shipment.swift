extension Order {
    /// A parcel as a report describes it.
    package struct Parcel: Hashable, Sendable {
        /// The pharmacy's own id of the parcel, where it has one. Later reports with the id may correct the other members.
        package var id: String?
        package var shipping: Shipping
        package var estimatedDelivery: CalendarDate?
        package var times: ParcelTimes

        package init(
            id: String? = nil, shipping: Shipping, estimatedDelivery: CalendarDate? = nil,
            times: ParcelTimes = ParcelTimes()
        ) {
            self.id = id
            self.shipping = shipping
            self.estimatedDelivery = estimatedDelivery
            self.times = times
        }

        /// The parcel with other times. One that is in transit has no time of delivery, whatever was reported before.
        func with(_ times: ParcelTimes) -> Parcel {
            var parcel = self
            parcel.times = shipping.isInTransit ? ParcelTimes(shippedAt: times.shippedAt) : times
            return parcel
        }

        /// See `Shipping.trackingKey`.
        var trackingKey: String { shipping.trackingKey }
    }

    /// A parcel of an order, and when it was reported.
    package struct Shipment: Hashable, Sendable {
        package internal(set) var parcel: Parcel
        /// When the pharmacy reported this. Earlier reports of the parcel are out of date.
        package internal(set) var reportedAt: Timestamp

        package init(parcel: Parcel, reportedAt: Timestamp) {
            self.parcel = parcel
            self.reportedAt = reportedAt
        }
    }
}

extension Order.Shipping {
    static let delivered = "Delivered"

    /// Whether the status is the guide's "In Transit", however a pharmacy writes it.
    var isInTransit: Bool { status.lowercased().filter(\.isLetter).hasPrefix("intransit") }

    /// Whether the status says that the parcel has arrived, such as the guide's "Delivered".
    var isDelivered: Bool { status.lowercased().hasPrefix("delivered") }

    /// The tracking number without spaces and hyphens, in upper case: people write it in groups and in either case.
    var trackingKey: String { tracking.uppercased().filter { $0 != " " && $0 != "-" } }

    func with(status: String) -> Order.Shipping {
        Order.Shipping(carrier: carrier, tracking: tracking, status: status)
    }
}

extension Order.Shipment {
    /// An element of the order's `shipments`.
    var document: JSON {
        [
            "parcel_id": JSON(parcel.id), "carrier": .string(parcel.shipping.carrier),
            "tracking": .string(parcel.shipping.tracking), "shipping_status": .string(parcel.shipping.status),
            "tracking_url": JSON(parcel.shipping.trackingURL),
            "estimated_delivery": JSON(parcel.estimatedDelivery?.description),
            "shipped_at": JSON(parcel.times.shippedAt), "delivered_at": JSON(parcel.times.deliveredAt),
            "reported_at": JSON(reportedAt),
        ]
    }

    init?(document: JSON) {
        guard let shipping = Order.Shipping(document: document),
            let reportedAt = document["reported_at"]?.text.flatMap(Timestamp.init)
        else { return nil }
        self.init(
            parcel: Order.Parcel(
                id: document["parcel_id"]?.text, shipping: shipping,
                estimatedDelivery: document["estimated_delivery"]?.text.flatMap(CalendarDate.init),
                times: Order.ParcelTimes(
                    shippedAt: document["shipped_at"]?.text.flatMap(Timestamp.init),
                    deliveredAt: document["delivered_at"]?.text.flatMap(Timestamp.init))),
            reportedAt: reportedAt)
    }
}
