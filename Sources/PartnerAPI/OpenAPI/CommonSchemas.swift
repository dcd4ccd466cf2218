import PharmacyDomain

/// The schemas that several features share: errors and pagination. It also has the response of `ping`.
package enum CommonSchemas {
    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("Pagination", pagination), ("ListPagination", listPagination), ("Ping", ping), ("Error", .object(error)),
        ("ValidationError", .object(error + [errors])), ("OAuthError", .object(error + oauth)),
        ("OAuthValidationError", .object(error + [errors] + oauth)),
        ("PriceChangedError", .object(error + prices)),
    ]

    private static let pagination = Schema.object([
        .required("page", .integer(1).example(1)),
        .required("per_page", .integer(1, 100).example(15)),
        .required("total", .integer().described("The number of items on all pages.").example(1)),
        .required("total_pages", .integer().example(1)),
    ])

    /// The pagination of lists that have cursors.
    private static let listPagination = Schema.object([
        .optional("page", .integer(1).example(1)),
        .required("per_page", .integer(1, 100).example(15)),
        .optional("total", .integer().described("The number of items on all pages.").example(1)),
        .optional("total_pages", .integer().example(1)),
        .required(
            "next_cursor",
            .string().nullable.described("Send it as `cursor` to get the next page; `null` on the last page.").example(
                .string(exampleCursor))),
    ]).described("`page`, `total` and `total_pages` are absent on pages that were requested by `cursor`.")

    private static let ping = Schema.object([
        .required("status", .oneOf(["ok"])),
        .required("tenant", .string().example("sandbox")),
        .required("version", .string().example("1.1.0")),
        .required("time", .timestamp),
    ])

    /// The members of every error.
    private static let error: [Schema.Property] = [
        .required("message", .string().described("A sentence for people.")),
        .required(
            "code",
            .oneOf(APIErrorCode.self).described("The error code, for programs; `doc_url` links to its explanation.")),
        .required("request_id", .string().described("The id of the request, as in `X-Request-Id`.")),
        .required("doc_url", .string().described("A link to the explanation of the code.")),
    ]

    /// The problems of a 422.
    private static let errors = Schema.Property.required(
        "errors",
        .dictionary(of: .array(of: .string()))
            .described(
                "Each invalid member, parameter or header with a sentence for each problem. Dots separate nested names."
            ))

    /// The additional members of token endpoints (RFC 6749 §5.2).
    private static let oauth: [Schema.Property] = [
        .required("error", .oneOf(Set(APIErrorCode.allCases.map(\.oauthError)).sorted())),
        .required("error_description", .string()),
    ]

    /// The additional members of `price_changed`.
    private static let prices: [Schema.Property] = ["expected_price", "current_price"].map {
        .optional($0, .price.example("188.00"))
    }

    // MARK: Examples

    static let paginationExample: JSON = ["page": 1, "per_page": 15, "total": 1, "total_pages": 1]
    static let listPaginationExample: JSON = [
        "page": 1, "per_page": 15, "total": 1, "total_pages": 1, "next_cursor": nil,
    ]
    static let exampleEntityTag = "\"5d41402abc4b2a76b9719d911017c592\""
    /// A valid `ListCursor`: tests parse it.
    package static let exampleCursor =
        "cGQ5ZDdkMzZmPvN2jZ1dRRsAAAAAAAAABwAAAZtHDqnSAAAAAAAAACoAAAAAAAAAKoUaC9Xq9VxtPzNbCyt4H4A"
}
