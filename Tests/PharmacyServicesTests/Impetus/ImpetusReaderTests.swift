import Foundation
import Logging
import PharmacyDomain
import Testing

@testable import PharmacyServices

@Suite("Parsing responses of the pharmacies' system")
struct ImpetusReaderTests {
    private static let product: JSON = [
        "code": "1", "name": "N", "strength": "", "form": "", "formulation": "", "quantity": "1",
        "quantity_units": "Each", "schedule_code": "L", "type": "Compound", "price": "1.00", "ndc": "0002-1433-80",
    ]
    private static let pharmacy: JSON = [
        "id": "d9d7d36f-c86b-49f7-a464-f0beb6cb2097", "name": "Main Street Pharmacy", "slug": "main-street-pharmacy",
        "status": "active", "npi": "1234567893", "ncpdp_id": "4312345",
    ]
    private static let other = "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1"

    private static func changed(_ item: JSON, _ name: String, _ value: JSON) -> JSON {
        .object((item.members ?? []).filter { $0.name != name } + [JSON.Member(name, value)])
    }

    private static func catalog(_ products: [JSON]) throws -> ImpetusReader.Items<Medication> {
        let body: JSON = ["pharmacy": "P", "medications": .array(products), "next_cursor": nil]
        return try ImpetusReader.complete(try ImpetusReader.catalog(body).medications)
    }

    /// Invalid values of one member.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let member: String
        let values: [JSON]

        init(_ member: String, _ values: [JSON]) {
            self.member = member
            self.values = values
        }

