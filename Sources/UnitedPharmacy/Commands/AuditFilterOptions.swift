internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// What narrows a list or an export.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: "Of this tenant: its name, or its uuid.")
    var tenant: String?

    @Option(help: "This action, such as patient.read.")
    var action: String?

    @Option(help: "By this actor, such as credential:CLIENT_ID, operator:NAME or system.")
    var actor: String?

    @Option(help: "With this id among the subjects.")
    var subject: String?

    @Option(help: "Of the request with this id, as in X-Request-Id and in logs.")
    var requestId: String?

    @Option(help: "From this time on, such as 2026-01-31T00:00:00Z.")
    var since: String?

    @Option(help: "Up to this time; without a fraction, to the end of its second.")
    var until: String?

    func validate() throws {
        if let action, AuditAction(rawValue: action) == nil {
            let all = AuditAction.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--action must be one of \(all).")
        }
        if let actor, AuditActor(actor) == nil {
            throw ValidationError("--actor must be credential:…, setup_token:…, operator:…, system or anonymous.")
        }
        for moment in [since, until].compactMap(\.self) where Timestamp(moment) == nil {
            throw ValidationError("--since and --until take times such as 2026-01-31T00:00:00Z.")
        }
    }

    func filter(_ log: AuditLog) async throws -> AuditFilter {
        var filter = AuditFilter()
        if let tenant {
            guard let id = try await log.tenantID(tenant) else {
                throw OperationError.noSuchTenant(tenant)
            }
            filter.tenant = id
        }
        filter.action = action.flatMap(AuditAction.init(rawValue:))
        filter.actor = actor.flatMap(AuditActor.init)
        filter.subject = subject
        filter.requestID = requestId
        filter.since = since.flatMap(Timestamp.init)
        filter.until = until.flatMap(Timestamp.upperBound)
        return filter
    }
}
