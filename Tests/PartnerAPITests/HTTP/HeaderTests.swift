import HTTPTypes
import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Header fields")
struct HeaderTests {
    @Test(
        "An Idempotency-Key is visible ASCII, bare or quoted",
        arguments: [
            ("abc", "abc"), ("8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
            ("\"abc\"", "abc"), (#""a\"b\\c""#, #"a"b\c"#), ("a\"b", "a\"b"), ("!~", "!~"),
            (String(repeating: "k", count: 255), String(repeating: "k", count: 255)),
        ])
    func keys(value: String, key: String) {
        #expect(IdempotencyKey(value)?.text == key)
        #expect(SchemaValidator.matches(value, IdempotencyKey.pattern))
    }

    @Test(
        "Other values are not valid Idempotency-Keys",
        arguments: [
            "", "a b", "\"", "\"\"", "\"abc", "\"abc\"x", "\"abc\";a=1", #""a\b""#, #""a\"#, "schlüssel", "a\u{7F}",
            "a\tb",
            "\"a b\"", String(repeating: "k", count: 256),
        ])
    func badKeys(value: String) {
        #expect(IdempotencyKey(value) == nil)
        #expect(!SchemaValidator.matches(value, IdempotencyKey.pattern))
    }

    @Test("An invalid Idempotency-Key is refused; a missing one is allowed")
    func keyInHeaders() throws {
        #expect(try IdempotencyKey(headers: [:]) == nil)
        #expect(try IdempotencyKey(headers: [.idempotencyKey: "\"k\""])?.text == "k")
        let problems = #expect(throws: ValidationErrors.self) { try IdempotencyKey(headers: [.idempotencyKey: ""]) }
        #expect(problems?.fields.map(\.name) == ["Idempotency-Key"])
    }

    @Test("Authorization supports two schemes, regardless of case")
    func authorization() {
        func read(_ value: String) -> AuthorizationHeader? { AuthorizationHeader([.authorization: value]) }
        #expect(AuthorizationHeader([:]) == nil)
        #expect(read("Bearer abc") == .bearer("abc"))
        #expect(read("bearer   abc") == .bearer("abc"))
        #expect(read("Bearer") == .bearer(""))
        #expect(read("Digest abc") == .unknown)
        #expect(read("") == .unknown)
        #expect(read("BASIC aWQ6c2VjcmV0") == .basic(BasicCredentials(clientID: "id", clientSecret: "secret")))
    }

    @Test(
        "Basic credentials are form-decoded",
        arguments: [
            ("aWQ6c2VjcmV0", "id", "secret"), ("aWQ6", "id", ""), ("OnNlY3JldA==", "", "secret"),
            ("aWQ6YTpi", "id", "a:b"), ("YSUyQmI6YyUzQWQ=", "a+b", "c:d"), ("YSti0mM=", nil, nil),
            ("YTpiK2M=", "a", "b c"),
            ("!!", nil, nil), ("aWQ=", nil, nil), ("YTolWlo=", nil, nil), ("", nil, nil),
        ] as [(String, String?, String?)])
    func basic(encoded: String, clientID: String?, clientSecret: String?) {
        let credentials = BasicCredentials(encoded: encoded)
        #expect(credentials?.clientID == clientID)
        #expect(credentials?.clientSecret == clientSecret)
    }

    @Test(
        "Content-Type is checked by media type and character set",
        arguments: [
            ("application/json", .json), ("Application/JSON; charset=utf-8", .json),
            ("application/json;charset=UTF-8", .json),
            ("application/json ; charset=\"utf-8\"", .json), ("application/json; version=1", .json),
            ("application/x-www-form-urlencoded", .form), ("text/csv", .csv),
            ("Text/CSV; charset=utf-8; header=present", .csv), ("text/csv; charset=windows-1252", nil),
            ("application/json; charset=latin1", nil), ("text/json", nil),
            ("application/jsonp", nil), ("application/vnd.api+json", nil), ("multipart/form-data", nil), ("", nil),
            ("application/json, application/json", nil), ("json", nil),
        ] as [(String, BodyMediaType?)])
    func contentTypes(value: String, type: BodyMediaType?) {
        #expect(BodyMediaType(contentType: value) == type)
    }

    @Test("Header field names keep their spelling")
    func names() {
        #expect(HTTPField.Name.xRequestID.rawName == "X-Request-Id")
        #expect(HTTPField.Name.xSandboxResetsAt.rawName == "X-Sandbox-Resets-At")
        #expect(HTTPField.Name.idempotentReplayed.rawName == "Idempotent-Replayed")
    }
}