        var testDescription: String { member }
    }

    private static let wrongTexts: [JSON] = ["", " ", 7, nil, "a\u{7}b", .string(String(repeating: "x", count: 256))]

    static let wrongProducts: [Wrong] =
        [
            Wrong("price", ["-1.00", "1.005", "1", "1,00", "1e3", "NaN", "99999999999.00", 1, nil, "", "1.00 "]),
            Wrong("ndc", ["12", 7, ""]), Wrong("code", [.string(String(repeating: "x", count: 65)), "", 7, nil]),
        ]
        + ["name", "quantity", "quantity_units", "schedule_code", "type"].map { Wrong($0, wrongTexts) }
        + ["strength", "form", "formulation"].map { Wrong($0, Array(wrongTexts.dropFirst(2))) }

    @Test("An invalid product is omitted, and the others are fresh", arguments: wrongProducts)
    func products(wrong: Wrong) throws {
        for value in wrong.values {
            let bad = ImpetusReaderTests.changed(ImpetusReaderTests.product, wrong.member, value)
            let valid = ["2", "3"].map { ImpetusReaderTests.changed(ImpetusReaderTests.product, "code", .string($0)) }
            let read = try ImpetusReaderTests.catalog([valid[0], bad, valid[1]])
            #expect(read.items.map(\.productCode) == ["2", "3"])
            #expect(read.refused.map(\.cause) == [wrong.member])
            // A code that cannot be read names nothing.
            let hasName = wrong.member != "code" || value.text?.isEmpty == false
            let name = hasName ? bad["code"]?.text : "#1"
            #expect(read.refused.map { $0.name } == [try #require(name)])
            #expect(throws: PharmacySystemFailure(.invalidResponse)) { try ImpetusReaderTests.catalog([bad]) }
        }
    }

    @Test("Items that are not products are omitted, and so are products with the same code")
    func oddities() throws {
        let product = ImpetusReaderTests.product
        let other = ImpetusReaderTests.changed(product, "code", "2")
        for odd: JSON in [7, "text", nil, [:], []] {
            #expect(try ImpetusReaderTests.catalog([odd, other]).items.map(\.productCode) == ["2"])
        }
        let dearer = ImpetusReaderTests.changed(product, "price", "2.00")
        let read = try ImpetusReaderTests.catalog([product, other, dearer])
        #expect(read.items.map(\.productCode) == ["2"])
        #expect(read.refused.map(\.cause) == ["duplicate"])
        #expect(throws: PharmacySystemFailure(.invalidResponse)) {
            try ImpetusReaderTests.catalog([product, dearer])
        }
        #expect(try ImpetusReaderTests.catalog([]).items.isEmpty, "a pharmacy may offer nothing")
    }

    @Test("A page without a valid product does not invalidate a catalog that has others")
    func pages() throws {
        let bad = ImpetusReaderTests.changed(ImpetusReaderTests.product, "price", "free")
        func page(_ product: JSON) throws -> ImpetusReader.Items<Medication> {
            try ImpetusReader.catalog(["pharmacy": "P", "medications": [product]]).medications
        }
        var all = try page(bad)
        all.append(try page(ImpetusReaderTests.product))
        #expect(try ImpetusReader.complete(all).items.count == 1)
        #expect(throws: PharmacySystemFailure(.invalidResponse)) { try ImpetusReader.complete(try page(bad)) }
    }

    static let wrongPharmacies: [Wrong] = [
        Wrong("id", ["1", 7, nil]), Wrong("name", wrongTexts), Wrong("slug", ["Main Street", "", 7, nil]),
        Wrong("status", ["closed", "ACTIVE", true, nil]), Wrong("npi", ["12", 7]), Wrong("ncpdp_id", ["12", 7]),
    ]

    @Test(
        "An invalid pharmacy is omitted, and the others are listed", arguments: wrongPharmacies)
    func pharmacies(wrong: Wrong) throws {
        let valid = ImpetusReaderTests.changed(ImpetusReaderTests.pharmacy, "id", .string(ImpetusReaderTests.other))
        for value in wrong.values {
            let bad = ImpetusReaderTests.changed(ImpetusReaderTests.pharmacy, wrong.member, value)
            let read = try ImpetusReader.pharmacies(["pharmacies": [bad, valid]])
            #expect(read.items.map(\.id.description) == [ImpetusReaderTests.other])
            #expect(read.refused.map(\.cause) == [wrong.member])
            #expect(throws: PharmacySystemFailure(.invalidResponse)) {
                try ImpetusReader.pharmacies(["pharmacies": [bad]])
            }
        }
        let twice = try ImpetusReader.pharmacies([
            "pharmacies": [ImpetusReaderTests.pharmacy, valid, ImpetusReaderTests.pharmacy]
        ])
        #expect(twice.items.map(\.id.description) == [ImpetusReaderTests.other])
    }

    @Test("An invalid report is omitted, and the others are applied")
    func reports() throws {
        let shipping: JSON = [
            "carrier": "UPS", "tracking": "1Z", "shipping_status": "In Transit", "parcel_id": "P-1",
            "estimated_delivery": "2025-12-27T23:30:00-06:00", "shipped_at": "2025-12-22T09:00:00-05:00",
            "delivered_at": "2025-12-23T13:59:00Z",
        ]
        let at: JSON = "2025-12-23T09:00:00.500-05:00"
        let valid: JSON = [
            "id": "2", "status": "delivered", "reason": " At\nthe door ", "shipping": shipping, "at": at,
        ]
        for bad: JSON in [
            ["status": "lost"], ["status": "shipped", "at": "soon"], ["status": "shipped", "reason": 7],
            ["status": "shipped", "shipping": ["carrier": "UPS"]],
            ["status": "shipped", "shipping": ImpetusReaderTests.changed(shipping, "shipped_at", "2025-12-22")],
            ["status": "shipped", "shipping": ImpetusReaderTests.changed(shipping, "delivered_at", "")], [:], 7,
        ] {
            let read = try ImpetusReader.reports(["reports": [bad, valid]])
            #expect(
                read.items == [
                    Order.Report(
                        .delivered, reason: "At the door",
                        parcel: Order.Parcel(
                            id: "P-1", shipping: Order.Shipping(carrier: "UPS", tracking: "1Z", status: "In Transit"),
                            estimatedDelivery: CalendarDate("2025-12-27"),
                            times: Order.ParcelTimes(
                                shippedAt: Timestamp("2025-12-22T14:00:00Z"),
                                deliveredAt: Timestamp("2025-12-23T13:59:00Z"))),
                        at: Timestamp("2025-12-23T14:00:00.500Z"))
                ])
            #expect(read.refused.count == 1)
            #expect(throws: PharmacySystemFailure(.invalidResponse)) { try ImpetusReader.reports(["reports": [bad]]) }
        }
        #expect(try ImpetusReader.reports(["reports": []]).items.isEmpty)
    }

    @Test("Each omitted item is logged once until it changes, and again when it returns")
    func log() throws {
        let recorder = LogRecorder()
        let refused = RefusedItems(logger: recorder.logger)
        let list = RefusedItems.List.catalog(TenantID(UUID()), PharmacyID(UUID()))
        let warning = "a product that is not as agreed"
        func note(_ codes: [String], price: String, of list: RefusedItems.List) throws {
            let products = codes.map {
                ImpetusReaderTests.changed(
                    ImpetusReaderTests.changed(ImpetusReaderTests.product, "price", .string(price)), "code", .string($0)
                )
            }
            let body: JSON = ["pharmacy": "P", "medications": .array(products)]
            refused.note(try ImpetusReader.catalog(body).medications.refused, of: list)
        }
        for _ in 1...5 { try note(["7", "8"], price: "free", of: list) }
        #expect(recorder.metadata("item", warning) == ["7", "8"])
        #expect(recorder.metadata("cause", warning) == ["price", "price"])
        try note(["7", "8"], price: "gratis", of: list)
        #expect(recorder.count(.warning, warning) == 4, "another value is another fault")
        try note([], price: "", of: list)
        try note(["7"], price: "gratis", of: list)
        #expect(recorder.count(.warning, warning) == 5)
        try note(["7"], price: "gratis", of: .catalog(TenantID(UUID()), PharmacyID(UUID())))
        #expect(recorder.count(.warning, warning) == 6, "another pharmacy's")
        try note((0..<500).map { "M\($0)" }, price: "free", of: list)
        #expect(recorder.count(.warning, warning) == 6 + ServiceLimits.refusedItemsLogged)
        #expect(recorder.metadata("count", "more items") == ["\(500 - ServiceLimits.refusedItemsLogged)"])
    }
}
