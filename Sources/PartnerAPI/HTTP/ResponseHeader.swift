package import PharmacyDomain

/// The header fields of answers, as the document describes them.
package enum ResponseHeader: String, CaseIterable, Sendable {
    case requestID = "X-Request-Id"
    case sandboxResetsAt = "X-Sandbox-Resets-At"
    case credentialRotateAfter = "X-Credential-Rotate-After"
    case rateLimitLimit = "X-RateLimit-Limit"
    case rateLimitRemaining = "X-RateLimit-Remaining"
    case rateLimitReset = "X-RateLimit-Reset"
    case rateLimitPolicy = "RateLimit-Policy"
    case rateLimit = "RateLimit"
    case location = "Location"
    case idempotentReplayed = "Idempotent-Replayed"
    case retryAfter = "Retry-After"
    case authenticate = "WWW-Authenticate"
    case allow = "Allow"
    case cacheControl = "Cache-Control"

    /// Those of every answer.
    package static let common: [ResponseHeader] = [
        .requestID, .sandboxResetsAt, .credentialRotateAfter, .rateLimitLimit, .rateLimitRemaining, .rateLimitReset,
        .rateLimitPolicy, .rateLimit,
    ]

    /// For people.
    package var description: String {
        switch self {
        case .requestID:
            "Identifies the request, in our logs too: yours where you sent one, otherwise a new one."
        case .sandboxResetsAt: "When the sandbox's data is wiped next; on every answer of a sandbox."
        case .credentialRotateAfter:
            "A warning: the credential is more than 90 days old, and was due to be replaced at this time."
        case .rateLimitLimit: "Requests allowed in one window."
        case .rateLimitRemaining: "Requests that would be allowed at once after this one."
        case .rateLimitReset: "When the whole allowance is back, in Unix seconds."
        case .rateLimitPolicy: "The limit (q) and its window in seconds (w), as the IETF draft on rate limits has it."
        case .rateLimit: "Requests left (r) and seconds until the whole allowance is back (t), as the draft has it."
        case .location: "The path of the new thing."
        case .idempotentReplayed: "`true` where this answer was given before to the same Idempotency-Key."
        case .retryAfter: "Seconds to wait before the request is sent again."
        case .authenticate: "How to authenticate."
        case .allow: "The methods that the path answers."
        case .cacheControl: "`no-store`: tokens must not be kept by caches."
        }
    }

    /// Whether every answer that is declared with it carries it.
    package var isRequired: Bool {
        switch self {
        case .requestID, .location, .authenticate, .allow, .cacheControl: true
        default: false
        }
    }

    /// The shape of the value.
    package var schema: Schema {
        switch self {
        case .rateLimitLimit: .integer(1).example(600)
        case .rateLimitRemaining: .integer().example(599)
        case .rateLimitReset: .integer().example(1_766_423_743)
        case .retryAfter: .integer(1).example(42)
        case .requestID:
            .string(minimum: 1, maximum: 128, pattern: "^[A-Za-z0-9._-]+$")
                .example("0f8fad5b-d9cb-469f-a165-70867728950e")
        case .sandboxResetsAt, .credentialRotateAfter: .timestamp
        case .rateLimitPolicy: .string().example("\"default\";q=600;w=60")
        case .rateLimit: .string().example("\"default\";r=599;t=42")
        case .location: .string().example("/pharmacy/sandbox/api/v1/patients/135fef3b-b4ac-485f-b9bf-e8beef4990c7")
        case .idempotentReplayed: .oneOf(["true"])
        case .authenticate: .string().example("Bearer")
        case .allow: .string().example("GET, HEAD, POST")
        case .cacheControl: .string().example("no-store")
        }
    }

    /// References to the components of some header fields.
    static func references(_ headers: [ResponseHeader]) -> JSON {
        .object(headers.map { JSON.Member($0.rawValue, ["$ref": .string("#/components/headers/\($0.rawValue)")]) })
    }

    /// The component.
    package var json: JSON {
        var members = [JSON.Member("description", .string(description))]
        if isRequired { members.append(JSON.Member("required", true)) }
        members.append(JSON.Member("schema", schema.json))
        return .object(members)
    }
}
