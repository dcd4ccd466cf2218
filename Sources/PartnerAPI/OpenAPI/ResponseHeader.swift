package import PharmacyDomain

/// The header fields of responses, as the document describes them.
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
    case entityTag = "ETag"
    case vary = "Vary"
    case contentEncoding = "Content-Encoding"
    case deprecation = "Deprecation"
    case sunset = "Sunset"
    case link = "Link"

    /// The header fields of every response.
    package static let common: [ResponseHeader] = [
        .requestID, .sandboxResetsAt, .credentialRotateAfter, .rateLimitLimit, .rateLimitRemaining, .rateLimitReset,
        .rateLimitPolicy, .rateLimit,
    ]

    /// Those of responses that clients may store.
    package static let revalidation: [ResponseHeader] = [.cacheControl, .entityTag]

    /// Those of responses that may be compressed.
    package static let compression: [ResponseHeader] = [.vary, .contentEncoding]
    /// Those that announce that something is deprecated.
    package static let announcement: [ResponseHeader] = [.deprecation, .sunset, .link]

    package var description: String {
        switch self {
        case .requestID:
            "Identifies the request, also in our logs: the id that you sent, or a new one."
        case .sandboxResetsAt: "The time of the sandbox's next wipe; in every response of a sandbox."
        case .credentialRotateAfter:
            "A warning: the credential is more than 90 days old. It should have been replaced by this time."
        case .rateLimitLimit: "Requests allowed in one window."
        case .rateLimitRemaining: "Requests that are allowed immediately after this one."
        case .rateLimitReset: "The time at which all requests are allowed again, in Unix seconds."
        case .rateLimitPolicy: "The limit (q) and its window in seconds (w), as in the IETF draft on rate limits."
        case .rateLimit: "Requests left (r) and seconds until all are allowed again (t), as in the draft."
        case .location: "The path of the new resource."
        case .idempotentReplayed: "`true` if this response was returned before for the same Idempotency-Key."
        case .retryAfter: "Seconds to wait before the request is sent again."
        case .authenticate: "The authentication scheme to use, with the reason for the error if there is one."
        case .allow: "The methods of the path."
        case .cacheControl:
            """
            `no-store`: nobody may store the response. `private, no-cache`: only your own program may store it, and must \
            revalidate it with `If-None-Match` each time it uses it. `private, max-age`: it is current for so many seconds.
            """
        case .entityTag: "Identifies the content of the response, for `If-None-Match` and `If-Match`."
        case .vary: "`Accept-Encoding`: the response may be compressed for clients that accept it."
        case .contentEncoding: "`gzip` if the body is compressed. HTTP libraries expand it themselves."
        case .deprecation: "Since when it is deprecated: `@` and the time in Unix seconds (RFC 9745)."
        case .sunset: "The time from which on it may no longer work, as an HTTP date (RFC 8594)."
        case .link: "With `rel=\"deprecation\"`: the page that describes what to use instead."
        }
    }

    /// Whether a response that declares the field always has it.
    package var isRequired: Bool {
        switch self {
        case .requestID, .location, .authenticate, .allow, .cacheControl, .entityTag, .vary, .deprecation, .sunset,
            .link:
            true
        default: false
        }
    }

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
        case .cacheControl: .string().example("private, no-cache")
        case .entityTag: .string().example(.string(CommonSchemas.exampleEntityTag))
        case .vary: .string().example("Accept-Encoding")
        case .contentEncoding: .oneOf(["gzip"])
        case .deprecation: .string().example("@1798761600")
        case .sunset: .string().example("Sat, 01 Jan 2028 00:00:00 GMT")
        case .link: .string().example("</docs/versioning#deprecation>; rel=\"deprecation\"; type=\"text/html\"")
        }
    }

    /// References to the components of `headers`.
    static func references(_ headers: [ResponseHeader]) -> JSON {
        .object(headers.map { JSON.Member($0.rawValue, ["$ref": .string("#/components/headers/\($0.rawValue)")]) })
    }

    package var json: JSON {
        var members = [JSON.Member("description", .string(description))]
        if isRequired { members.append(JSON.Member("required", true)) }
        members.append(JSON.Member("schema", schema.json))
        return .object(members)
    }
}
