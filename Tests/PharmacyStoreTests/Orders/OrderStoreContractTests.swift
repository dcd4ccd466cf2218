import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The contract of the store: orders", .timeLimit(.minutes(2)))
struct OrderStoreContractTests {
    @Test("An order is read by its own tenant and by no other", arguments: TestDatabase.engines)
    func read(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addOrder()
            let other = try await tenants.addOrder(of: tenants.other)
            #expect(try await tenants.read { try $0.order(own.id)?.order } == own)
            #expect(try await tenants.read { try $0.orderRepresentation(own.id)?.bytes } == own.document.bytes)
            #expect(try await tenants.read { try $0.order(other.id)?.order } == nil)
            #expect(try await tenants.read { try $0.orderRepresentation(other.id)?.bytes } == nil)
        }
    }

    /// A filter that the orders of both tenants match.
    struct Search: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let filter: OrderFilter

        init(_ description: String, _ change: (inout OrderFilter) -> Void = { _ in }) {
            testDescription = description
            var filter = OrderFilter()
            change(&filter)
            self.filter = filter
        }
    }

    @Test(
        "A list has the tenant's own orders alone, and counts no others", arguments: TestDatabase.engines,
        [
            Search("without a filter"), Search("status") { $0.status = .pending },
            Search("reference") { $0.reference = "ORD-1" },
            Search("customer reference") { $0.customerReference = "CUST-1" },
            Search("created from") { $0.createdFrom = TwoTenants.now },
            Search("created to") { $0.createdTo = TwoTenants.now },
            Search("changed since") { $0.updatedSince = TwoTenants.now },
        ])
    func list(engine: TestDatabase.Engine, search: Search) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addOrder()
            try await tenants.addOrder(of: tenants.other)
            let page = try await tenants.read { try $0.orderRepresentations(search.filter, page: TwoTenants.page) }
            #expect(try TwoTenants.ids(page.items) == [own.id.description])
            #expect(page.total == 1)
        }
    }

    @Test(
        "The total of the list follows new orders, and begins anew after a wipe",
        arguments: TestDatabase.engines)
    func total(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            func total() async throws -> Int? {
                try await tenants.read { try $0.orderRepresentations(OrderFilter(), page: TwoTenants.page).total }
            }
            func wipe() async throws {
                try await tenants.write {
                    try $0.wipe(
                        dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_new",
                        resetsAt: TwoTenants.now + .hours(24), at: TwoTenants.now)
                }
            }
            for expected in 0...3 {
                if expected > 0 { try await tenants.addOrder() }
                try await tenants.addOrder(of: tenants.other)
                for _ in 0..<2 { #expect(try await total() == expected) }
            }
            try await wipe()
            #expect(try await total() == 0)
            // The total before the wipe is still remembered when the list is counted next.
            try await tenants.addOrder()
            #expect(try await total() == 1)
            try await wipe()
            for _ in 0..<2 { try await tenants.addOrder() }
            #expect(try await total() == 2)
        }
    }

    @Test("A list by another tenant's patient is empty", arguments: TestDatabase.engines)
    func foreignPatient(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            try await tenants.addOrder()
            let other = try await tenants.addOrder(of: tenants.other)
            var filter = OrderFilter()
            filter.patientID = other.patientID
            let wanted = filter
            let page = try await tenants.read { try $0.orderRepresentations(wanted, page: TwoTenants.page) }
            #expect(page.items.isEmpty)
            #expect(page.total == 0)
        }
    }

    @Test("A change of one tenant's order changes no other's", arguments: TestDatabase.engines)
    func update(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addOrder()
            let other = try await tenants.addOrder(of: tenants.other)
            try await tenants.cancel(own, of: tenants.own)
            #expect(try await tenants.read { try $0.order(own.id)?.order.status } == .cancelled)
            #expect(try await tenants.store.read(tenants.other) { try $0.order(other.id)?.order } == other)
        }
    }

    @Test("What is submitted to a pharmacy is read by the order's own tenant alone", arguments: TestDatabase.engines)
    func dispatch(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addOrder()
            let other = try await tenants.addOrder(of: tenants.other)
            let payload = try await tenants.read { try $0.dispatchPayload(own.id) }
            #expect(payload?.order == own)
            #expect(payload?.patient.id == own.patientID)
            #expect(try await tenants.read { try $0.dispatchPayload(other.id) == nil })
        }
    }

    @Test("The tenants of an order are found by its id", arguments: TestDatabase.engines)
    func tenants(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addOrder()
            let other = try await tenants.addOrder(of: tenants.other)
            let found = try await tenants.store.systemRead { scope in
                (
                    own: try scope.tenants(withOrder: own.id).map(\.id),
                    other: try scope.tenants(withOrder: other.id).map(\.id)
                )
            }
            #expect(found.own == [tenants.own])
            #expect(found.other == [tenants.other])
        }
    }
}
