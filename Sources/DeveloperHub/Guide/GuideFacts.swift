internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The values that the guide's texts name, taken from the code, so that the guide cannot say anything else than what the
/// server does.
struct GuideFacts: Sendable {
    let settings: HubSettings
    /// The server's URL, without a slash at the end.
    let origin: String

    /// The base URL of the sandbox.
    var base: String { "\(origin)/pharmacy/\(Tenant.builtInSandboxName)/api/v1" }

    /// The integration contact, as it reads after "ask" or "contact", and the URL that it links to.
    var support: (text: String, url: String?) {
        guard let contact = settings.supportContact else { return ("your integration contact", nil) }
        if contact.hasPrefix("http") { return ("integration support", contact) }
        return (contact, contact.contains("@") ? "mailto:\(contact)" : nil)
    }

    /// The integration contact in Markdown.
    private var supportMarkdown: String { support.url.map { "[\(support.text)](\($0))" } ?? support.text }

    /// By the names in the texts.
    var values: [String: Any] {
        [
            "base": base, "origin": origin, "support": supportMarkdown, "production": OpenAPIDocument.productionURL,
            "apiVersion": PartnerAPIRouter.version, "authentication": authentication, "patients": patients,
            "pagination": [
                "defaultPerPage": PageRequest.defaultPerPage, "maximumPerPage": PageRequest.maximumPerPage,
            ],
            "batches": batches, "catalog": catalog, "orders": orders, "webhooks": webhooks,
            "events": [
                "defaultLimit": WebhookRecoveryEndpoints.defaultLimit, "maximumLimit": PageRequest.maximumPerPage,
            ],
            "idempotency": idempotency, "rateLimit": rateLimit, "errors": errors, "sandbox": sandbox,
            "deprecation": [
                "notice": Deprecation.notice,
                "headers": ResponseHeader.announcement.map { ["name": $0.rawValue, "meaning": $0.description] },
                "list": DeprecationList(operations: PartnerAPIRouter.endpoints.map(\.operation)).markdown,
            ],
            "requests": [
                "idLength": RequestID.lengthLimit, "problemLimit": ValidationErrors.limit,
                "retention": settings.requestLogRetention.inWords,
            ],
        ]
    }

    private var authentication: [String: Any] {
        [
            "setupTokenLifetime": SetupTokens.lifetime.inWords,
            "accessTokenLifetime": CredentialPolicy.accessTokenLifetime.inWords,
            "refreshTokenLifetime": CredentialPolicy.refreshTokenLifetime.inWords,
            "rotationAge": CredentialPolicy.rotationAge.inWords, "credentials": CredentialPolicy.activeLimit,
            "nameLength": CredentialPolicy.name.maximum,
            "scopes": CredentialScope.allCases.map { ["name": $0.rawValue, "meaning": $0.meaning] },
            "metadata": AuthorizationServerMetadata.path, "keys": JSONWebKeySet.path,
            "keysLifetime": SigningKeyPolicy.publicKeyLifetime.inWords,
            "keyRotationAge": SigningKeyPolicy.rotationAge.inWords,
        ]
    }

    private var patients: [String: Any] {
        [
            "nameLength": PatientRules.name.maximum, "earliestBirthYear": PatientRules.earliestBirthYear,
            "genders": Gender.allCases.map { "\($0.rawValue) (\($0))" }.formatted,
            "emailLength": PatientRules.email.maximum,
            "addressLength": PatientRules.addressLine.maximum, "externalIDLength": PatientRules.externalID.maximum,
            "emailSearchLength": PatientRules.emailSearchLimit, "suffixLength": PatientRules.suffix.maximum,
            "healthListLength": PatientRules.healthList.maximum,
            "healthListEntryLength": PatientRules.healthList.entry.maximum,
        ]
    }

    private var batches: [String: Any] {
        [
            "limit": BatchResource.limit,
            "columns": PatientBatchEndpoint.columns.all.map { column in
                [
                    "name": column.name, "required": column.isRequired ? "Yes" : "No",
                    "content": column.isList ? "Texts, separated by `;`" : "One value",
                ]
            },
        ]
    }

    private var catalog: [String: Any] {
        [
            "perPage": Catalog.perPage, "searchLength": Catalog.searchLimit, "freshFor": Catalog.freshFor.inWords,
            "servedFor": Catalog.servedFor.inWords,
            "medicationIDsAccepted": ServiceLimits.medicationIDsAccepted.inWords,
        ]
    }

    private var orders: [String: Any] {
        [
            "dispenseQuantityMinimum": OrderRules.dispenseQuantity.lowerBound,
            "dispenseQuantityMaximum": OrderRules.dispenseQuantity.upperBound,
            "daysSupplyMinimum": OrderRules.daysSupply.lowerBound,
            "daysSupplyMaximum": OrderRules.daysSupply.upperBound, "referenceLength": OrderRules.reference.maximum,
            "memoLength": OrderRules.memo.maximum, "clinicalNotesLength": OrderRules.clinicalNotes.maximum,
            "webhookURLs": OrderRules.webhookURLLimit, "reasonLength": OrderRules.reason.maximum,
            "shipments": OrderRules.shipmentLimit, "recipientLength": OrderRules.recipient.maximum,
            "prescriberNameLength": PrescriberRules.name.maximum, "directionsLength": OrderRules.directions.maximum,
            "duplicateWindow": OrderRules.duplicateWindow.inWords,
            "refillsMinimum": OrderRules.refillsAuthorized.lowerBound,
            "refillsMaximum": OrderRules.refillsAuthorized.upperBound,
            "dispatchBackoffLimit": ServiceLimits.dispatchBackoffLimit.inWords,
            "dispatchAge": settings.dispatchAge.inWords, "reconcileAfter": settings.reconcileAfter.inWords,
            "statuses": OrderStatus.allCases.map { status in
                let next = status.next.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                return ["name": status.rawValue, "meaning": status.meaning, "next": next.isEmpty ? "Nothing" : next]
            },
            "dispatchStatuses": Order.Dispatch.Status.allCases.map { ["name": $0.rawValue, "meaning": $0.meaning] },
        ]
    }

