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
