extension Order {
    /// What an order and its duplicate have in common: the patient, the pharmacy and the product. Only digests of it are compared.
    package var likeness: String {
        [
            patientID.description, pharmacyID.description, medication.name, medication.strength, medication.form,
            medication.formulation, medication.quantity, medication.quantityUnits,
        ].joined(separator: "\u{0}")
    }
}
