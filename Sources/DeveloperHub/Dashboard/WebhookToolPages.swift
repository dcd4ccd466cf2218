internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// Sending a test event, finding out why a signature does not match, and rotating the secret.
enum WebhookToolPages {
    static let path = "\(WebhookPages.path)/tools"

    static let routes = [
        DashboardRoute(.get, "webhooks/tools") { .page(try await page($0)) },
        DashboardRoute(.post, "webhooks/tools/test", .write, handler: test),
        DashboardRoute(.post, "webhooks/tools/verify", handler: verify),
        DashboardRoute(.post, "webhooks/tools/rotate", .credentialsManage, handler: rotate),
    ]

    private static func page(_ visit: DashboardVisit, adding more: [String: Any] = [:]) async throws -> DashboardPage {
        let pending = try await visit.services.webhooks.pendingRotation(tenant: visit.tenant)
        let context: [String: Any] = [
            "url": path, "canTest": visit.may(.write), "canRotate": visit.may(.credentialsManage),
            "isRotating": pending != nil, "pending": pending.map { HubTime($0).context } ?? [:],
            "events": EventType.allCases.map { ["name": $0.rawValue] }, "receiver": "", "body": "", "signature": "",
            "hasTest": false, "test": [:] as [String: Any], "hasFinding": false, "finding": [:] as [String: Any],
            "hasSecret": false, "secret": [:] as [String: Any], "activates": [:] as [String: Any],
            "once": visit.requestID,
        ]
        return DashboardPage(
            title: "Webhook tools", section: WebhookPages.path, template: "dashboard-webhook-tools",
            context: context.merging(more) { $1 })
    }

    // MARK: Test

    private static func test(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let text = visit.form["receiver"]?.trimmed ?? ""
        let event = visit.form["event"].flatMap(EventType.init(rawValue:)) ?? .shipped
        let egress = visit.services.webhooks.egress(of: visit.tenant)
        let result = try await visit.services.webhooks.test(tenant: visit.tenant) { () throws(ValidationErrors) in
            do throws(WebhookURL.Refusal) {
                return WebhookTest(url: try WebhookURL(text, egress: egress), event: event)
            } catch {
                throw ValidationErrors("url", "The URL \(error.sentence)")
            }
        }
        let attempt = result.attempt
        let request =
            result.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n") + "\n\n"
            + String(decoding: result.body, as: UTF8.self)
        return .page(
            try await page(
                visit,
                adding: [
                    "receiver": text, "hasTest": true,
                    "test": [
                        "isSuccess": attempt.isSuccess, "result": attempt.statusCode.map(String.init) ?? "no response",
                        "duration": attempt.duration.inMilliseconds, "hasError": attempt.error != nil,
                        "error": attempt.error ?? "", "hasRequest": !result.body.isEmpty, "request": request,
                        "hasResponse": !attempt.response.isEmpty,
                        "response": String(decoding: attempt.response, as: UTF8.self),
                    ] as [String: Any],
                ]))
    }

    // MARK: Verify

    private static func verify(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let (body, signature) = (visit.form["body"] ?? "", visit.form["signature"] ?? "")
        let report = try await visit.services.webhooks.check(
            signature, of: Array(body.utf8), tenant: visit.tenant)
        return .page(
            try await page(
                visit,
                adding: ["body": body, "signature": signature, "hasFinding": true, "finding": context(report)]))
    }

    private static func context(_ report: SignatureReport) -> [String: Any] {
        var context: [String: Any] = [
            "words": words(report.finding), "isValid": report.finding == .valid, "isOfTenant": report.owner == .tenant,
            "isOfEndpoint": false, "endpoint": "", "receives": "",
        ]
        if case .endpoint(let id, let url) = report.owner {
            context.merge(["isOfEndpoint": true, "endpoint": id.description, "receives": url.text]) { $1 }
        }
        return context
    }

    static func words(_ finding: SignatureFinding) -> String {
        switch finding {
        case .valid: "The signature matches the body."
        case .nextSecret:
            "The signature was made with your new secret. Until the rotation ends, X-Webhook-Signature is made with the "
                + "old one; webhook-signature has the signatures of both."
        case .standardHeader:
            "That is the value of webhook-signature, which signs the id and the time too. Paste X-Webhook-Signature, or "
                + "verify it with a library of Standard Webhooks."
        case .malformed: "A signature has 64 hexadecimal digits."
        case .decodedKey:
            "The key was the decoded secret. The key of X-Webhook-Signature is the whole text of the secret, with whsec_."
        case .keyWithoutPrefix:
            "The key was the secret without whsec_. The key is the whole text of the secret, with whsec_."
        case .lineEnds:
            "The signature is that of the body with other line ends or another end. Sign the bytes as they arrive, before "
                + "anything trims or converts them."
        case .reserialized:
            "The signature is that of the same JSON in compact form. Sign the bytes as they arrive, not a body that was "
                + "parsed and written again."
        case .other:
            "The signature does not match with any secret in use, neither the tenant's nor those of registered endpoints: "
                + "the body, or the secret, is another one. Log the bytes as they arrive, and compare your receiver's "
                + "secret with the one that you were given for its URL."
        }
    }

    // MARK: Rotate

    /// Shows the new secret, once, also if the form is sent twice.
    private static func rotate(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let rotated = try await visit.services.webhooks.rotateSecret(
            tenant: visit.tenant,
            idempotency: IdempotencyRequest(
                key: visit.onceKey, operation: "dashboard rotation \(visit.signedIn.session.id)", body: [])
        ).value
        return .page(
            try await page(
                visit,
                adding: [
                    "hasSecret": true, "secret": ["value": rotated.secret],
                    "activates": HubTime(rotated.activatesAt).context,
                ]))
    }
}
