import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: exports", .timeLimit(.minutes(2)))
struct ListExportTests {
    /// The cells of a CSV text (RFC 4180).
    private func cells(_ text: String) -> [[String]] {
        var (rows, row, cell, isQuoted): ([[String]], [String], String, Bool) = ([], [], "", false)
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let isPair = scalar == "\"" && index + 1 < scalars.count && scalars[index + 1] == "\""
            switch (scalar, isQuoted) {
            case ("\"", true) where isPair:
                cell.unicodeScalars.append("\"")
                index += 1
            case ("\"", _): isQuoted.toggle()
            case (",", false): (row, cell) = (row + [cell], "")
            case ("\r", false): break
            case ("\n", false): (rows, row, cell) = (rows + [row + [cell]], [], "")
            default: cell.unicodeScalars.append(scalar)
            }
            index += 1
        }
        return rows
    }

    @Test("Cells with separators have quotes, and no text is a formula", arguments: ListExport.Format.allCases)
    func text(format: ListExport.Format) throws {
        let export = ListExport("test", columns: ["a", "b", "missing"]) { _ in ([], nil) }
        let rows: [JSON] = [
            ["a": "plain", "b": 3, "c": "not a column"], ["a": "a,\"b\"\r\nc", "b": nil],
            ["a": "=1+1", "b": ["x", "y"]],
            ["a": "-1", "b": "@b"], ["a": "O'Neill 中", "b": true],
        ]
        let text = export.text(rows, format)
        switch format {
        case .csv:
            #expect(
                cells(text) == [
                    ["plain", "3", ""], ["a,\"b\"\r\nc", "", ""], ["'=1+1", "x y", ""], ["'-1", "'@b", ""],
                    ["O'Neill 中", "true", ""],
                ])
        case .jsonLines:
            let lines = text.split(separator: "\n")
            #expect(lines.count == 5)
            #expect(try JSON.parse(lines[2].utf8) == ["a": "=1+1", "b": ["x", "y"], "missing": nil])
        }
    }

    @Test("All orders that match the filters are exported, over several pages, without what may name a patient")
    func orders() async throws {
        try await DashboardFixture.with { fixture in
            let body = try await fixture.installation.order()
            var orders: Set<String> = []
            for number in 0..<205 {
                var members = try #require(body.members)
                members += [
                    JSON.Member("order_id", .string("=ORD \"\(number)\"")), JSON.Member("memo", "For Jane"),
                    JSON.Member("customer_id", .string(number == 7 ? "one" : "other")),
                ]
                orders.insert(try await fixture.installation.place(.object(members)).description)
            }
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/orders?customer=one").text
            #expect(page.contains("/dashboard/orders/export?customer=one&amp;format=csv"))
            let (response, text) = try await visitor.get("/dashboard/orders/export?format=csv")
            #expect(response.headers[.contentType]?.hasPrefix("text/csv") == true)
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"orders-2025-12-22.csv\"")
            #expect(response.headers[.cacheControl] == "no-store")
            let rows = cells(text)
            #expect(rows.count == 206 && rows[0].first == "uuid" && rows[0].contains("updated_at"))
            #expect(Set(rows.dropFirst().map { $0[0] }) == orders)
            #expect(rows.dropFirst().contains { $0[1] == "'=ORD \"204\"" })
            #expect(!text.contains("Jane"))
            let one = try await visitor.get("/dashboard/orders/export?format=jsonl&customer=one").text
            let order = try JSON.parse(one.utf8)
            #expect(order["order_id"] == "=ORD \"7\"" && order["medication"]?.text?.isEmpty == false)
            #expect(order["memo"] == nil)
            #expect(try await visitor.status("/dashboard/orders/export?format=xlsx") == .unprocessableContent)
            #expect(try await visitor.status("/dashboard/orders/export") == .unprocessableContent)
            // Each slot was given back.
            for _ in 0..<4 { #expect(try await visitor.status("/dashboard/orders/export?format=csv") == .ok) }
        }
    }

    @Test("Deliveries, requests and the audit log are exported, each with the members of the API")
    func others() async throws {
        try await DashboardFixture.with { fixture in
            let order = try await fixture.installation.place(
                try await fixture.installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
            let visitor = try await fixture.signIn()
            let deliveries = cells(try await visitor.get("/dashboard/webhooks/export?format=csv").text)
            #expect(deliveries.count == 2 && deliveries[1].contains(order.description))
            #expect(deliveries[0].prefix(3) == ["id", "event", "event_id"])
            let none = try await visitor.get("/dashboard/webhooks/export?format=csv&status=failed").text
            #expect(cells(none).count == 1)
            let requests = try await visitor.get("/dashboard/requests/export?format=jsonl")
            #expect(requests.response.status == .ok && requests.text.isEmpty)
            let audit = try await visitor.get("/dashboard/audit/export?format=jsonl&action=session.created").text
            let entry = try JSON.parse(audit.utf8)
            #expect(entry["action"] == "session.created" && entry["subjects"]?.elements?.count == 1)
        }
    }

    @Test("A tenant has a limited number of exports at once")
    func slots() async throws {
        let slots = TenantSlots(total: ServiceLimits.exports, divisor: ServiceLimits.exportShare)
        let installation = try await TestInstallation()
        let other = try await installation.addTenant("acme-pharmacy")
        var held = [slots.begin(installation.tenant.id), slots.begin(installation.tenant.id)]
        #expect(held.allSatisfy { $0 != nil } && slots.begin(installation.tenant.id) == nil)
        #expect(slots.begin(other.id) != nil)
        held.removeLast()
        #expect(slots.begin(installation.tenant.id) != nil)
    }

    @Test("A credential exports only what it may read")
    func scopes() async throws {
        try await DashboardFixture.with(scopes: ["patients:read"]) { fixture in
            let visitor = try await fixture.signIn()
            for list in ["orders", "webhooks", "requests", "audit"] {
                #expect(try await visitor.status("/dashboard/\(list)/export?format=csv") == .forbidden, "\(list)")
            }
        }
    }
}
