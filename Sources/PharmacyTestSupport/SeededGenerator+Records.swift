internal import FoundationEssentials
package import PharmacyDomain

// Valid records, for properties that hold for every one of them. Times are whole seconds, which is what documents store.

extension SeededGenerator {
    /// Patient details, each optional member now and then absent.
    package mutating func patientDetails() -> PatientDetails {
        PatientDetails(
            firstName: text(PatientRules.name, of: SeededGenerator.names),
            middleName: optional { $0.text(PatientRules.name, of: SeededGenerator.names) },
            lastName: text(PatientRules.name, of: SeededGenerator.names),
            suffix: optional { $0.text(PatientRules.suffix) }, dateOfBirth: birthDate(),
            gender: element(of: Gender.allCases, or: .unknown), email: "patient\(next() % 1000)@example.com",
            phoneHome: optional { $0.digits(10) }, phoneWork: optional { $0.digits(10) },
            phoneCell: optional { $0.digits(10) }, address1: text(PatientRules.addressLine),
            address2: optional { $0.text(PatientRules.addressLine) }, city: text(PatientRules.addressLine),
            state: element(of: PatientRules.states, or: "IL"),
            zip: element(of: [digits(5), digits(9), digits(5) + "-" + digits(4)], or: "62704"),
            externalID: optional { $0.text(PatientRules.externalID) }, allergies: healthList(),
            conditions: healthList(), medications: healthList())
    }

    private mutating func healthList() -> [String] {
        // Without semicolons, which separate the entries in a table, and without repetitions, which are dropped.
        let entries = (0..<Int(next() % 3)).map { _ in text(PatientRules.healthList.entry).replacing(";", with: ",") }
        return entries.enumerated().filter { !entries[..<$0.offset].contains($0.element) }.map(\.element)
    }

    package mutating func patient() -> Patient {
        let createdAt = time()
        let sync: [PatientSync] = [.pending, .synced(at: time()), .failed(message: text(TextRule(maximum: 100)))]
        return Patient(
            id: identifier(), details: patientDetails(), sync: element(of: sync, or: .pending), createdAt: createdAt,
            updatedAt: createdAt + .seconds(Int(next() % 100_000)))
    }

    package mutating func deletedPatient() -> DeletedPatient {
        DeletedPatient(id: identifier(), deletedAt: time())
    }

    package mutating func orderTerms() -> OrderTerms {
        let urls = (0..<Int.random(in: 0...OrderRules.webhookURLLimit, using: &self)).map {
            WebhookURL(stored: "https://example.com/\($0)?a=%20&b")
        }
        return OrderTerms(
            patientID: identifier(), pharmacyID: identifier(), medicationID: text(OrderRules.medicationID),
            dispenseQuantity: Int.random(in: OrderRules.dispenseQuantity, using: &self),
            daysSupply: optional { Int.random(in: OrderRules.daysSupply, using: &$0) },
            reference: optional { $0.text(OrderRules.reference) },
            customerReference: optional { $0.text(OrderRules.reference) },
            memo: optional { $0.text(OrderRules.memo) }, clinicalNotes: optional { $0.text(OrderRules.clinicalNotes) },
            webhookURLs: urls, shipTo: optional { $0.shipTo() },
            shippingMethod: optional { $0.element(of: ShippingMethod.allCases, or: .standard) },
            prescriber: optional { $0.prescriber() }, directions: optional { $0.text(OrderRules.directions) },
            refillsAuthorized: optional { Int.random(in: OrderRules.refillsAuthorized, using: &$0) })
    }

    private mutating func shipTo() -> ShipTo {
        ShipTo(
            recipient: text(OrderRules.recipient), address1: text(PatientRules.addressLine),
            address2: optional { $0.text(PatientRules.addressLine) }, city: text(PatientRules.addressLine),
            state: element(of: PatientRules.states, or: "IL"), zip: element(of: [digits(5), digits(9)], or: "62704"))
    }

    private mutating func prescriber() -> Prescriber {
        Prescriber(
            name: text(PrescriberRules.name), npi: element(of: ["1234567893", "1245319599"], or: "1234567893"),
            licenseNumber: optional { $0.text(PrescriberRules.licenseNumber) },
            licenseState: optional { $0.element(of: PatientRules.states, or: "IL") },
            deaNumber: optional { $0.element(of: ["AB1234563", "F91234563"], or: "AB1234563") })
    }

    package mutating func orderDraft() -> OrderDraft {
        OrderDraft(terms: orderTerms(), expectedPrice: optional { $0.price() })
    }

