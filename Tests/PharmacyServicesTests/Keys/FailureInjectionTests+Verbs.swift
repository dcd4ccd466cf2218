import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

extension FailureInjectionTests.Verb {
    /// Every verb that writes.
    static let all = tenants + keys + accounts + patients + orders + webhooks + upkeep

    private static let tenants: [Self] = [
        Self("create a tenant") { bench in
            let id: TenantID = bench.installation.environment.entropy.identifier()
            return { _ = try await bench.operations.createTenant(named: "t\(id.description.prefix(8))", kind: .live) }
        },
        Self("delete a tenant") { bench in
            let id: TenantID = bench.installation.environment.entropy.identifier()
            let name = "t\(id.description.prefix(8))"
            _ = try await bench.operations.createTenant(named: name, kind: .sandbox)
            return { try await bench.operations.deleteTenant(named: name) }
        },
        Self("suspend and resume a tenant") { bench in
            {
                _ = try await bench.operations.setStatus(.suspended, ofTenant: "sandbox")
                _ = try await bench.operations.setStatus(.active, ofTenant: "sandbox")
            }
        },
        Self("issue a setup token") { bench in
            let id: TenantID = bench.installation.environment.entropy.identifier()
            let name = "t\(id.description.prefix(8))"
            _ = try await bench.operations.createTenant(named: name, kind: .live)
            return { _ = try await bench.operations.issueSetupToken(toTenant: name) }
        },
        Self("wipe a sandbox") { bench in
            { try await bench.installation.controls.wipe(bench.installation.tenant) }
        },
        Self("provision the sandbox") { bench in { try await bench.installation.controls.provision() } },
    ]

    private static let keys: [Self] = [
        Self("replace a data key, re-encrypt and retire") { bench in
            let rotation = DataKeyRotation(
                environment: bench.installation.environment, notifier: bench.installation.notifier,
                logger: bench.installation.logger)
            return {
                _ = try await bench.operations.rotateDataKeys(ofTenant: nil)
                _ = try await rotation.reencryptDue()
                bench.installation.time.advance(by: .hours(24))
                _ = try await rotation.reencryptDue()
            }
        },
        Self("replace identifiers in clear by digests") { bench in
            let reference = "EXT-1"
            var known = PatientFilter()
            known.externalID = reference
            let page = PageRequest(page: 1, perPage: 1)
            let isThere = try await bench.installation.patients.list(
                known, page: page, tenant: bench.installation.tenant)
            if isThere.total == 0 {
                _ = try await bench.installation.patients.create(
                    body: .object(
                        (TestInstallation.patient().members ?? []) + [JSON.Member("external_id", .string(reference))]),
                    tenant: bench.installation.tenant, idempotency: nil)
            }
            let statements: [SQL] = [
                """
                UPDATE patients SET external_id_in_clear = 'EXT-1', external_id_digest = NULL
                WHERE deleted_at IS NULL AND external_id_digest IS NOT NULL
                """,
                "UPDATE tenants SET clear_identifiers = 1",
            ]
            let sealing = TenantConversion.identifiers(
                environment: bench.installation.environment, logger: bench.installation.logger)
            try await bench.installation.environment.store.write(bench.installation.tenant.id) { scope in
                for statement in statements { try scope.db.send(statement, []) }
            }
            return { _ = try await sealing.convertDue() }
        },
        Self("wrap all keys again") { bench in
            { _ = try await bench.operations.rotateMasterKey(with: [UInt8](repeating: 1, count: 32)) }
        },
        Self("replace the signing key") { bench in
            bench.installation.time.advance(by: .days(100))
            return { try await bench.installation.accounts.rotateSigningKeys() }
        },
    ]

