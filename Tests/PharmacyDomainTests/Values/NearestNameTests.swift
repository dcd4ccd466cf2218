import PharmacyDomain
import Testing

@Suite("The nearest name")
struct NearestNameTests {
    private static let names = [
        "page", "per_page", "email", "external_id", "updated_since", "created_from", "created_to",
    ]

    @Test(
        "A misspelled name is found",
        arguments: [
            ("Email", "email"), ("EMAIL", "email"), ("e-mail", "email"), ("emial", "email"), ("mail", "email"),
            ("emails", "email"), ("perPage", "per_page"), ("perpage", "per_page"), ("pages", "page"),
            ("externalId", "external_id"), ("updated_sinc", "updated_since"), ("since", "updated_since"),
            ("created_form", "created_from"), ("createdTo", "created_to"), ("update_since", "updated_since"),
        ])
    func near(name: String, nearest: String) {
        #expect(NearestName.of(name, among: Self.names) == nearest)
    }

    @Test(
        "A name that is similar to none has no suggestion",
        arguments: ["", "_", "id", "utm_source", "q", "limit", "ID", "日本", String(repeating: "page", count: 17)])
    func far(name: String) {
        #expect(NearestName.of(name, among: Self.names) == nil)
        #expect(NearestName.of(name, among: []) == nil)
    }
}