    /// An order after up to four reports of the pharmacy, its dispatch in any state.
    package mutating func order() -> Order {
        let terms = orderTerms()
        var now = time()
        var order = Order.placed(
            id: identifier(), eventID: identifier(), terms: terms, medication: catalogItem(terms.medicationID), at: now
        ).order
        for _ in 0..<Int.random(in: 0...4, using: &self) {
            now = now + .seconds(Int(next() % 10_000))
            let parcel = optional { generator in
                Order.Parcel(
                    id: generator.optional { $0.text(TextRule(maximum: 20)) },
                    shipping: Order.Shipping(
                        carrier: generator.text(TextRule(maximum: 20)), tracking: generator.digits(12),
                        status: generator.text(TextRule(maximum: 20))),
                    estimatedDelivery: generator.optional { $0.birthDate() },
                    times: Order.ParcelTimes(
                        shippedAt: generator.optional { now - .seconds(Int($0.next() % 1000)) },
                        deliveredAt: generator.optional { now - .seconds(Int($0.next() % 1000)) }))
            }
            let report = Order.Report(
                element(of: OrderStatus.allCases, or: .confirmed),
                reason: optional { $0.text(OrderRules.reason) }, parcel: parcel, at: now)
            order = order.applying([report], at: now) { identifier() }.order
        }
        let attempts = Int(next() % 20)
        switch next() % 3 {
        case 0: break
        case 1: order.dispatch = order.dispatch.showing(.accepted, attempts: attempts)
        default:
            order.dispatch = order.dispatch.showing(
                .postponed, attempts: attempts, nextAttemptAt: time(), error: "timed_out")
        }
        return order
    }

    private mutating func catalogItem(_ medicationID: String) -> CatalogItem {
        let rule = TextRule(maximum: 100)
        return CatalogItem(
            medicationID: medicationID, name: text(rule), strength: text(rule), form: text(rule),
            formulation: text(rule), quantity: text(rule), quantityUnits: text(rule), scheduleCode: text(rule),
            type: text(rule), pharmacy: text(rule), price: price(), priceAsOf: time())
    }

    // MARK: Parts

    private static let names = ["Anna", "José", "O'Neill", "O\u{2019}Hara", "李", "Smith-Jones", "Nguyễn", "N"]
    private static let words = [
        "a", "\"quoted\"", "back\\slash", "é", "e\u{301}\u{323}", "😀", "李小龍", "</script>", "\u{2028}", "\u{FFFF}",
        "&amp;", "%20", "12", "\u{10FFFF}", "ʻ",
    ]

    /// One to four words, normalized, within the rule.
    package mutating func text(_ rule: TextRule, of words: [String] = words) -> String {
        let chosen = (0..<Int.random(in: 1...4, using: &self)).map { _ in element(of: words, or: "a") }
        let separator = rule.allowsLines ? element(of: [" ", "\n", "\t"], or: " ") : " "
        for count in (1...chosen.count).reversed() {
            if case .text(let text) = rule.read(chosen.prefix(count).joined(separator: separator)) { return text }
        }
        return "a"
    }

    /// - Parameter fallback: for an empty list.
    private mutating func element<Element>(of elements: [Element], or fallback: Element) -> Element {
        elements.randomElement(using: &self) ?? fallback
    }

    /// The value three times in four.
    private mutating func optional<Value>(_ value: (inout SeededGenerator) -> Value) -> Value? {
        next() % 4 == 0 ? nil : value(&self)
    }

    private mutating func digits(_ count: Int) -> String {
        String((0..<count).map { _ in Character(Unicode.Scalar(UInt8(0x30 + next() % 10))) })
    }

    /// From 1902 to 2024.
    private mutating func birthDate() -> CalendarDate {
        CalendarDate(Timestamp(milliseconds: Int64.random(in: -24_800...20_000, using: &self) * 86_400_000))
    }

    private mutating func price() -> Price {
        Price(cents: Int.random(in: 0...Price.maximumCents, using: &self)) ?? Price(wholeDollars: 1)
    }

    /// From 2020 to 2033.
    private mutating func time() -> Timestamp {
        Timestamp(milliseconds: Int64.random(in: 1_577_836_800...2_000_000_000, using: &self) * 1000)
    }

    package mutating func identifier<Thing>() -> Identifier<Thing> {
        var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &bytes) { bytes in
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: next()) }
        }
        return Identifier(UUID(uuid: bytes))
    }
}
