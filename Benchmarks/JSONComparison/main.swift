// Compares the server's JSON with Foundation's: the time to read and write a patient, an order and a page of patients,
// and which doubtful inputs each accepts. `Benchmarks/json` compiles it together with the domain.

// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The members have the names of the wire: key conversion would cost Foundation's coders time.

internal import Foundation

struct PatientRecord: Codable {
    let first_name, last_name, date_of_birth, gender, email, phone_cell, address1, city, state, zip: String
    let middle_name, phone_home, phone_work, address2, external_id: String?
}

struct OrderRecord: Codable {
    let patient_id, pharmacy_id, medication_id, order_id, customer_id, memo, clinical_notes: String
    let dispense_quantity, days_supply: Int
    let webhook_urls: [String]
}

struct PatientPage: Codable {
    let data: [PatientRecord]
}

let patient = """
    {"first_name":"Maria","middle_name":null,"last_name":"García","date_of_birth":"1984-02-29","gender":"F",\
    "email":"maria@example.com","phone_home":null,"phone_work":null,"phone_cell":"5551234567",\
    "address1":"12 Main Street","address2":null,"city":"Austin","state":"TX","zip":"78701","external_id":"EMR-00192"}
    """
let order = """
    {"patient_id":"135fef3b-b4ac-485f-b9bf-e8beef4990c7","pharmacy_id":"d9d7d36f-c86b-49f7-a464-f0beb6cb2097",\
    "medication_id":"AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz","dispense_quantity":4,\
    "days_supply":28,"order_id":"ORD-12345","customer_id":"CUST-789","memo":"Leave at the door.",\
    "clinical_notes":"Patient tolerates therapy. Continue same dose.",\
    "webhook_urls":["https://hooks.example.com/a","https://hooks.example.com/b"]}
    """
let page = "{\"data\":[" + Array(repeating: patient, count: 100).joined(separator: ",") + "]}"

/// Prints the median time of one run, in microseconds, of nine rounds.
func measure(_ name: String, count: Int, _ work: () throws -> Int) throws {
    var times: [Double] = []
    var sum = 0
    for _ in 0..<9 {
        let start = ContinuousClock.now
        for _ in 0..<count { sum &+= try work() }
        let time = start.duration(to: .now).components
        times.append((Double(time.seconds) + Double(time.attoseconds) / 1e18) / Double(count) * 1e6)
    }
    // The sum is used, so that the compiler cannot leave the work out.
    precondition(sum != 0)
    let column = name.padding(toLength: 40, withPad: " ", startingAt: 0)
    print("  \(column) \(String(format: "%10.2f", times.sorted()[4])) µs")
}

func compare<Record: Codable>(_ name: String, _ text: String, as type: Record.Type, count: Int) throws {
    let bytes = Array(text.utf8)
    let data = Data(bytes)
    print("\(name), \(bytes.count) bytes")
    try measure("read: JSON, limits of a request", count: count) {
        try JSON.parse(bytes, limits: .request).members?.count ?? 0
    }
    try measure("read: JSONSerialization", count: count) {
        (try JSONSerialization.jsonObject(with: data) as? [String: Any])?.count ?? 0
    }
    let decoder = JSONDecoder()
    try measure("read: JSONDecoder to a structure", count: count) {
        _ = try decoder.decode(type, from: data)
        return 1
    }
    let value = try JSON.parse(bytes)
    let object = try JSONSerialization.jsonObject(with: data)
    let record = try decoder.decode(type, from: data)
    let encoder = JSONEncoder()
    try measure("write: JSON", count: count) { value.bytes.count }
    try measure("write: JSONEncoder of a structure", count: count) { try encoder.encode(record).count }
    try measure("write: JSONSerialization", count: count / 10) {
        try JSONSerialization.data(withJSONObject: object).count
    }
    try measure("write: JSONSerialization, sorted keys", count: count / 10) {
        try JSONSerialization.data(withJSONObject: object, options: .sortedKeys).count
    }
}

/// Any value, so that `JSONDecoder` looks at every part of a text.
struct AnyValue: Decodable {
    init(from decoder: any Decoder) throws {
        if var elements = try? decoder.unkeyedContainer() {
            while !elements.isAtEnd { _ = try elements.decode(AnyValue.self) }
            return
        }
        let value = try decoder.singleValueContainer()
        if (try? value.decode(Int.self)) == nil { _ = try value.decode(String.self) }
    }
}

func accepted(_ work: () throws -> Void) -> String { (try? work()) == nil ? "refused" : "accepted" }

func judge(_ name: String, _ bytes: [UInt8]) {
    let data = Data(bytes)
    let verdicts = [
        accepted { _ = try JSON.parse(bytes, limits: .request) },
        accepted { _ = try JSONSerialization.jsonObject(with: data) },
        accepted { _ = try JSONDecoder().decode([String: AnyValue].self, from: data) },
    ]
    print("  \(name.padding(toLength: 24, withPad: " ", startingAt: 0)) \(verdicts.joined(separator: "  "))")
}

try compare("patient", patient, as: PatientRecord.self, count: 20_000)
try compare("order", order, as: OrderRecord.self, count: 20_000)
try compare("page of 100 patients", page, as: PatientPage.self, count: 300)

print("doubtful input: JSON, JSONSerialization, JSONDecoder")
let nested = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
let members = (0..<5_000).map { "\"m\($0)\":0" }.joined(separator: ",")
judge("name twice", Array("{\"a\":1,\"a\":2}".utf8))
judge("arrays 500 deep", Array("{\"a\":\(nested)}".utf8))
judge("5,000 members", Array("{\(members)}".utf8))
judge("trailing comma", Array("{\"a\":[1,]}".utf8))
judge("UTF-16", Array("{\"a\":1}".data(using: .utf16) ?? Data()))
judge("lone surrogate", Array("{\"a\":\"\\ud800\"}".utf8))
judge("invalid UTF-8", Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8))
judge("leading zero", Array("{\"a\":01}".utf8))
judge("text after the value", Array("{\"a\":1} x".utf8))
