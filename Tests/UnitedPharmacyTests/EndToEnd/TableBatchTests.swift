import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PharmacyDomain
import Testing

/// Tests batches of patients in CSV over HTTP.
@Suite("Tables sent to a running server", .timeLimit(.minutes(3)))
struct TableBatchTests {
    private static let header =
        "first_name,last_name,date_of_birth,gender,email,address1,city,state,zip,external_id,idempotency_key"

    private func withPartner(
        settings: [String: String] = [:], _ body: (Partner) async throws -> Void
    ) async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"].merging(settings) { $1 })
        defer { server.kill() }
        try await body(try await Partner(server))
    }

    private func send(
        _ table: String, _ partner: Partner, type: String = "text/csv", headers: [String: String] = [:]
    ) async throws -> Partner.Response {
        var request = HTTPClientRequest(url: partner.baseURL + "/patients/batch")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(partner.accessToken)")
        request.headers.add(name: "Content-Type", value: type)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(string: table))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        let received = Partner.Response(
            status: Int(response.status.code), headers: response.headers, bytes: Array(bytes.readableBytesView))
        RecordedLogs.record(try? received.json)
        return received
    }

    private func results(_ response: Partner.Response) throws -> [JSON] {
        #expect(response.status == 200)
        return try #require(try response.json["data"]?.elements)
    }

    private func row(_ number: Int, city: String = "Tuckahoe", key: String = "") -> String {
        "Zebulon,Quackenbush,1984-02-29,M,z\(number)@example.com,77 Sunset Strip,\(city),NY,10707,TAB-\(number),\(key)"
    }

    @Test("Each row has the result of a single request, and the line in which it begins")
    func rows() async throws {
        try await withPartner { partner in
            let table = [
                "\u{FEFF}" + TableBatchTests.header, row(1, city: "\"Tucka\"\"hoe\"\"\""), row(2, city: ""), "",
                "Zebulon,Quackenbush", row(3, city: "\"Tucka,hoe\""),
                row(4, key: "\"with space\""),
            ].joined(separator: "\r\n")
            let results = try results(try await send(table, partner, type: "text/csv; charset=utf-8; header=present"))
            #expect(results.map { $0["index"] } == [0, 1, 2, 3, 4])
            #expect(results.map { $0["line"] } == [2, 3, 5, 6, 7])
            #expect(results.map { $0["status"] } == [201, 422, 422, 201, 422])
            #expect(results[0]["data"]?["city"] == "Tucka\"hoe\"" && results[0]["data"]?["external_id"] == "TAB-1")
            #expect(results[0]["possible_duplicates"]?.elements?.contains(.string(partner.patientID)) == true)
            #expect(results[1]["error"]?["errors"]?.members?.map(\.name) == ["city"])
            #expect(results[2]["error"]?["errors"]?.members?.map(\.name) == ["item"])
            #expect(results[4]["error"]?["errors"]?.members?.map(\.name) == ["idempotency_key"])
            let id = try #require(results[3]["data"]?["uuid"]?.text)
            let read = try await partner.call(.GET, "/patients/\(id)")
            #expect(try read.json["data"] == results[3]["data"] && read.json["data"]?["city"] == "Tucka,hoe")
        }
    }

    @Test("A table that is wrong as a whole creates nothing")
    func faults() async throws {
        try await withPartner { partner in
            let total = { try await partner.call(.GET, "/patients").json["pagination"]?["total"] }
            let before = try await total()
            let rows = TableBatchTests.header + "\n" + row(1) + "\n"
            for (table, status, code) in [
                ("", 422, "validation_failed"), (row(1), 422, "validation_failed"),
                (rows.replacing("city", with: "town"), 422, "validation_failed"),
                (rows + (0..<100).map { row($0) + "\n" }.joined(), 422, "validation_failed"),
                (rows + "\"Zebulon", 400, "malformed_csv"), (rows + "\"a\"b", 400, "malformed_csv"),
            ] {
                let refused = try await send(table, partner)
                #expect(try refused.status == status && refused.json["code"] == .string(code), "\(table.prefix(200))")
                #expect(!String(decoding: refused.bytes, as: UTF8.self).contains("Zebulon"))
            }
            for type in ["text/csv; charset=latin1", "text/plain", "text/tab-separated-values"] {
                #expect(try await send(rows, partner, type: type).status == 415)
            }
            #expect(try await total() == before)
            #expect(try results(try await send(TableBatchTests.header, partner)).isEmpty)
        }
    }

    @Test("A table is repeated safely, with keys of its rows or of the whole")
    func idempotency() async throws {
        try await withPartner { partner in
            let table = [TableBatchTests.header, row(1), row(2, key: "own")].joined(separator: "\n")
            let key = ["Idempotency-Key": "table"]
            let first = try results(try await send(table, partner, headers: key))
            let repeated = try await send(table, partner, headers: key)
            #expect(repeated.headers.first(name: "Idempotent-Replayed") == "true")
            #expect(try results(repeated).map { $0["data"] } == first.map { $0["data"] })
            #expect(try results(repeated).map { $0["replayed"] } == [true, true])
            let other = try await send(table + "\n" + row(3), partner, headers: key)
            #expect(try other.status == 422 && other.json["code"] == "idempotency_key_reused")
            // A row is the same whatever the order of the columns is, and as an item in JSON.
            let turned = [TableBatchTests.header, row(2, key: "own")].map { line in
                line.split(separator: ",", omittingEmptySubsequences: false).reversed().joined(separator: ",")
            }.joined(separator: "\n")
            let again = try results(try await send(turned, partner))
            #expect(again.map { $0["replayed"] } == [true] && again[0]["data"] == first[1]["data"])
        }
    }

    @Test("Each row counts against the rate limit")
    func rateLimit() async throws {
        try await withPartner(settings: ["UP_RATE_LIMIT": "20/h"]) { partner in
            let before = try await partner.call(.GET, "/patients/\(partner.patientID)")
            let left = try #require(before.headers.first(name: "X-RateLimit-Remaining").flatMap { Int($0) })
            let table = ([TableBatchTests.header] + (0..<5).map { row($0) }).joined(separator: "\n")
            let accepted = try await send(table, partner)
            #expect(accepted.headers.first(name: "X-RateLimit-Remaining") == "\(left - 5)")
            #expect(try results(accepted).allSatisfy { $0["status"] == 201 })
        }
    }
}
