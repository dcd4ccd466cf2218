import Foundation
import Logging
import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("A pharmacy system that fails", .timeLimit(.minutes(3)))
struct ImpetusFailureTests {
    private static let tenant = Tenant(
        id: TenantID(UUID()), name: "acme", kind: .live, status: .active, createdAt: Timestamp(milliseconds: 0),
        resetsAt: nil)

    /// Calls a system a few times.
    /// - Returns: the log lines.
    private func log(of url: String) async throws -> LogRecorder {
        let log = LogRecorder()
        let transport = ImpetusTransport(
            settings: ImpetusSettings(url: url, token: "a-secret-token", callbackSecret: nil),
            eventLoopGroup: .singleton, time: SystemClock(), entropy: .system)
        let client = ImpetusClient(
            transport: transport, codec: MedicationIDCodec(key: [UInt8](repeating: 3, count: 32)), time: SystemClock(),
            logger: log.logger)
        for _ in 0..<3 {
            await #expect(throws: PharmacySystemFailure.self) {
                _ = try await client.pharmacies(tenant: ImpetusFailureTests.tenant)
            }
        }
        await transport.shutdown()
        return log
    }

    @Test("A closed port is one log line, with the reason and the setting to check")
    func refused() async throws {
        let log = try await log(of: "http://127.0.0.1:1")
        #expect(log.all == ["the pharmacy system fails"])
        let metadata = log.metadata(of: "the pharmacy system fails")
        #expect(metadata["error"]?.contains("connection refused") == true, "\(metadata)")
        #expect(metadata["error"]?.contains("UP_IMPETUS_URL") == true)
        #expect(!metadata.values.contains { $0.contains("a-secret-token") || $0.contains("127.0.0.1") })
    }

    @Test("An invalid response is one log line, which names the fault")
    func wrong() async throws {
        try await SocketReceiver.with(SocketReceiver.ok) { receiver in
            let log = try await log(of: "http://127.0.0.1:\(receiver.port)")
            #expect(log.count(.error, "the pharmacy system's responses are not as Documentation") == 1)
            #expect(log.all.count == 1, "\(log.all)")
            let error = log.metadata(of: "the pharmacy system's responses are not as Documentation")["error"]
            #expect(error?.contains("Documentation/impetus.md") == true)
        }
    }
}
