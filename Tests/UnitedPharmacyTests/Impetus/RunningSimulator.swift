import AsyncHTTPClient
import Hummingbird
import ImpetusSimulator
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import PharmacyDomain
import PharmacyServices
import Testing

/// Simulated pharmacies on a free port, and a client that calls them.
struct RunningSimulator: Sendable {
    static let token = "a-token-for-tests"
    static let callbackSecret = "a-secret-for-tests-of-32-characters"

    let port: Int
    let client: ImpetusClient

    var url: String { "http://127.0.0.1:\(port)" }

    static let codec = MedicationIDCodec(key: [UInt8](repeating: 3, count: 32))

    /// Settings of a server that dispatches its orders to the simulator.
    var serverSettings: [String: String] {
        [
            "UP_IMPETUS_URL": url, "UP_IMPETUS_TOKEN": RunningSimulator.token,
            "UP_IMPETUS_CALLBACK_SECRET": RunningSimulator.callbackSecret,
        ]
    }

    /// Runs a simulator for the extent of `body`.
    /// - Parameter timeout: of the client's calls.
    static func with<Value: Sendable>(
        timeout: Duration = ServiceLimits.pharmacyTimeout,
        _ body: @escaping @Sendable (RunningSimulator) async throws -> Value
    ) async throws -> Value {
        var settings = SimulatorServer.Settings(token: token)
        settings.callbackSecret = callbackSecret
        let server = SimulatorServer(settings: settings)
        let quiet = Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
        return try await RunningServer.with({ server.application(logger: quiet, onRunning: $0) }) { port in
            let transport = ImpetusTransport(
                settings: ImpetusSettings(url: "http://127.0.0.1:\(port)", token: token, callbackSecret: nil),
                eventLoopGroup: .singleton, time: SystemClock(), entropy: .system, timeout: timeout)
            let client = ImpetusClient(transport: transport, codec: codec, time: SystemClock(), logger: quiet)
            do {
                let value = try await body(RunningSimulator(port: port, client: client))
                await transport.shutdown()
                return value
            } catch {
                await transport.shutdown()
                throw error
            }
        }
    }

    /// Sets the faults of further requests.
    func set(faults: JSON...) async throws { try await set(["faults": .array(faults)]) }

    func set(_ body: JSON) async throws {
        let response = try await Partner.call(.PUT, url + "/simulator/faults", token: nil, body: body)
        try #require(response.status == 204)
    }

    /// Has reports sent to a server.
    func sendReports(to server: ServerProcess) async throws {
        let body: JSON = ["url": .string(server.origin + "/impetus/v1/events")]
        let response = try await Partner.call(.PUT, url + "/simulator/callbacks", token: nil, body: body)
        try #require(response.status == 204)
    }

    /// The number of requests for an operation.
    func requests(_ operation: String) async throws -> Int64 {
        let response = try await Partner.call(.GET, url + "/simulator/ledger", token: nil)
        return try #require(try response.json["requests"]?[operation]?.wholeNumber)
    }

    /// The prescriptions that the pharmacies have.
    func ledger() async throws -> [JSON] {
        let response = try await Partner.call(.GET, url + "/simulator/ledger", token: nil)
        return try #require(try response.json["prescriptions"]?.elements)
    }

    /// Has the pharmacy report something that no script has.
    func report(_ report: JSON, on order: String) async throws {
        let response = try await Partner.call(
            .POST, url + "/simulator/prescriptions/\(order)/report", token: nil, body: report)
        try #require(response.status == 204)
    }

    /// Takes a prescription to its end.
    func finish(_ order: String) async throws {
        let response = try await Partner.call(
            .POST, url + "/simulator/prescriptions/\(order)/finish", token: nil, body: [:])
        try #require(response.status == 204)
    }
}
