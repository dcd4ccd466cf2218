/// The partner's request; every value has passed the guide's constraints (section 4, Constraints).
package struct OrderTerms: Hashable, Sendable, Redacted {
    package let patientID: PatientID
    package let pharmacyID: PharmacyID
    /// The encoded id of the medication.
    package internal(set) var medicationID: String
    package let dispenseQuantity: Int
    package let daysSupply: Int?
    /// The partner's `order_id`; need not be unique.
    package internal(set) var reference: String?
    /// The partner's `customer_id`.
    package internal(set) var customerReference: String?
    package internal(set) var memo: String?
    package let clinicalNotes: String?
    package internal(set) var webhookURLs: [WebhookURL]
    /// `nil`: to the patient, at their own address.
    package internal(set) var shipTo: ShipTo?
    package let shippingMethod: ShippingMethod?
    package let prescriber: Prescriber?
    /// What the patient is told to do with the medicine (NCPDP: Sig).
    package let directions: String?
    /// How often the order may be filled again.
    package internal(set) var refillsAuthorized: Int?

    package init(
        patientID: PatientID, pharmacyID: PharmacyID, medicationID: String, dispenseQuantity: Int, daysSupply: Int?,
        reference: String?, customerReference: String?, memo: String?, clinicalNotes: String?,
        webhookURLs: [WebhookURL], shipTo: ShipTo? = nil, shippingMethod: ShippingMethod? = nil,
        prescriber: Prescriber? = nil, directions: String? = nil, refillsAuthorized: Int? = nil
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
        self.shipTo = shipTo
        self.shippingMethod = shippingMethod
        self.prescriber = prescriber
        self.directions = directions
        self.refillsAuthorized = refillsAuthorized
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
        check("directions", directions, OrderRules.directions)
        check("refills_authorized", refillsAuthorized, OrderRules.refillsAuthorized)
        if let shipTo { errors.add(ShipTo.members.violations(in: shipTo), within: "ship_to") }
        if let prescriber { errors.add(Prescriber.members.violations(in: prescriber), within: "prescriber") }
        if webhookURLs.count > OrderRules.webhookURLLimit {
            errors.add("webhook_urls", "webhook_urls must have at most \(OrderRules.webhookURLLimit) elements.")
        }
        try errors.throwIfAny()
    }
}

extension OrderTerms {
    /// What the rules for the ordered medication and its pharmacy forbid.
    /// - Parameter requiresPrescriber: whether a controlled medication needs a prescriber with a DEA number; not in a sandbox.
    package func violations(
        ordering medication: CatalogItem, at pharmacy: Pharmacy, requiresPrescriber: Bool
    ) -> ValidationErrors {
        var errors = ValidationErrors()
        if let schedule = DEASchedule(scheduleCode: medication.scheduleCode) {
            if requiresPrescriber { addMissingPrescriber(to: &errors) }
            if let limit = schedule.refillLimit, let refillsAuthorized, refillsAuthorized > limit {
                errors.add(
                    "refills_authorized",
                    "refills_authorized must be at most \(limit) for a medication of schedule \(schedule.rawValue).")
            }
        } else if prescriber?.deaNumber != nil {
            errors.add(
                "prescriber.dea_number",
                "prescriber.dea_number must be omitted: the medication is not a controlled substance.")
        }
        guard !pharmacy.takesPrescriptionDetails else { return errors }
        let details = [
            ("ship_to", shipTo != nil), ("shipping_method", shippingMethod != nil), ("directions", directions != nil),
            ("refills_authorized", refillsAuthorized ?? 0 > 0),
        ]
        for (name, isGiven) in details where isGiven {
            errors.add(name, "\(name) cannot be sent to this pharmacy, whose system does not read it yet. Omit it.")
        }
        return errors
    }

    private func addMissingPrescriber(to errors: inout ValidationErrors) {
        guard let prescriber else {
            errors.code = "prescriber_required"
            errors.add("prescriber", "prescriber is required for a controlled substance.")
            return
        }
        if prescriber.deaNumber == nil {
            errors.code = "prescriber_required"
            errors.add("prescriber.dea_number", "prescriber.dea_number is required for a controlled substance.")
        }
    }

    /// The terms with an address: the given one, or else the patient's own.
    package func addressed(to patient: PatientDetails) -> OrderTerms {
        var terms = self
        terms.shipTo = shipTo ?? ShipTo(patient)
        return terms
    }
}
