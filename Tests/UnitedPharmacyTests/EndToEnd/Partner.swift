import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PharmacyDomain
import Testing

/// A partner's system: speaks to the API with its own credentials.
struct Partner: Sendable {
    let baseURL: String
    let accessToken: String
    let refreshToken: String
    let clientID: String
    let webhookSecret: String
    let pharmacyID: String
    let medicationID: String
    let patientID: String

    /// Performs the guide's steps 1 to 5 in the sandbox.
    init(_ server: ServerProcess) async throws {
        try await self.init(baseURL: server.baseURL, setupToken: ServerProcess.setupToken)
    }

    /// Creates a credential, and tokens with it.
    static func login(baseURL base: String, setupToken: String) async throws -> (credential: JSON, tokens: JSON) {
        let credential = try await Partner.call(
            .POST, base + "/auth/credentials", token: setupToken, body: ["name": "Test"])
        let data = try #require(credential.json["data"])
        let tokens = try await Partner.call(
            .POST, base + "/auth/token", token: nil,
            body: [
                "client_id": try #require(data["client_id"]), "client_secret": try #require(data["client_secret"]),
            ])
        return (data, try tokens.json)
    }

    /// Performs the guide's steps 1 to 5.
    init(baseURL base: String, setupToken: String) async throws {
        let (data, tokens) = try await Partner.login(baseURL: base, setupToken: setupToken)
        let token = try #require(tokens["access_token"]?.text)
        let pharmacies = try await Partner.call(.GET, base + "/pharmacies", token: token)
        let pharmacy = try #require(pharmacies.json["data"]?.elements?.first?["id"]?.text)
        let medications = try await Partner.call(
            .GET, base + "/pharmacies/\(pharmacy)/medications", token: token)
        let medication = try #require(medications.json["data"]?.elements?.first?["medication_id"]?.text)
        let patient = try await Partner.call(.POST, base + "/patients", token: token, body: Partner.patient)
        baseURL = base
        accessToken = token
        refreshToken = try #require(tokens["refresh_token"]?.text)
        clientID = try #require(data["client_id"]?.text)
        webhookSecret = try #require(data["webhook_secret"]?.text)
        pharmacyID = pharmacy
        medicationID = medication
        patientID = try #require(patient.json["data"]?["uuid"]?.text)
    }

    static let patient: JSON = [
        "first_name": "Zebulon", "last_name": "Quackenbush", "date_of_birth": "1984-02-29", "gender": "M",
        "email": "zebulon.quackenbush@example.com", "phone_cell": "5558675309", "address1": "77 Sunset Strip",
        "city": "Tuckahoe", "state": "NY", "zip": "10707",
    ]

    func order(reference: String, webhookURLs: [String] = [], memo: String? = nil) -> JSON {
        [
            "patient_id": .string(patientID), "pharmacy_id": .string(pharmacyID),
            "medication_id": .string(medicationID), "dispense_quantity": 4, "days_supply": 28,
            "order_id": .string(reference), "memo": JSON(memo), "clinical_notes": "Continue the same xylophone dose.",
            "webhook_urls": .array(webhookURLs.map(JSON.string)),
        ]
    }

    func call(_ method: HTTPMethod, _ path: String, body: JSON? = nil, headers: [String: String] = [:]) async throws
        -> Response
    {
        try await Partner.call(method, baseURL + path, token: accessToken, body: body, headers: headers)
    }

    struct Response: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let bytes: [UInt8]

        var json: JSON {
            get throws { try JSON.parse(bytes) }
        }
    }

    /// Fails at once if no server listens, instead of retrying until the timeout of the request.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        // Responses arrive as the server sends them, and only requests that say so accept a coding.
        configuration.decompression = .disabled
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    static func call(
        _ method: HTTPMethod, _ url: String, token: String?, body: JSON? = nil, headers: [String: String] = [:]
    ) async throws -> Response {
        var request = HTTPClientRequest(url: url)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body.bytes)
        }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        let received = Response(
            status: Int(response.status.code), headers: response.headers, bytes: Array(bytes.readableBytesView))
        RecordedLogs.record(body)
        RecordedLogs.record(try? received.json)
        return received
    }
}
