internal import FoundationEssentials
internal import PharmacyDomain
internal import PharmacyTestSupport

/// A patient and an order as partners send them; the same for the same number.
struct SamplePayload: Sendable {
    let number: Int
    let url: String
    private let seed: UInt64

    init(number: Int, url: String) {
        self.number = number
        self.url = url
        seed = UInt64(bitPattern: Int64(number))
    }

    private static let firstNames = [
        "Maria", "James", "Linda", "Robert", "Ana", "Michael", "Susan", "David", "Karen", "José", "Nancy", "Daniel",
        "Emily", "Mark", "Donna", "Paul", "Ruth", "Kevin", "Carol", "Brian", "Zoë", "George", "Helen", "Frank",
        "Grace", "Dennis", "Alice", "Walter", "Diane", "Peter", "Julia", "Harold",
    ]
    private static let lastNames = [
        "Garcia", "Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Martinez", "Lopez",
        "Gonzalez", "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee", "Perez",
        "Thompson", "White", "Harris", "Sanchez", "Clark", "Ramirez", "Lewis", "Robinson", "Walker", "Young",
        "Allen", "King", "Wright", "Scott", "Torres", "Nguyen", "Hill", "Flores", "Green", "Adams",
    ]
    private static let streets = ["Main Street", "Oak Avenue", "Maple Drive", "Cedar Lane", "Park Road", "Elm Court"]
    private static let places = [
        ("Austin", "TX", 78_701), ("Phoenix", "AZ", 85_001), ("Denver", "CO", 80_201), ("Tampa", "FL", 33_601),
        ("Portland", "OR", 97_201), ("Columbus", "OH", 43_004), ("Boise", "ID", 83_701), ("Albany", "NY", 12_201),
    ]

    /// The part of the patient's e-mail address that is unique.
    static func mailbox(_ number: Int) -> String { "x\(number)@" }

    /// A body that makes the patient.
    var patient: JSON {
        var generator = SeededGenerator(seed: seed)
        func pick<Item>(_ items: [Item]) -> Item { items[Int(generator.next() % UInt64(items.count))] }
        func digits(_ count: Int) -> String {
            String((0..<count).map { _ in Character(UnicodeScalar(UInt8(48 + generator.next() % 10))) })
        }
        let first = pick(SamplePayload.firstNames)
        let last = pick(SamplePayload.lastNames)
        let (city, state, zip) = pick(SamplePayload.places)
        let born = CalendarDate(Timestamp(milliseconds: -Int64(generator.next() % 30_000) * 86_400_000 / 2))
        return [
            "first_name": .string(first), "last_name": .string(last), "date_of_birth": .string(born.description),
            "gender": .string(pick(["M", "F", "U"])),
            "email": .string("\(last.lowercased()).\(SamplePayload.mailbox(number))example\(number & 7).com"),
            "phone_cell": .string("5" + digits(9)),
            "address1": .string("\(1 + number & 4095) \(pick(SamplePayload.streets))"), "city": .string(city),
            "state": .string(state), "zip": .string("\(zip + Int(generator.next() % 90))"),
            "external_id": .string("MRN-\(number)"),
        ]
    }

    static func reference(_ number: Int) -> String { "ORD-\(number)" }

    /// A body that places an order.
    func order(for patient: String, medications: [CatalogItem]) -> JSON {
        let medication = medications[abs(number) % medications.count]
        return [
            "patient_id": .string(patient), "pharmacy_id": .string(SimulatedPharmacies.all[0].id.description),
            "medication_id": .string(medication.medicationID), "dispense_quantity": JSON(1 + abs(number) % 90),
            "days_supply": 30, "order_id": .string(SamplePayload.reference(number)),
            "customer_id": .string("CUST-\(abs(number) / 3)"),
            "memo": "Please call the patient before the parcel is sent.",
            "clinical_notes": "Titrate from the lowest dose. Follow-up visit in four weeks.",
            "webhook_urls": [.string(url)],
        ]
    }

    /// The final status of most orders, and an intermediate one of some.
    var status: OrderStatus {
        switch SeededGenerator.draw(seed &+ 17) % 100 {
        case 0..<1: .confirmed
        case 1..<6: .processing
        case 6..<12: .shipped
        case 12..<15: .cancelled
        case 15: .failed
        case 16: .refunded
        default: .delivered
        }
    }

    /// Whether the receiver never accepted the delivery.
    var isUndelivered: Bool { SeededGenerator.draw(seed &+ 29) % 50 == 0 }
}

extension SeededGenerator {
    /// One number for a seed.
    static func draw(_ seed: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: seed)
        return generator.next()
    }
}