    private static let accounts: [Self] = [
        Self("create a credential") { bench in
            _ = try await bench.tokens()
            let request = bench.request("POST credentials")
            return {
                _ = try await bench.installation.accounts.createCredential(
                    body: [:], authority: .setupToken(TestInstallation.setupToken),
                    tenant: bench.installation.tenant, idempotency: request)
            }
        },
        Self("rename and revoke a credential") { bench in
            _ = try await bench.tokens()
            let (id, _) = try await bench.credential()
            return {
                let (accounts, tenant) = (bench.installation.accounts, bench.installation.tenant)
                _ = try await accounts.renameCredential(id, body: ["name": "other"], tenant: tenant)
                try await accounts.revokeCredential(id, tenant: tenant)
            }
        },
        Self("issue, refresh and revoke tokens") { bench in
            _ = try await bench.tokens()
            let (id, secret) = try await bench.credential()
            let request = bench.request("POST refresh")
            return {
                let (accounts, tenant) = (bench.installation.accounts, bench.installation.tenant)
                let pair = try await accounts.issueToken(
                    clientID: id.description, clientSecret: secret, tenant: tenant)
                let fresh = try await accounts.refresh(pair.refreshToken, tenant: tenant, idempotency: request).value
                _ = try await accounts.authenticate(accessToken: fresh.accessToken, tenant: tenant)
                // A second use revokes the family.
                await #expect(throws: (any Error).self) {
                    _ = try await accounts.refresh(pair.refreshToken, tenant: tenant, idempotency: nil)
                }
                try await accounts.revokeToken(fresh.refreshToken, tenant: tenant)
            }
        },
    ]

    private static let patients: [Self] = [
        Self("create, update, sync and delete a patient") { bench in
            let request = bench.request("POST patients")
            return {
                let (patients, tenant) = (bench.installation.patients, bench.installation.tenant)
                let created = try await patients.create(
                    body: TestInstallation.patient(), tenant: tenant, idempotency: request)
                let id = created.value.patient.id
                _ = try await patients.update(id, body: ["city": "Dallas"], tenant: tenant)
                _ = try await patients.sync(id, tenant: tenant)
                try await patients.delete(id, tenant: tenant)
            }
        }
    ]

    private static let orders: [Self] = [
        Self("submit an order") { bench in
            let (body, request) = (try await bench.order(), bench.request("POST orders"))
            return { _ = try await bench.installation.place(body, idempotency: request) }
        },
        Self("dispatch an order and let it be prepared") { bench in
            try await bench.settle()
            _ = try await bench.installation.place(try await bench.order(memo: nil))
            return {
                _ = try await bench.dispatcher.dispatchDue()
                bench.installation.time.advance(by: .seconds(10))
                _ = try await bench.simulator.advanceDue()
            }
        },
        Self("cancel an order") { bench in
            let order = try await bench.installation.place(try await bench.order())
            return {
                _ = try await bench.installation.orders.cancel(order, reason: nil, tenant: bench.installation.tenant)
            }
        },
        Self("advance an order") { bench in
            let order = try await bench.installation.place(try await bench.order())
            return {
                _ = try await bench.installation.controls.advance(
                    order, to: .shipped, tenant: bench.installation.tenant)
            }
        },
    ]

    private static let webhooks: [Self] = [
        Self("claim deliveries and record their attempts") { bench in
            try await bench.settle()
            _ = try await bench.installation.place(try await bench.order())
            return {
                _ = try await bench.installation.endDueDeliveries(
                    as: .retry(at: bench.installation.time.now() + .seconds(1)), response: [1])
                bench.installation.time.advance(by: .minutes(5))
                _ = try await bench.installation.endDueDeliveries(as: .failed, response: [2])
            }
        },
        Self("redeliver and recover deliveries") { bench in
            try await bench.settle()
            let since = bench.installation.time.now()
            _ = try await bench.installation.place(try await bench.order())
            _ = try await bench.installation.endDueDeliveries(as: .failed)
            let (webhooks, tenant) = (bench.installation.webhooks, bench.installation.tenant)
            let failed = try await webhooks.deliveries(
                DeliveryFilter(), page: PageRequest(page: 1, perPage: 1), tenant: tenant)
            let id = try #require(failed.items.first?["id"]?.text.flatMap(DeliveryID.init))
            return {
                _ = try await webhooks.redeliver(id, tenant: tenant)
                _ = try await webhooks.recover(body: ["since": JSON(since)], tenant: tenant)
            }
        },
        Self("rotate the webhook secret") { bench in
            let request = bench.request("POST rotate")
            return {
                _ = try await bench.installation.webhooks.rotateSecret(
                    body: [:], tenant: bench.installation.tenant, idempotency: request)
            }
        },
    ]

    private static let upkeep: [Self] = [
        Self("prune") { bench in
            bench.installation.time.advance(by: .days(61))
            try await bench.settle()
            try await bench.sweeper.prune()
            _ = try await bench.installation.place(try await bench.order(), idempotency: bench.request("POST orders"))
            _ = try await bench.installation.endDueDeliveries(as: .succeeded)
            _ = try await bench.tokens()
            bench.installation.time.advance(by: .days(61))
            return { try await bench.sweeper.prune() }
        }
    ]
}
