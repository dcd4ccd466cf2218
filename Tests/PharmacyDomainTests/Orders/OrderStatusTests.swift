import PharmacyDomain
import Testing

@Suite("Order statuses")
struct OrderStatusTests {
    /// The contract's edges, written out: pending → confirmed → processing → shipped → delivered; pending, confirmed
    /// and processing → cancelled or failed; confirmed and everything after it, cancelled and failed too → refunded.
    static let edges: [OrderStatus: Set<OrderStatus>] = [
        .pending: [.confirmed, .cancelled, .failed],
        .confirmed: [.processing, .cancelled, .failed, .refunded],
        .processing: [.shipped, .cancelled, .failed, .refunded],
        .shipped: [.delivered, .refunded],
        .delivered: [.refunded],
        .cancelled: [.refunded],
        .failed: [.refunded],
        .refunded: [],
    ]

    @Test("The eight statuses have the guide's names")
    func names() {
        let guide = ["pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "failed", "refunded"]
        #expect(OrderStatus.allCases.map(\.rawValue) == guide)
    }

    @Test("Each status has exactly the transitions of the contract", arguments: OrderStatus.allCases)
    func next(status: OrderStatus) throws {
        #expect(Set(status.next) == Self.edges[status])
        #expect(status.next.count == Self.edges[status]?.count)
    }

    @Test(
        "The path from one status to another passes through those in between",
        arguments: [
            (.pending, .confirmed, [.confirmed]), (.pending, .processing, [.confirmed, .processing]),
            (.pending, .shipped, [.confirmed, .processing, .shipped]),
            (.pending, .delivered, [.confirmed, .processing, .shipped, .delivered]),
            (.pending, .cancelled, [.cancelled]),
            (.pending, .failed, [.failed]), (.pending, .refunded, [.confirmed, .refunded]),
            (.confirmed, .processing, [.processing]), (.confirmed, .shipped, [.processing, .shipped]),
            (.confirmed, .delivered, [.processing, .shipped, .delivered]), (.confirmed, .cancelled, [.cancelled]),
            (.confirmed, .failed, [.failed]), (.confirmed, .refunded, [.refunded]), (.processing, .shipped, [.shipped]),
            (.processing, .delivered, [.shipped, .delivered]), (.processing, .cancelled, [.cancelled]),
            (.processing, .failed, [.failed]), (.processing, .refunded, [.refunded]),
            (.shipped, .delivered, [.delivered]),
            (.shipped, .refunded, [.refunded]), (.delivered, .refunded, [.refunded]),
            (.cancelled, .refunded, [.refunded]),
            (.failed, .refunded, [.refunded]),
        ] as [(OrderStatus, OrderStatus, [OrderStatus])])
    func ways(start: OrderStatus, end: OrderStatus, path: [OrderStatus]) {
        #expect(start.path(to: end) == path)
    }

    @Test(
        "There is no path back, to the same status, or from a final one",
        arguments: OrderStatus.allCases)
    func noWays(start: OrderStatus) {
        let reachable: [OrderStatus: Set<OrderStatus>] = [
            .pending: [.confirmed, .processing, .shipped, .delivered, .cancelled, .failed, .refunded],
            .confirmed: [.processing, .shipped, .delivered, .cancelled, .failed, .refunded],
            .processing: [.shipped, .delivered, .cancelled, .failed, .refunded],
        ]
        for end in OrderStatus.allCases {
            let isReachable = (reachable[start] ?? Self.edges[start])?.contains(end) == true
            #expect(start.path(to: end).isEmpty != isReachable, "\(start) to \(end)")
        }
    }

    @Test("Every path has only allowed transitions and ends at its target")
    func waysKeepToEdges() {
        for start in OrderStatus.allCases {
            for end in OrderStatus.allCases {
                let path = start.path(to: end)
                for (from, to) in zip([start] + path, path) {
                    #expect(Self.edges[from]?.contains(to) == true, "\(from) to \(to)")
                }
                #expect(path.isEmpty || path.last == end)
            }
        }
    }

    @Test("A partner may cancel while pending or confirmed", arguments: OrderStatus.allCases)
    func cancellable(status: OrderStatus) {
        #expect(status.isCancellable == [.pending, .confirmed].contains(status))
    }

    @Test("Only a refund follows a final status", arguments: OrderStatus.allCases)
    func final(status: OrderStatus) {
        #expect(status.isFinal == [.delivered, .cancelled, .failed, .refunded].contains(status))
    }
}