    private var webhooks: [String: Any] {
        let maximum = WebhookSecrets.activationRange.upperBound
        return [
            "urlLength": WebhookURL.lengthLimit, "timeout": DeliveryPolicy.timeout.inWords,
            "retries": DeliveryPolicy.retries, "retryDelay": settings.webhookRetryDelay.inWords,
            "responseBytes": DeliveryPolicy.responseLimit, "deferral": DeliveryPolicy.deferral.inWords,
            "retention": settings.webhookRetention.inWords, "failingCount": EndpointHealth.failingCount,
            "failingSpan": EndpointHealth.failingSpan.inWords,
            "activationDefault": Duration.seconds(WebhookSecrets.activationDefault).inWords,
            "activationMaximum": Duration.seconds(maximum).inWords, "activationMaximumSeconds": maximum,
            "endpoints": EndpointRules.limit, "endpointDescription": EndpointRules.description.maximum,
            "extendedRetries": DeliveryPolicy.extendedRetries, "extendedSpan": DeliveryPolicy.extendedSpan.inWords,
            "endpointEvents": EndpointEventType.allCases.map { ["name": $0.rawValue, "meaning": $0.meaning] },
            "events": EventType.allCases.map { ["name": $0.rawValue, "meaning": $0.meaning] },
            "deliveryStatuses": Delivery.Status.allCases.map { ["name": $0.rawValue, "meaning": $0.meaning] },
        ]
    }

    private var idempotency: [String: Any] {
        let operations = PartnerAPIRouter.endpoints.map(\.operation).filter { operation in
            operation.parameters.contains { $0.name == "Idempotency-Key" }
        }
        return [
            "retention": ServiceLimits.idempotencyRetention.inWords, "keyLength": IdempotencyKey.lengthLimit,
            "operations": operations.map { operation in
                [
                    "summary": operation.summary, "id": operation.id, "method": operation.method.rawValue,
                    "path": operation.path,
                ]
            },
        ]
    }

    private var rateLimit: [String: Any] {
        let headers: [ResponseHeader] = [
            .rateLimitLimit, .rateLimitRemaining, .rateLimitReset, .rateLimitPolicy, .rateLimit,
        ]
        return [
            "requests": settings.rateLimit.requests, "window": settings.rateLimit.windowInWords,
            "authRequests": settings.authRateLimit.requests, "authWindow": settings.authRateLimit.windowInWords,
            "headers": headers.map { ["name": $0.rawValue, "meaning": $0.description] },
        ]
    }

    private var errors: [[String: String]] {
        APIErrorCode.allCases.map { code in
            [
                "code": code.rawValue, "status": "\(code.status.code) \(code.status.reasonPhrase)",
                "message": code.message, "explanation": code.explanation,
            ]
        }
    }

    private var sandbox: [String: Any] {
        var sandbox: [String: Any] = [
            "tenant": Tenant.builtInSandboxName, "wipeEvery": settings.sandboxWipeEvery.inWords,
            "priceSwing": SimulatedPharmacies.priceSwing,
            "pharmacies": SimulatedPharmacies.all.map { pharmacy in
                let catalog = SimulatedPharmacies.catalog(of: pharmacy.id, at: Timestamp(milliseconds: 0))
                return [
                    "name": pharmacy.name, "id": pharmacy.id.description,
                    "medications": String(catalog?.medications.count ?? 0),
                ]
            },
        ]
        // Absent if orders advance on request only: the texts have a section for either case.
        if let step = settings.sandboxStep { sandbox["step"] = step.inWords }
        return sandbox
    }
}

extension Duration {
    /// In the largest unit that is whole, such as `24 hours`. Two days and more are counted in days.
    var inWords: String {
        let units: [(name: String, seconds: Int64, least: Int64)] = [
            ("day", 86_400, 2), ("hour", 3_600, 1), ("minute", 60, 2), ("second", 1, 1),
        ]
        let seconds = components.seconds
        if components.attoseconds == 0 {
            for unit in units where seconds % unit.seconds == 0 && seconds / unit.seconds >= unit.least {
                let count = seconds / unit.seconds
                return "\(count) \(unit.name)\(count == 1 ? "" : "s")"
            }
        }
        return "\(seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) milliseconds"
    }
}

extension RateLimit {
    fileprivate var windowInWords: String {
        window == .seconds(1) ? "second" : window == .seconds(3600) ? "hour" : "minute"
    }
}

extension [String] {
    /// `a, b or c`.
    fileprivate var formatted: String {
        guard let last, count > 1 else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " or " + last
    }
}
