/// A request for an order: the terms, and the price the partner expects.
package struct OrderDraft: Hashable, Sendable {
    package let terms: OrderTerms
    /// Where it differs from the current price, nothing is ordered.
    package let expectedPrice: Price?

    package init(terms: OrderTerms, expectedPrice: Price?) {
        self.terms = terms
        self.expectedPrice = expectedPrice
    }

    package init(
        patientID: PatientID, pharmacyID: PharmacyID, medicationID: String, dispenseQuantity: Int, daysSupply: Int?,
        reference: String?, customerReference: String?, memo: String?, clinicalNotes: String?,
        webhookURLs: [WebhookURL], expectedPrice: Price?, shipTo: ShipTo? = nil, shippingMethod: ShippingMethod? = nil,
        prescriber: Prescriber? = nil, directions: String? = nil, refillsAuthorized: Int? = nil
    ) {
        self.init(
            terms: OrderTerms(
                patientID: patientID, pharmacyID: pharmacyID, medicationID: medicationID,
                dispenseQuantity: dispenseQuantity, daysSupply: daysSupply, reference: reference,
                customerReference: customerReference, memo: memo, clinicalNotes: clinicalNotes,
                webhookURLs: webhookURLs, shipTo: shipTo, shippingMethod: shippingMethod, prescriber: prescriber,
                directions: directions, refillsAuthorized: refillsAuthorized),
            expectedPrice: expectedPrice)
    }
}
