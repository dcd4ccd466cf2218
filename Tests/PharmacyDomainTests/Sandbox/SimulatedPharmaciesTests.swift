import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Simulated pharmacies")
struct SimulatedPharmaciesTests {
    private func catalog(_ pharmacy: Pharmacy, at moment: Timestamp = Fixtures.now) throws -> Catalog {
        try #require(SimulatedPharmacies.catalog(of: pharmacy.id, at: moment))
    }

    @Test("There are four, all active, each with a unique id, name and slug")
    func pharmacies() {
        let all = SimulatedPharmacies.all
        #expect(all.count == 4)
        #expect(all.allSatisfy { $0.status == .active })
        #expect(Set(all.map(\.id)).count == 4)
        #expect(Set(all.map(\.name)).count == 4)
        for pharmacy in all {
            #expect(pharmacy.slug == pharmacy.name.lowercased().replacing(" ", with: "-"))
        }
    }

    @Test("They include the pharmacies of the guide's list, order and catalog examples")
    func guide() throws {
        #expect(
            SimulatedPharmacies.all.first?.json.written == """
                {"id":"d9d7d36f-c86b-49f7-a464-f0beb6cb2097","name":"Main Street Pharmacy",\
                "slug":"main-street-pharmacy","status":"active"}
                """)
        let id = try #require(PharmacyID("a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1"))
        let catalog = try #require(SimulatedPharmacies.catalog(of: id, at: Fixtures.now))
        let page = catalog.page(PageRequest(page: 1, perPage: Catalog.perPage), filter: CatalogFilter())
        #expect(page.total == 163)
        #expect(page.totalPages == 7)
        let first = CatalogItem(try #require(page.items.first), medicationID: "x", priceAsOf: Fixtures.now).json
        #expect(
            first.without("price").without("price_as_of").written == """
                {"medication_id":"x","name":"Tirzepatide w/ NAD+ Vial","strength":"20mg/ml","form":"Injectable",\
                "formulation":"Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial","quantity":"3",\
                "quantity_units":"Milliliter","schedule_code":"L","type":"Compound","pharmacy":"Kaduceus"}
                """)
    }

    @Test("No other pharmacy has a catalog")
    func unknown() throws {
        let id = try #require(PharmacyID(Fixtures.uuid))
        #expect(SimulatedPharmacies.catalog(of: id, at: Fixtures.now) == nil)
    }

    @Test(
        "Every product has a unique code and a unique description",
        arguments: SimulatedPharmacies.all)
    func unique(pharmacy: Pharmacy) throws {
        let medications = try catalog(pharmacy).medications
        #expect(pharmacy.name == "Kaduceus" ? medications.count == 163 : (20...80).contains(medications.count))
        #expect(Set(medications.map(\.productCode)).count == medications.count)
        #expect(Set(medications.map { [$0.name, $0.strength, $0.quantity] }).count == medications.count)
        #expect(Set(medications.map { [$0.formulation, $0.quantity] }).count == medications.count)
    }

    @Test("Every product is described in full", arguments: SimulatedPharmacies.all)
    func complete(pharmacy: Pharmacy) throws {
        let units = ["Milliliter", "Gram", "Capsule", "Tablet", "Troche", "Patch", "Suppository", "Each"]
        for medication in try catalog(pharmacy).medications {
            let code = medication.productCode
            #expect(!medication.name.isEmpty && !medication.form.isEmpty, "\(code)")
            #expect(!medication.formulation.contains { "{}".contains($0) }, "\(code): a place was not filled")
            #expect(medication.formulation.contains(medication.strength), "\(code)")
            #expect(medication.strength.first?.isNumber == true, "\(code)")
            #expect(Int(medication.quantity).map { $0 > 0 } == true, "\(code)")
            #expect(units.contains(medication.quantityUnits), "\(code)")
            #expect(["Compound", "Commercial"].contains(medication.type), "\(code)")
            #expect(medication.pharmacy == pharmacy.name)
        }
    }

    @Test("Only controlled substances have a schedule", arguments: SimulatedPharmacies.all)
    func schedules(pharmacy: Pharmacy) throws {
        for medication in try catalog(pharmacy).medications {
            let expected =
                medication.name.contains("Testosterone") || medication.name.contains("Ketamine")
                ? "3" : medication.name.contains("Phentermine") ? "4" : "L"
            #expect(medication.scheduleCode == expected, "\(medication.name)")
        }
    }

    @Test("Prices depend only on the time", arguments: SimulatedPharmacies.all)
    func deterministic(pharmacy: Pharmacy) throws {
        #expect(try catalog(pharmacy) == catalog(pharmacy))
        #expect(try catalog(pharmacy).asOf == Fixtures.now)
    }

    @Test("Prices of known times do not change between releases")
    func pinned() throws {
        let kaduceus = try #require(SimulatedPharmacies.all.first { $0.name == "Kaduceus" })
        let prices = try (0..<4).map {
            try catalog(kaduceus, at: Fixtures.now + .minutes($0)).medications.first?.price.description
        }
        #expect(prices == ["182.84", "191.81", "185.13", "191.19"])
    }

    @Test(
        "A price changes every minute, also before 1970", arguments: SimulatedPharmacies.all)
    func moving(pharmacy: Pharmacy) throws {
        for start in [Int64(0), -60_000, -120_000, 1_766_423_700_000, 1_766_423_760_000] {
            let minute = Timestamp(milliseconds: start)
            let now = try catalog(pharmacy, at: minute).medications
            #expect(try catalog(pharmacy, at: minute + .milliseconds(59_999)).medications == now)
            for other in [minute + .minutes(1), minute - .milliseconds(1)] {
                let then = try catalog(pharmacy, at: other).medications
                #expect(then.map(\.productCode) == now.map(\.productCode), "the order is fixed")
                for (left, right) in zip(now, then) { #expect(left.price != right.price, "\(left.productCode)") }
            }
        }
    }

    @Test("A price stays within three percent of its base, over a day of minutes", arguments: SimulatedPharmacies.all)
    func bounded(pharmacy: Pharmacy) throws {
        let minutes = stride(from: 0, to: 1440, by: 7)
        var lowest: [String: Int] = [:]
        var highest: [String: Int] = [:]
        var seen: [String: Set<Int>] = [:]
        for minute in minutes {
            for medication in try catalog(pharmacy, at: Fixtures.now + .minutes(minute)).medications {
                let code = medication.productCode
                let cents = medication.price.cents
                #expect(cents > 0)
                lowest[code] = min(lowest[code] ?? .max, cents)
                highest[code] = max(highest[code] ?? 0, cents)
                seen[code, default: []].insert(cents)
            }
        }
        for (code, low) in lowest {
            let high = try #require(highest[code])
            #expect(Double(high) <= Double(low) * 1.03 / 0.97 + 2, "\(code)")
            #expect(try #require(seen[code]).count >= 10, "\(code) has more than a few prices")
        }
    }

    @Test(
        "In one minute some products are dearer than the minute before and others cheaper",
        arguments: SimulatedPharmacies.all)
    func bothWays(pharmacy: Pharmacy) throws {
        let now = try catalog(pharmacy).medications
        let then = try catalog(pharmacy, at: Fixtures.now + .minutes(1)).medications
        let dearer = zip(now, then).count { $0.price < $1.price }
        #expect((now.count / 4...now.count * 3 / 4).contains(dearer))
    }
}
