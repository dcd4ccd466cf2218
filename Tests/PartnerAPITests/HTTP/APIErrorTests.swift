import HTTPTypes
import Hummingbird
import NIOCore
import PartnerAPI
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Errors")
struct APIErrorTests {
    private func body(_ error: APIError, isOAuth: Bool = false) -> JSON {
        error.body(requestID: "r-1", publicURL: "https://api.example.com", isOAuth: isOAuth)
    }

    @Test("Codes are unique, in snake case, and each is explained")
    func codes() {
        let codes = APIErrorCode.allCases
        #expect(Set(codes.map(\.rawValue)).count == codes.count)
        for code in codes {
            #expect(SchemaValidator.matches(code.rawValue, "^[a-z]+(_[a-z]+)*$"), "\(code)")
            #expect(code.message.hasSuffix("."), "\(code)")
            #expect(code.explanation.count > 40 && code.explanation.hasSuffix("."), "\(code)")
            #expect(!code.explanation.contains("\n"), "\(code)")
            #expect((400...599).contains(code.status.code), "\(code)")
        }
    }

    @Test("An error has a message, a code, the request's id and a link")
    func commonMembers() {
        #expect(
            body(APIError(.notFound)) == [
                "message": "Not found.", "code": "not_found", "request_id": "r-1",
                "doc_url": "https://api.example.com/docs/errors#not_found",
            ])
    }

    @Test("A 422 lists every error, and its message is the first one")
    func problems() {
        var problems = ValidationErrors("first_name", "first_name is required.")
        problems.add("zip", "zip must be 5 or 9 digits.")
        let body = body(APIError(problems))
        #expect(body["code"] == "validation_failed")
        #expect(body["message"] == "first_name is required. (and 1 more)")
        #expect(body["errors"] == ["first_name": ["first_name is required."], "zip": ["zip must be 5 or 9 digits."]])
    }

    @Test("Validation errors can have an error code of their own")
    func codeOfProblems() {
        let problems = ValidationErrors("name", "There are 20 active credentials.", code: "credential_limit_reached")
        #expect(APIError(problems).code == .credentialLimitReached)
        #expect(APIError(ValidationErrors("name", "No.", code: "unknown_code")).code == .validationFailed)
    }

    @Test(
        "Token endpoints add the members of OAuth 2",
        arguments: [
            (APIErrorCode.invalidClient, "invalid_client"), (.invalidGrant, "invalid_grant"),
            (.unsupportedGrantType, "unsupported_grant_type"), (.validationFailed, "invalid_request"),
            (.malformedJSON, "invalid_request"), (.rateLimited, "temporarily_unavailable"),
            (.internalError, "server_error"), (.invalidScope, "invalid_scope"),
        ])
    func oauth(code: APIErrorCode, name: String) {
        let body = body(APIError(code), isOAuth: true)
        #expect(body["error"]?.text == name)
        #expect(body["error_description"] == body["message"])
    }

    @Test("A price_changed error contains both prices")
    func priceChanged() throws {
        let expected = try #require(Price("188.00"))
        let current = try #require(Price("192.50"))
        let error = APIError(service: .priceChanged(expected: expected, current: current))
        #expect(error.code.status == .conflict)
        #expect(body(error)["expected_price"] == "188.00")
        #expect(body(error)["current_price"] == "192.50")
    }

    @Test(
        "A 503 has a Retry-After of at least one second",
        arguments: [
            (Duration.milliseconds(1), "1"), (.seconds(5), "5"), (.milliseconds(5001), "6"), (.zero, "1"),
        ])
    func retryAfter(wait: Duration, header: String) {
        #expect(APIError(service: .pharmacyUnavailable(retryAfter: wait)).headers[.retryAfter] == header)
        #expect(APIError(service: .storageUnavailable(retryAfter: wait)).headers[.retryAfter] == header)
    }

    @Test("Framework errors are mapped to API errors; unexpected errors are not")
    func foreignErrors() {
        struct UnexpectedError: Error {}
        #expect(APIError(known: HTTPError(.notFound))?.code == .notFound)
        #expect(
            APIError(known: HTTPError(.badRequest, message: "Swift.Int"))?.message == APIErrorCode.badRequest.message)
        #expect(APIError(known: HTTPError(.internalServerError)) == nil)
        #expect(APIError(known: NIOTooManyBytesError(maxBytes: 1))?.code == .bodyTooLarge)
        #expect(APIError(known: UnexpectedError()) == nil)
    }
}
