/// A product of one pharmacy's catalogue with its price (guide, Medication Catalog with Real-Time Pricing).
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

    /// The item as the catalogue and an order show it.
    /// - Parameters:
    ///   - encodedID: the opaque `medication_id`.
    ///   - priceAsOf: when the pharmacy named the price.
    package func document(encodedID: String, priceAsOf: Timestamp) -> JSON {
        [
            "medication_id": .string(encodedID),
            "name": .string(name),
            "strength": .string(strength),
            "form": .string(form),
            "formulation": .string(formulation),
            "quantity": .string(quantity),
            "quantity_units": .string(quantityUnits),
            "schedule_code": .string(scheduleCode),
            "type": .string(type),
            "pharmacy": .string(pharmacy),
            "price": .string(price.description),
            "price_as_of": JSON(priceAsOf),
        ]
    }
}

/// All that a pharmacy offered at one moment, in a fixed order, so that pages of it fit together.
package struct Catalogue: Hashable, Sendable {
    package static let perPage = 25
    package static let searchLimit = 80
    /// A price is asked for anew when it is older.
    package static let freshFor = Duration.seconds(60)
    /// A list is still served, marked stale, while the pharmacy's system is down, up to this age.
    package static let servedFor = Duration.minutes(15)

    package let medications: [Medication]
    package let asOf: Timestamp

    package init(medications: [Medication], asOf: Timestamp) {
        self.medications = medications
        self.asOf = asOf
    }

    /// - Parameter age: since it was asked for.
    package static func isFresh(age: Duration) -> Bool { age < freshFor }
    /// - Parameter age: since it was asked for.
    package static func isServable(age: Duration) -> Bool { age < servedFor }

    package subscript(productCode: String) -> Medication? { medications.first { $0.productCode == productCode } }

    /// One page of the medications whose name holds `search`, as `String.comparisonKey` has both.
    package func page(_ request: PageRequest, search: String?) -> Page<Medication> {
        let pattern = BytePattern((search ?? "").comparisonKey.utf8)
        let found =
            pattern.isEmpty
            ? medications : medications.filter { pattern.isFound(in: Array($0.name.comparisonKey.utf8)) }
        let start = min(request.offset, found.count)
        let end = min(start + request.perPage, found.count)
        return Page(items: Array(found[start..<end]), request: request, total: found.count)
    }
}
