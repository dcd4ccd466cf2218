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

/// Simulated pharmacies on a free port, and a client that asks them.
struct RunningSimulator: Sendable {
    static let token = "a-token-for-tests"
    static let callbackSecret = "a-secret-for-tests-of-32-characters"

    let port: Int
    let client: ImpetusClient

    var url: String { "http://127.0.0.1:\(port)" }

    static let codec = MedicationIDCodec(key: [UInt8](repeating: 3, count: 32))

    /// Settings of a server that has its orders handed there.
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

    /// Sets what goes wrong from now on.
    func set(faults: JSON...) async throws { try await set(["faults": .array(faults)]) }

    func set(_ body: JSON) async throws {
        let answer = try await Partner.call(.PUT, url + "/simulator/faults", token: nil, body: body)
        try #require(answer.status == 204)
    }

    /// Has reports sent to a server.
    func sendReports(to server: ServerProcess) async throws {
        let body: JSON = ["url": .string(server.origin + "/impetus/v1/events")]
        let answer = try await Partner.call(.PUT, url + "/simulator/callbacks", token: nil, body: body)
        try #require(answer.status == 204)
    }

    /// How often an operation was asked for.
    func requests(_ operation: String) async throws -> Int64 {
        let answer = try await Partner.call(.GET, url + "/simulator/ledger", token: nil)
        return try #require(try answer.json["requests"]?[operation]?.wholeNumber)
    }

    /// The prescriptions that the pharmacies have.
    func ledger() async throws -> [JSON] {
        let answer = try await Partner.call(.GET, url + "/simulator/ledger", token: nil)
        return try #require(try answer.json["prescriptions"]?.elements)
    }

    /// Has the pharmacy report something that no script has.
    func report(_ report: JSON, on order: String) async throws {
        let answer = try await Partner.call(
            .POST, url + "/simulator/prescriptions/\(order)/report", token: nil, body: report)
        try #require(answer.status == 204)
    }

    /// Takes a prescription to its end.
    func finish(_ order: String) async throws {
        let answer = try await Partner.call(
            .POST, url + "/simulator/prescriptions/\(order)/finish", token: nil, body: [:])
        try #require(answer.status == 204)
    }
}
