import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("The key check at the start", .timeLimit(.minutes(3)))
struct KeySelfCheckTests {
    @Test(
        "A record that cannot be decrypted is reported with only its tenant's name and its kind",
        arguments: [
            (KeyFault.Part.patient, "UPDATE patients SET document = $1"),
            (.order, "UPDATE orders SET document = $1"),
            (.event, "UPDATE order_events SET payload = $1"),
            (.webhookSecret, "UPDATE tenants SET webhook_secret = $1 WHERE name = 'sandbox'"),
        ] as [(KeyFault.Part, SQL)])
    func faults(part: KeyFault.Part, damage: SQL) async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(try await installation.order())
        _ = try await OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil),
            wipeEvery: .hours(24)
        ).createTenant(named: "other", kind: .live)
        let check = KeySelfCheck(environment: installation.environment, logger: installation.logger)
        #expect(try await check.faults().isEmpty)
        _ = try await installation.environment.store.systemWrite {
            try $0.db.run(damage, [.blob([1] + [UInt8](repeating: 0, count: 60))])
        }
        let faults = try await check.faults()
        #expect(faults.map(\.owner) == [.tenant("sandbox")])
        #expect(faults.map(\.part) == [part])
        await installation.close()
    }
}
