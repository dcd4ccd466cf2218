import NIOHTTP1
import PharmacyDomain
import Testing

/// Tests conditional requests over HTTP (RFC 9110 §13).
@Suite("Conditional requests to a running server", .timeLimit(.minutes(3)))
struct RevalidationTests {
    private func withPartner(_ body: (Partner, DocumentedCaller) async throws -> Void) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        try await body(partner, DocumentedCaller(partner))
    }

    private func tag(_ response: Partner.Response) throws -> String {
        try #require(response.headers.first(name: "ETag"))
    }

    /// Places an order and waits until the pharmacy has it: its dispatch changes it.
    private func dispatchedOrder(_ partner: Partner, _ caller: DocumentedCaller) async throws -> String {
        let placed = try await caller.call("submitOrder", 201, body: partner.order(reference: "A"))
        let id = try #require(try placed.json["data"]?["uuid"]?.text)
        var status: JSON?
        while status != "accepted" {
            status = try await caller.call("getOrder", 200, path: ["uuid": id]).json["data"]?["dispatch"]?["status"]
        }
        return id
    }

    @Test("A client that has the content of a resource or a list gets 304 without a body")
    func notModified() async throws {
        try await withPartner { partner, caller in
            let order = try await dispatchedOrder(partner, caller)
            for path in [
                "/patients/\(partner.patientID)", "/patients", "/patients?email=example&per_page=1", "/orders/\(order)",
                "/orders?status=pending", "/pharmacies", "/pharmacies/\(partner.pharmacyID)/medications",
                "/webhooks/deliveries", "/webhooks/health", "/webhooks/events", "/webhooks/endpoints",
            ] {
                let first = try await partner.call(.GET, path)
                let tag = try tag(first)
                #expect(first.status == 200 && !first.bytes.isEmpty, "\(path)")
                let policy = try #require(first.headers.first(name: "Cache-Control"), "\(path)")
                #expect(policy.hasPrefix("private, "), "\(path)")
                for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                    let second = try await partner.call(.GET, path, headers: ["If-None-Match": known])
                    #expect(second.status == 304 && second.bytes.isEmpty, "\(path) \(known)")
                    #expect(try self.tag(second) == tag && second.headers["Content-Type"].isEmpty, "\(path)")
                    #expect(second.headers.contains(name: "X-Request-Id"), "\(path)")
                }
                for unknown in ["\"other\"", "", tag.replacing("\"", with: "")] {
                    let second = try await partner.call(.GET, path, headers: ["If-None-Match": unknown])
                    #expect(second.status == 200 && second.bytes == first.bytes, "\(path) \(unknown)")
                }
            }
        }
    }

    @Test("A change gives the resource and its list another tag")
    func changes() async throws {
        try await withPartner { partner, caller in
            let order = try await dispatchedOrder(partner, caller)
            let paths = ["/patients/\(partner.patientID)", "/patients", "/orders/\(order)", "/orders"]
            var tags: [String] = []
            for path in paths { tags.append(try tag(try await partner.call(.GET, path))) }
            try await caller.call(
                "updatePatient", 200, path: ["uuid": partner.patientID], body: ["city": "Yonkers"])
            try await caller.call("advanceSandboxOrder", 200, path: ["uuid": order], body: ["status": "shipped"])
            for (path, old) in zip(paths, tags) {
                let changed = try await partner.call(.GET, path, headers: ["If-None-Match": old])
                #expect(try changed.status == 200 && tag(changed) != old, "\(path)")
            }
            // A tag of an error would let a client keep it.
            let missing = try await partner.call(.GET, "/orders/\(partner.patientID)", headers: ["If-None-Match": "*"])
            #expect(missing.status == 404 && missing.headers["ETag"].isEmpty)
            #expect(missing.headers.first(name: "Cache-Control") == "no-store")
        }
    }

    @Test("Prices say for how long they are valid, and personal data must be asked for each time")
    func cachePolicies() async throws {
        try await withPartner { partner, caller in
            let path = ["pharmacy": partner.pharmacyID]
            let medications = try await caller.call("listMedications", 200, path: path)
            let policy = try #require(medications.headers.first(name: "Cache-Control"))
            let seconds = try #require(Int(policy.replacing("private, max-age=", with: "")))
            #expect((1...60).contains(seconds))
            let patient = try await caller.call("getPatient", 200, path: ["uuid": partner.patientID])
            #expect(patient.headers.first(name: "Cache-Control") == "private, no-cache")
        }
    }

    // MARK: If-Match

    @Test("A change that is based on other content is refused, and changes nothing")
    func lostUpdate() async throws {
        try await withPartner { partner, caller in
            let path = ["uuid": partner.patientID]
            let old = try tag(try await caller.call("getPatient", 200, path: path))
            try await caller.call(
                "updatePatient", 200, path: path, body: ["city": "Yonkers"], headers: ["If-Match": old])
            for stale in [old, "W/\(old)", "\"a\", \"b\"", "abc", ""] {
                let refused = try await caller.call(
                    "updatePatient", 412, path: path, body: ["city": "Albany"], headers: ["If-Match": stale])
                #expect(try refused.json["code"] == "precondition_failed", "\(stale)")
                try await caller.call("deletePatient", 412, path: path, headers: ["If-Match": stale])
            }
            let current = try await caller.call("getPatient", 200, path: path)
            #expect(try current.json["data"]?["city"] == "Yonkers")
            let weak = "W/\(try tag(current))"
            try await caller.call(
                "updatePatient", 412, path: path, body: ["city": "Albany"], headers: ["If-Match": weak])
            try await caller.call("updatePatient", 200, path: path, body: [:], headers: ["If-Match": "*"])
            let last = "\"x\", \(try tag(try await caller.call("getPatient", 200, path: path)))"
            try await caller.call("deletePatient", 204, path: path, headers: ["If-Match": last])
            try await caller.call("deletePatient", 404, path: path, headers: ["If-Match": "*"])
            try await caller.call("updatePatient", 404, path: path, body: [:], headers: ["If-Match": last])
        }
    }

    @Test("Of several changes at once that are based on the same content, one is made")
    func race() async throws {
        try await withPartner { partner, caller in
            let old = try tag(try await caller.call("getPatient", 200, path: ["uuid": partner.patientID]))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...8 {
                    group.addTask {
                        try await partner.call(
                            .PUT, "/patients/\(partner.patientID)", body: ["address2": .string("Floor \(number)")],
                            headers: ["If-Match": old]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200] + Array(repeating: 412, count: 7))
        }
    }
}
