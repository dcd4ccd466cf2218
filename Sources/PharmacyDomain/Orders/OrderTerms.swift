/// The partner's request; every value has passed the guide's constraints (section 4, Constraints).
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

extension OrderTerms {
    /// Checks every rule, for terms that were made in code rather than read from a request.
    /// - Throws: every violation at once.
    package func validate() throws(ValidationErrors) {
        var errors = ValidationErrors()
        func check(_ name: String, _ text: String?, _ rule: TextRule) {
            if let violation = text.flatMap(rule.violation(inValue:)) { errors.add(name, "\(name) \(violation)") }
        }
        func check(_ name: String, _ number: Int?, _ range: ClosedRange<Int>) {
            if let number, !range.contains(number) {
                errors.add(
                    name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            }
        }
        check("medication_id", medicationID, OrderRules.medicationID)
        check("dispense_quantity", dispenseQuantity, OrderRules.dispenseQuantity)
        check("days_supply", daysSupply, OrderRules.daysSupply)
        check("order_id", reference, OrderRules.reference)
        check("customer_id", customerReference, OrderRules.reference)
        check("memo", memo, OrderRules.memo)
        check("clinical_notes", clinicalNotes, OrderRules.clinicalNotes)
        if webhookURLs.count > OrderRules.webhookURLLimit {
            errors.add("webhook_urls", "webhook_urls must have at most \(OrderRules.webhookURLLimit) elements.")
        }
        try errors.throwIfAny()
    }
}
