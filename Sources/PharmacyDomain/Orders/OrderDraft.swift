/// A request for an order: the terms, and the price the partner counts on.
package struct OrderDraft: Hashable, Sendable {
    package let terms: OrderTerms
    package let expectedPrice: Price?

    /// Reads an order from a request's body.
    /// - Throws: every problem at once.
    package init(parsing body: JSON, egress: EgressPolicy) throws(ValidationErrors) {
        var fields = FieldReader(body)
        let patientID = fields.parsed(
            "patient_id", required: true, "patient_id must be a patient's uuid.", parse: PatientID.init)
        let pharmacyID = fields.parsed(
            "pharmacy_id", required: true, "pharmacy_id must be a pharmacy's id.", parse: PharmacyID.init)
        let medicationID = fields.text("medication_id", maximum: OrderRules.medicationIDLimit, required: true)
        let quantity = fields.integer("dispense_quantity", in: OrderRules.dispenseQuantity, required: true)
        let daysSupply = fields.integer("days_supply", in: OrderRules.daysSupply)
        let reference = fields.text("order_id", maximum: OrderRules.referenceLimit)
        let customerReference = fields.text("customer_id", maximum: OrderRules.referenceLimit)
        let memo = fields.text("memo", maximum: OrderRules.memoLimit, multiline: true)
        let notes = fields.text("clinical_notes", maximum: OrderRules.clinicalNotesLimit, multiline: true)
        let urls = WebhookURL.list("webhook_urls", in: &fields, egress: egress)
        let expectedPrice = fields.parsed(
            "expected_price", "expected_price must be a decimal with two places, like 188.00.", parse: Price.init)
        try fields.problems.throwIfAny()
        guard let patientID, let pharmacyID, let medicationID, let quantity else { throw fields.problems }
        self.terms = OrderTerms(
            patientID: patientID, pharmacyID: pharmacyID, medicationID: medicationID, dispenseQuantity: quantity,
            daysSupply: daysSupply, reference: reference, customerReference: customerReference, memo: memo,
            clinicalNotes: notes, webhookURLs: urls)
        self.expectedPrice = expectedPrice
    }
}
