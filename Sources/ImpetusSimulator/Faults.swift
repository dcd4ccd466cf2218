import PharmacyDomain

/// The settings of `PUT /simulator/faults`, which replaces all of them.
struct Faults: Hashable, Sendable {
    var faults: [Fault] = []
    /// How many times each report is sent, 0 to 10.
    var copies = 1
    /// Whether reports are held back until there are several, and then sent in reverse order.
    var areReversed = false
    /// Whether no report is sent.
    var areLost = false
    /// Prices in percent of the list price, 1 to 10,000.
    var pricePercent = 100

    init() {}

    /// Reads `{"faults"?: […], "callbacks"?: {"copies"?, "reversed"?, "lost"?}, "price_percent"?}`.
    init?(_ json: JSON) {
        let read = (json["faults"]?.elements ?? []).map(Fault.init)
        faults = read.compactMap(\.self)
        guard faults.count == read.count else { return nil }
        copies = json["callbacks"]?["copies"]?.wholeNumber.map(Int.init) ?? 1
        areReversed = json["callbacks"]?["reversed"] == true
        areLost = json["callbacks"]?["lost"] == true
        pricePercent = json["price_percent"]?.wholeNumber.map(Int.init) ?? 100
        guard (0...10).contains(copies), (1...10_000).contains(pricePercent) else { return nil }
    }

    /// The fault of the next request for an operation. Decrements the fault's `times`.
    mutating func next(for operation: SimulatedOperation) -> Fault.Kind? {
        guard let index = faults.firstIndex(where: { ($0.operation ?? operation) == operation && $0.times != 0 })
        else { return nil }
        if let times = faults[index].times { faults[index].times = times - 1 }
        return faults[index].kind
    }
}
