import PharmacyDomain

/// The outcome of submitting an order, as it is recorded for an idempotency key.
enum Submission: Hashable, Sendable {
    case placed(Order)
    case priceChanged(expected: Price, current: Price)

    var outcome: JSON {
        switch self {
        case .placed(let order): ["document": .string(String(decoding: order.document.bytes, as: UTF8.self))]
        case .priceChanged(let expected, let current):
            ["expected": .string(expected.description), "current": .string(current.description)]
        }
    }

    /// Reads back what `outcome` wrote; `nil` for anything else.
    init?(outcome: JSON) {
        if let text = outcome["document"]?.text {
            guard let document = try? JSON.parse(Array(text.utf8)), let order = Order(document: document) else {
                return nil
            }
            self = .placed(order)
            return
        }
        guard let expected = outcome["expected"]?.text.flatMap(Price.init),
            let current = outcome["current"]?.text.flatMap(Price.init)
        else { return nil }
        self = .priceChanged(expected: expected, current: current)
    }
}
