import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// Tests compressed responses over HTTP.
@Suite("Compressed responses of a running server", .timeLimit(.minutes(3)))
struct CompressionTests {
    private static let gzip = ["Accept-Encoding": "gzip, deflate, br"]

    private func withPartner(_ body: (Partner, ServerProcess) async throws -> Void) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        try await body(try await Partner(server), server)
    }

    private func tag(_ response: Partner.Response) throws -> String {
        try #require(response.headers.first(name: "ETag"))
    }

    /// The same content as it is, and compressed. The prices of a catalog are fetched again each minute, which changes its content.
    private func bothForms(
        of path: String, _ partner: Partner
    ) async throws -> (plain: Partner.Response, coded: Partner.Response) {
        while true {
            let plain = try await partner.call(.GET, path)
            let coded = try await partner.call(.GET, path, headers: CompressionTests.gzip)
            if try tag(coded).hasPrefix(tag(plain).dropLast()) { return (plain, coded) }
        }
    }

    @Test("A page of a catalog is compressed for a client that accepts it, and revalidated in its coding")
    func catalog() async throws {
        try await withPartner { partner, _ in
            for query in ["", "?per_page=100&sort=name", "?search=a"] {
                let path = "/pharmacies/\(partner.pharmacyID)/medications\(query)"
                let (plain, coded) = try await bothForms(of: path, partner)
                #expect(try tag(coded) == tag(plain).dropLast() + "-gzip\"")
                #expect(plain.status == 200 && plain.headers["Content-Encoding"].isEmpty)
                #expect(coded.status == 200 && coded.headers.first(name: "Content-Encoding") == "gzip")
                #expect(try Gunzip.expand(coded.bytes) == plain.bytes && coded.bytes.count < plain.bytes.count / 2)
                #expect(coded.headers.first(name: "Content-Length") == "\(coded.bytes.count)")
                for response in [plain, coded] {
                    #expect(response.headers["Vary"] == ["Accept-Encoding"])
                    #expect(response.headers.first(name: "Content-Type") == "application/json; charset=utf-8")
                }
                let head = try await partner.call(.HEAD, path, headers: CompressionTests.gzip)
                #expect(head.status == 200 && head.bytes.isEmpty)
                #expect(head.headers.first(name: "Content-Encoding") == "gzip")
                #expect(head.headers.contains(name: "Content-Length"))
                let known = CompressionTests.gzip.merging(["If-None-Match": try tag(coded)]) { $1 }
                let again = try await partner.call(.GET, path, headers: known)
                #expect(again.status == 304 ? again.bytes.isEmpty : try tag(again) != tag(coded))
                #expect(again.headers["Vary"] == ["Accept-Encoding"])
            }
        }
    }

    @Test("Nothing with secrets or personal data is compressed")
    func others() async throws {
        try await withPartner { partner, server in
            for number in 0..<10 {
                _ = try await partner.call(.POST, "/orders", body: partner.order(reference: "\(number)"))
                _ = try await partner.call(.POST, "/patients", body: Partner.patient)
            }
            for path in [
                "/patients", "/patients/\(partner.patientID)", "/orders", "/requests", "/webhooks/events",
                "/auth/credentials",
            ] {
                let response = try await partner.call(.GET, path, headers: CompressionTests.gzip)
                #expect(response.status == 200 && response.headers["Content-Encoding"].isEmpty, "\(path)")
                #expect(response.headers["Vary"].isEmpty, "\(path)")
                #expect(try !tag(response).contains("gzip") && response.json["data"] != nil, "\(path)")
            }
            #expect(try await partner.call(.GET, "/orders").bytes.count > 1_024)
            let token = try await Partner.call(
                .POST, server.baseURL + "/auth/refresh", token: nil,
                body: ["refresh_token": .string(partner.refreshToken)], headers: CompressionTests.gzip)
            #expect(try token.status == 200 && token.json["access_token"] != nil)
            #expect(token.headers["Content-Encoding"].isEmpty)
            let refused = try await partner.call(
                .GET, "/pharmacies/\(partner.pharmacyID)/medications?page=0", headers: CompressionTests.gzip)
            #expect(refused.status == 422 && refused.headers["Content-Encoding"].isEmpty)
        }
    }

    @Test("A change that is based on a tag of compressed content is refused, because patients are never compressed")
    func ifMatch() async throws {
        try await withPartner { partner, _ in
            let path = "/patients/\(partner.patientID)"
            let tag = try tag(try await partner.call(.GET, path, headers: CompressionTests.gzip))
            for (value, status) in [(tag.dropLast() + "-gzip\"", 412), ("\(tag.dropLast())-gzip\", \(tag)", 200)] {
                let response = try await partner.call(
                    .PUT, path, body: ["city": "Tuckahoe"], headers: ["If-Match": String(value)])
                #expect(response.status == status, "\(value)")
            }
        }
    }

    @Test("The OpenAPI document is compressed in both forms", arguments: ["/openapi.json", "/openapi.yaml"])
    func documents(path: String) async throws {
        try await withPartner { _, server in
            let plain = try await Partner.call(.GET, server.origin + path, token: nil)
            #expect(plain.status == 200 && plain.headers["Content-Encoding"].isEmpty)
            for _ in 0..<2 {
                let coded = try await Partner.call(
                    .GET, server.origin + path, token: nil, headers: CompressionTests.gzip)
                #expect(coded.headers.first(name: "Content-Encoding") == "gzip")
                #expect(coded.headers.first(name: "Vary") == "Accept-Encoding")
                #expect(try Gunzip.expand(coded.bytes, upTo: 4 << 20) == plain.bytes)
            }
        }
    }
}
