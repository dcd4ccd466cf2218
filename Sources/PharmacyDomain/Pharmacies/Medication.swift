/// A product of one pharmacy's catalog with its price (guide, Medication Catalog with Real-Time Pricing).
package struct Medication: Hashable, Sendable {
    /// The pharmacy's own code of the product; partners see it only inside the encoded `medication_id`.
    package let productCode: String
    package let name: String
    package let strength: String
    package let form: String
    package let formulation: String
    package let quantity: String
    package let quantityUnits: String
    /// The DEA schedule, or `L` for a legend drug that is not controlled.
    package let scheduleCode: String
    package let type: String
    /// The name of the pharmacy that dispenses it.
    package let pharmacy: String
    package let price: Price

    package init(
        productCode: String, name: String, strength: String, form: String, formulation: String, quantity: String,
        quantityUnits: String, scheduleCode: String, type: String, pharmacy: String, price: Price
    ) {
        self.productCode = productCode
        self.name = name
        self.strength = strength
        self.form = form
        self.formulation = formulation
        self.quantity = quantity
        self.quantityUnits = quantityUnits
        self.scheduleCode = scheduleCode
        self.type = type
        self.pharmacy = pharmacy
        self.price = price
    }
}
