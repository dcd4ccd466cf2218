import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Text over HTTP", .timeLimit(.minutes(3)))
struct TextTests {
    @Test("Names are returned in normal form and found in any form, and errors name the fault")
    func names() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        func create(_ name: String, _ reference: String) async throws -> Partner.Response {
            let others = (Partner.patient.members ?? []).filter { $0.name != "first_name" }
            return try await partner.call(
                .POST, "/patients",
                body: .object(
                    others + [
                        JSON.Member("first_name", .string(name)), JSON.Member("external_id", .string(reference)),
                    ]))
        }
        let first = try await create("Zoe\u{308}", "Re\u{301}f")
        #expect(first.status == 201)
        let shown = try #require(try first.json["data"]?["first_name"]?.text)
        #expect(shown.utf8.elementsEqual("Zo\u{EB}".utf8))
        let second = try await create("ZOE\u{308}", "other")
        #expect(try second.json["possible_duplicates"] == [try #require(try first.json["data"]?["uuid"])])
        for reference in ["R%C3%A9f", "Re%CC%81f"] {
            let listed = try await partner.call(.GET, "/patients?external_id=\(reference)")
            #expect(try listed.json["pagination"]?["total"] == 1, "\(reference)")
        }
        // Thirty-three characters of three code points each.
        #expect(try await create(String(repeating: "e\u{323}\u{302}", count: 33), "long").status == 201)
        let refused = try await create("Zebulon7", "wrong")
        #expect(refused.status == 422)
        #expect(
            try refused.json["errors"] == [
                "first_name": [
                    "first_name may have letters, spaces, hyphens and apostrophes only: it has “7” (the 8th character)."
                ]
            ])
    }

    /// To compare two such texts once would take minutes.
    private static let marks = "a" + String(repeating: "\u{301}\u{323}", count: 200_000)

    @Test("A body of combining marks is refused before it is compared")
    func marks() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        for body in [
            ["first_name": .string(TextTests.marks)], ["gender": .string(TextTests.marks)],
            .object([JSON.Member(TextTests.marks, 1)]), ["scopes": [.string(TextTests.marks)]],
        ] as [JSON] {
            for path in ["/patients", "/orders"] {
                let response = try await partner.call(.POST, path, body: body)
                #expect(response.status == 400)
                #expect(try response.json["code"] == "malformed_json")
            }
        }
        // The sender is not known before they are read.
        let short = String(TextTests.marks.unicodeScalars.prefix(6_000))
        let credential = try await partner.call(.POST, "/auth/credentials", body: ["scopes": [.string(short)]])
        #expect(credential.status == 400)
        for body in [["grant_type": .string(short)], ["scope": .string(short)], .object([JSON.Member(short, 1)])]
            as [JSON]
        {
            let response = try await Partner.call(.POST, server.baseURL + "/auth/token", token: nil, body: body)
            #expect(response.status == 400)
        }
        let header = try await Partner.call(
            .GET, server.baseURL + "/patients", token: String(TextTests.marks.unicodeScalars.prefix(3_000)))
        #expect([400, 401].contains(header.status))
    }
}
