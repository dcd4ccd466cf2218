import PharmacyDomain

/// What `PUT /simulator/faults` sets, all at once.
struct Faults: Hashable, Sendable {
    var faults: [Fault] = []
    /// How often each report is sent.
    var copies = 1
    /// Whether reports are kept back until there are several, and sent the last one first.
    var areReversed = false
    /// Whether no report is sent.
    var areLost = false
    /// Prices, of the list's.
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

    /// What happens to the next request for an operation; one that happens a number of times is used up.
    mutating func next(for operation: SimulatedOperation) -> Fault.Kind? {
        guard let index = faults.firstIndex(where: { ($0.operation ?? operation) == operation && $0.times != 0 })
        else { return nil }
        if let times = faults[index].times { faults[index].times = times - 1 }
        return faults[index].kind
    }
}
