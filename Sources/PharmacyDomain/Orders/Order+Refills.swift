extension Order {
    /// Why an order cannot be filled again.
    package enum RefillRefusal: String, Hashable, Sendable {
        /// It was canceled, or has failed.
        case ended
        /// No refill was authorized.
        case notAuthorized
        /// All authorized refills were ordered.
        case usedUp
    }

    /// Whether the order counts as one of the refills that its prescription authorizes.
    package var usesRefill: Bool { !hasComeToNothing }

    private var hasComeToNothing: Bool { status == .cancelled || status == .failed }

    /// Why the order cannot be filled again; `nil` where it can.
    /// - Parameter used: how many of its refills count.
    package func refillRefusal(used: Int) -> RefillRefusal? {
        if hasComeToNothing { return .ended }
        guard let authorized = terms.refillsAuthorized, authorized > 0 else { return .notAuthorized }
        return used < authorized ? nil : .usedUp
    }

    /// The order with one more refill.
    package func filledAgain(as refill: OrderID, at now: Timestamp) -> Order {
        var order = self
        order.refills.append(refill)
        order.updatedAt = now
        return order
    }

    /// The terms of a refill: those of the order, sent to the patient's present address unless the order had another one.
    /// - Parameters:
    ///   - medicationID: the present id of the same medication.
    ///   - patient: as they were when the order was placed.
    package func refillTerms(
        medicationID: String, patient: PatientDetails, changes: RefillChanges
    ) -> OrderTerms {
        var terms = terms
        terms.medicationID = medicationID
        terms.reference = changes.reference
        terms.memo = changes.memo
        terms.customerReference = changes.customerReference ?? terms.customerReference
        terms.webhookURLs = changes.webhookURLs ?? terms.webhookURLs
        terms.shipTo = changes.shipTo ?? (terms.shipTo == ShipTo(patient) ? nil : terms.shipTo)
        terms.refillsAuthorized = nil
        return terms
    }
}

/// What a refill has that its order has not, or has otherwise.
package struct RefillChanges: Hashable, Sendable, Redacted {
    package let reference: String?
    /// `nil`: the order's.
    package let customerReference: String?
    package let memo: String?
    /// `nil`: the order's.
    package let webhookURLs: [WebhookURL]?
    /// `nil`: the order's, or the patient's present address where the order went to the patient's own.
    package let shipTo: ShipTo?
    /// Where it differs from the current price, nothing is ordered.
    package let expectedPrice: Price?

    package init(
        reference: String?, customerReference: String?, memo: String?, webhookURLs: [WebhookURL]?, shipTo: ShipTo?,
        expectedPrice: Price?
    ) {
        self.reference = reference
        self.customerReference = customerReference
        self.memo = memo
        self.webhookURLs = webhookURLs
        self.shipTo = shipTo
        self.expectedPrice = expectedPrice
    }
}
