import Foundation
import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

/// Tests calls of several tenants to the pharmacies' system over real sockets.
@Suite("Isolation of tenants' calls to the pharmacies' system", .timeLimit(.minutes(1)))
struct ImpetusTransportTests {
    private static let response =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{\"pharmacies\":[]}"

    /// Runs `body` with a client of a system with this behavior, and two tenants.
    private func with(
        _ behavior: SocketReceiver.Behavior,
        _ body: (ImpetusClient, SocketReceiver, _ first: Tenant, _ second: Tenant) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation()
        let other = try await installation.addTenant("other")
        try await SocketReceiver.with(behavior) { receiver in
            let transport = ImpetusTransport(
                settings: ImpetusSettings(
                    url: "http://127.0.0.1:\(receiver.port)", token: "token", callbackSecret: nil),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: installation.time, entropy: .system)
            let client = ImpetusClient(
                transport: transport, codec: installation.keys.medicationIDs, time: installation.time,
                logger: installation.logger)
            try await body(client, receiver, installation.tenant, other)
            await transport.shutdown()
        }
    }

    private func reason(
        _ client: ImpetusClient, _ tenant: Tenant
    ) async -> PharmacySystemFailure.Reason? {
        do {
            _ = try await client.pharmacies(tenant: tenant)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("A tenant whose calls keep failing makes none for a while, and no other tenant waits")
    func circuit() async throws {
        let unauthorized = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"
        try await with(.respond(unauthorized)) { client, receiver, first, second in
            for _ in 0..<ServiceLimits.circuitFailures { #expect(await reason(client, first) == .unauthorized) }
            #expect(await reason(client, first) == .circuitOpen)
            let before = receiver.requestsSeen
            #expect(await reason(client, second) == .unauthorized)
            #expect(receiver.requestsSeen == before + 1)
            #expect(await reason(client, first) == .circuitOpen)
        }
    }

    @Test("Calls without a response are limited, and leave connections for other tenants")
    func connections() async throws {
        try await with(.silentTo("Impetus-Tenant: sandbox", response: Self.response)) {
            client, receiver, first, second in
            await withTaskGroup(of: Void.self) { group in
                let share = ServiceLimits.pharmacyConnections / 3
                for _ in 1...share { group.addTask { _ = await reason(client, first) } }
                while receiver.requestsSeen < share { await Task.yield() }
                #expect(await reason(client, first) == .overloaded)
                #expect(receiver.requestsSeen == share)
                #expect(await reason(client, second) == nil)
                group.cancelAll()
            }
        }
    }
}
