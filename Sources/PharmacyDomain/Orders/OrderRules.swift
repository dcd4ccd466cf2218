/// The guide's constraints on orders (section 4) and the limits that the API adds.
package enum OrderRules {
    package static let dispenseQuantity = 1...1000
    package static let daysSupply = 1...365
    package static let memo = TextRule(maximum: 1024, allowsLines: true)
    package static let clinicalNotes = TextRule(maximum: 2048, allowsLines: true)
    /// To whom a parcel is addressed.
    package static let recipient = TextRule(maximum: 100)
    /// What the patient is told to do with the medicine; the limit is that of NCPDP SCRIPT's Sig.
    package static let directions = TextRule(maximum: 1000, allowsLines: true)
    /// The range of NCPDP SCRIPT; the law has lower limits for controlled substances (`DEASchedule.refillLimit`).
    package static let refillsAuthorized = 0...99
    /// Of `order_id` and `customer_id`.
    package static let reference = TextRule(maximum: 100)
    package static let medicationID = TextRule(maximum: 512)
    package static let webhookURLLimit = 5
    /// How long after an order another one that is like it may be a duplicate.
    package static let duplicateWindow = Duration.hours(24)
    /// Of a cancellation.
    package static let reason = TextRule(maximum: 255)
    /// Parcels that an order remembers. Nobody sends one prescription in so many; a pharmacy that names ever new ones must
    /// not make an order grow without end.
    package static let shipmentLimit = 20
    /// How far ahead of ours the clock of a pharmacy may be.
    package static let reportClockTolerance = Duration.minutes(5)
}
