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
