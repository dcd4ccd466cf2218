/// A product of a simulated pharmacy: a catalog item without its present price.
struct SimulatedProduct: Hashable, Sendable {
    /// The catalog's `type`.
    enum Kind: String, Sendable {
        /// Made by the pharmacy itself for one prescription.
        case compound = "Compound"
        /// Made by a manufacturer.
        case commercial = "Commercial"
    }

    let code: String
    let name: String
    let strength: String
    let form: DosageForm
    let formulation: String
    let quantity: Int
    let schedule: String
    let type: Kind
    /// The price about which the present price moves, in cents.
    let baseCents: Int

    /// The furthest a price moves from its base, in percent, but at least one cent.
    static let swingPercent = 3

    /// The product's price at a given time, in cents.
    ///
    /// The price holds for a calendar minute and differs from those of the minutes before and after, so that a partner sees prices
    /// move, and can have an order refused for it, within a minute. It is alternately above and below the base price, by 1 cent
    /// to 3 percent. The product's code and the minute alone determine it, so that all nodes return the same price, also after
    /// a restart.
    func cents(at moment: Timestamp) -> Int {
        let minute = UInt64(bitPattern: Int64((Double(moment.seconds) / 60).rounded(.down)))
        let seed = code.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        let swing = UInt64(max(1, baseCents * SimulatedProduct.swingPercent / 100))
        let distance = 1 + Int(SimulatedProduct.mixed(seed &+ minute) % swing)
        let isAbove = (SimulatedProduct.mixed(seed) &+ minute).isMultiple(of: 2)
        return isAbove ? baseCents + distance : baseCents - distance
    }

    /// The catalog item at a given time; `nil` where the price is out of range.
    func medication(of pharmacy: Pharmacy, at moment: Timestamp) -> Medication? {
        guard let price = Price(cents: cents(at: moment)) else { return nil }
        return Medication(
            productCode: code, name: name, strength: strength, form: form.rawValue, formulation: formulation,
            quantity: String(quantity), quantityUnits: form.units, scheduleCode: schedule, type: type.rawValue,
            pharmacy: pharmacy.name, price: price)
    }

    /// SplitMix64's finalizer (Steele, Lea, Flood 2014): spreads near numbers over the whole range.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var z = number &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
