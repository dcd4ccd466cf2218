/// What the partner asks for; every value has passed the guide's constraints (section 4, Constraints).
package struct OrderTerms: Hashable, Sendable, Redacted {
    package let patientID: PatientID
    package let pharmacyID: PharmacyID
    /// The encoded id of the medication.
    package let medicationID: String
    package let dispenseQuantity: Int
    package let daysSupply: Int?
    /// The partner's `order_id`; need not be unique.
    package let reference: String?
    /// The partner's `customer_id`.
    package let customerReference: String?
    package let memo: String?
    package let clinicalNotes: String?
    package let webhookURLs: [WebhookURL]

    package init(
        patientID: PatientID, pharmacyID: PharmacyID, medicationID: String, dispenseQuantity: Int, daysSupply: Int?,
        reference: String?, customerReference: String?, memo: String?, clinicalNotes: String?,
        webhookURLs: [WebhookURL]
    ) {
        self.patientID = patientID
        self.pharmacyID = pharmacyID
        self.medicationID = medicationID
        self.dispenseQuantity = dispenseQuantity
        self.daysSupply = daysSupply
        self.reference = reference
        self.customerReference = customerReference
        self.memo = memo
        self.clinicalNotes = clinicalNotes
        self.webhookURLs = webhookURLs
    }
}

package enum OrderRules {
    package static let dispenseQuantity = 1...1000
    package static let daysSupply = 1...365
    package static let memoLimit = 1024
    package static let clinicalNotesLimit = 2048
    package static let referenceLimit = 100
    package static let medicationIDLimit = 512
    package static let webhookURLLimit = 5
    package static let reasonLimit = 255
    /// Parcels that an order remembers. Nobody sends one prescription in so many; a pharmacy that names ever new ones must
    /// not make an order grow without end.
    package static let shipmentLimit = 20
    /// How far ahead of ours the clock of a pharmacy may be.
    package static let reportClockTolerance = Duration.minutes(5)
}

/// A request for an order: the terms, and the price the partner counts on.
package struct OrderDraft: Hashable, Sendable {
    package let terms: OrderTerms
    package let expectedPrice: Price?

    /// Reads an order from a request's body.
    /// - Throws: every problem at once.
    package init(parsing body: JSON, egress: EgressPolicy) throws(Problems) {
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

extension WebhookURL {
    /// The URLs of an array member, each judged on its own (`webhook_urls.1`); one that stands twice counts once.
    package static func list(
        _ name: String, in fields: inout FieldReader, egress: EgressPolicy
    ) -> [WebhookURL] {
        var urls: [WebhookURL] = []
        for (index, element) in (fields.array(name, maximum: OrderRules.webhookURLLimit) ?? []).enumerated() {
            guard let text = element.text else {
                fields.reject("\(name).\(index)", "\(name).\(index) must be a string.")
                continue
            }
            do {
                let url = try WebhookURL(text, egress: egress)
                if !urls.contains(url) { urls.append(url) }
            } catch {
                fields.reject("\(name).\(index)", "\(name).\(index) \(error.sentence)")
            }
        }
        return urls
    }
}
