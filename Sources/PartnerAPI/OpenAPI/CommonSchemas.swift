import PharmacyDomain

/// The shapes that belong to no feature: errors, pages, the answer of ping.
package enum CommonSchemas {
    /// Every component of the document.
    package static let all: [(name: String, schema: Schema)] =
        AccountSchemas.components + PatientSchemas.components + PharmacySchemas.components + OrderSchemas.components
        + WebhookSchemas.components + components

    /// Those of this file.
    private static let components: [(name: String, schema: Schema)] = [
        ("Pagination", pagination), ("ListPagination", listPagination), ("Ping", ping), ("Error", .object(error)),
        ("ValidationError", .object(error + [errors])), ("OAuthError", .object(error + oauth)),
        ("OAuthValidationError", .object(error + [errors] + oauth)),
        ("PriceChangedError", .object(error + prices)),
    ]

    /// Where a page stands.
    private static let pagination = Schema.object([
        .required("page", .integer(1).example(1)),
        .required("per_page", .integer(1, 100).example(15)),
        .required("total", .integer().described("Items on all pages.").example(1)),
        .required("total_pages", .integer().example(1)),
    ])

    /// Where a page stands in a list that has cursors.
    private static let listPagination = Schema.object([
        .optional("page", .integer(1).example(1)),
        .required("per_page", .integer(1, 100).example(15)),
        .optional("total", .integer().described("Items on all pages.").example(1)),
        .optional("total_pages", .integer().example(1)),
        .required(
            "next_cursor",
            .string().nullable.described("The `cursor` of what comes behind this page; `null` at the end.").example(
                .string(exampleCursor))),
    ]).described("`page`, `total` and `total_pages` are left out on a page that a `cursor` began.")

    /// The answer of ping.
    private static let ping = Schema.object([
        .required("status", .oneOf(["ok"])),
        .required("tenant", .string().example("sandbox")),
        .required("version", .string().example("1.1.0")),
        .required("time", .timestamp),
    ])

    /// The members of every error.
    private static let error: [Schema.Property] = [
        .required("message", .string().described("A sentence for people.")),
        .required("code", .oneOf(APIErrorCode.self).described("For machines; each has a page of its own.")),
        .required("request_id", .string().described("The same as in `X-Request-Id`.")),
        .required("doc_url", .string().described("Where the code is explained.")),
    ]

    /// What is wrong, by field.
    private static let errors = Schema.Property.required(
        "errors",
        .dictionary(of: .array(of: .string()))
            .described("Every member that is wrong, with a sentence each; nested names with dots."))

    /// RFC 6749 §5.2.
    private static let oauth: [Schema.Property] = [
        .required("error", .oneOf(Set(APIErrorCode.allCases.map(\.oauthError)).sorted())),
        .required("error_description", .string()),
    ]

    /// The two prices of `price_changed`.
    private static let prices: [Schema.Property] = ["expected_price", "current_price"].map {
        .optional($0, .string(pattern: TextPattern.whole(TextPattern.price)).example("188.00"))
    }

    // MARK: Examples

    /// Where the one item of a list stands.
    static let paginationExample: JSON = ["page": 1, "per_page": 15, "total": 1, "total_pages": 1]
    /// The same in a list that has cursors.
    static let listPaginationExample: JSON = [
        "page": 1, "per_page": 15, "total": 1, "total_pages": 1, "next_cursor": nil,
    ]
    /// A place in a list.
    package static let exampleCursor =
        "cGQ5ZDdkMzZmPvN2jZ1dRRsAAAAAAAAABwAAAZtHDqnSAAAAAAAAACoAAAAAAAAAKoUaC9Xq9VxtPzNbCyt4H4A"
}
