/// What a partner may change of an order while it is pending.
package struct OrderAmendment: Hashable, Sendable, Redacted {
    package let reference: String?
    package let customerReference: String?
    package let memo: String?
    package let webhookURLs: [WebhookURL]
    /// `nil`: the patient's address.
    package let shipTo: ShipTo?

    package init(
        reference: String?, customerReference: String?, memo: String?, webhookURLs: [WebhookURL], shipTo: ShipTo?
    ) {
        self.reference = reference
        self.customerReference = customerReference
        self.memo = memo
        self.webhookURLs = webhookURLs
        self.shipTo = shipTo
    }

    /// What an order has now.
    package init(of terms: OrderTerms) {
        self.init(
            reference: terms.reference, customerReference: terms.customerReference, memo: terms.memo,
            webhookURLs: terms.webhookURLs, shipTo: terms.shipTo)
    }
}

extension OrderTerms {
    /// - Parameter patient: as they were when the order was placed.
    package func amended(by amendment: OrderAmendment, patient: PatientDetails) -> OrderTerms {
        var terms = self
        terms.reference = amendment.reference
        terms.customerReference = amendment.customerReference
        terms.memo = amendment.memo
        terms.webhookURLs = amendment.webhookURLs
        terms.shipTo = amendment.shipTo
        return terms.addressed(to: patient)
    }

    /// Whether the pharmacy's system has anything that differs.
    package func concernsPharmacy(comparedWith other: OrderTerms) -> Bool {
        reference != other.reference || memo != other.memo || shipTo != other.shipTo
    }
}

extension Order {
    /// The order with other terms. No event reports them, because its status is the same.
    package func amended(to terms: OrderTerms, at now: Timestamp) -> Order {
        var order = self
        if terms.webhookURLs != self.terms.webhookURLs { order.webhookURLsSince = eventSequence + 1 }
        order.terms = terms
        order.updatedAt = now
        return order
    }
}
