/// A medication as partners see it in a catalog, and as an order froze it: with its opaque id and the age of its price.
package struct CatalogItem: Hashable, Sendable {
    /// The opaque `medication_id`, valid for one pharmacy.
    package let medicationID: String
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
    /// When the pharmacy reported the price.
    package let priceAsOf: Timestamp

    package init(
        medicationID: String, name: String, strength: String, form: String, formulation: String, quantity: String,
        quantityUnits: String, scheduleCode: String, type: String, pharmacy: String, price: Price,
        priceAsOf: Timestamp
    ) {
        self.medicationID = medicationID
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
        self.priceAsOf = priceAsOf
    }

    /// - Parameter medicationID: the opaque id of the medication.
    package init(_ medication: Medication, medicationID: String, priceAsOf: Timestamp) {
        self.init(
            medicationID: medicationID, name: medication.name, strength: medication.strength, form: medication.form,
            formulation: medication.formulation, quantity: medication.quantity,
            quantityUnits: medication.quantityUnits, scheduleCode: medication.scheduleCode, type: medication.type,
            pharmacy: medication.pharmacy, price: medication.price, priceAsOf: priceAsOf)
    }

    private typealias Member<Value: Sendable> = StoredMember<CatalogItem, Value>

    /// The members in the order in which orders store them.
    static let members = StoredMembers(
        CatalogItem.init(
            medicationID:name:strength:form:formulation:quantity:quantityUnits:scheduleCode:type:pharmacy:price:
            priceAsOf:),
        Member<String>("medication_id", { $0.medicationID }, TextRule(maximum: .max)),
        Member<String>("name", { $0.name }, TextRule(maximum: .max)),
        Member<String>("strength", { $0.strength }, TextRule(maximum: .max)),
        Member<String>("form", { $0.form }, TextRule(maximum: .max)),
        Member<String>("formulation", { $0.formulation }, TextRule(maximum: .max)),
        Member<String>("quantity", { $0.quantity }, TextRule(maximum: .max)),
        Member<String>("quantity_units", { $0.quantityUnits }, TextRule(maximum: .max)),
        Member<String>("schedule_code", { $0.scheduleCode }, TextRule(maximum: .max)),
        Member<String>("type", { $0.type }, TextRule(maximum: .max)),
        Member<String>("pharmacy", { $0.pharmacy }, TextRule(maximum: .max)),
        Member<Price>(
            "price", { $0.price }, write: { .string($0.description) }, read: { $0?.text.flatMap(Price.init) }),
        Member<Timestamp>(
            "price_as_of", { $0.priceAsOf }, write: { JSON($0) }, read: { $0?.text.flatMap(Timestamp.init) }))
}
