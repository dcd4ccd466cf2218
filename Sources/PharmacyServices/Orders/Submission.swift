import PharmacyDomain

/// The outcome of submitting an order, as it is recorded for an idempotency key.
enum Submission: Hashable, Sendable {
    case placed(PlacedOrder)
    case priceChanged(expected: Price, current: Price)

    var outcome: JSON {
        switch self {
        case .placed(let placed):
            .object(
                [JSON.Member("document", .string(String(decoding: placed.order.document.bytes, as: UTF8.self)))]
                    + Submission.duplicates(placed.possibleDuplicates))
        case .priceChanged(let expected, let current):
            ["expected": .string(expected.description), "current": .string(current.description)]
        }
    }

    /// The member that lists them; none if there are none, as in earlier versions.
    private static func duplicates(_ orders: [OrderID]) -> [JSON.Member] {
        orders.isEmpty ? [] : [JSON.Member("duplicates", .array(orders.map { .string($0.description) }))]
    }

    /// Reads back what `outcome` wrote; `nil` for anything else.
    init?(outcome: JSON) {
        if let text = outcome["document"]?.text {
            guard let document = try? JSON.parse(Array(text.utf8)), let order = Order(document: document) else {
                return nil
            }
            let duplicates = outcome["duplicates"]?.elements ?? []
            self = .placed(
                PlacedOrder(
                    order: order, possibleDuplicates: duplicates.compactMap { $0.text.flatMap(OrderID.init) }))
            return
        }
        guard let expected = outcome["expected"]?.text.flatMap(Price.init),
            let current = outcome["current"]?.text.flatMap(Price.init)
        else { return nil }
        self = .priceChanged(expected: expected, current: current)
    }
}
