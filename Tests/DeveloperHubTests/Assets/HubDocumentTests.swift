import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import DeveloperHub

@Suite("Responses with the hub's documents")
struct HubDocumentTests {
    private static let html = String(repeating: "<p>A page.</p>", count: 100)

    private func response(_ document: HubDocument, _ headers: HTTPFields = [:]) -> Response {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/docs", headerFields: headers)
        return document.response(to: Request(head: head, body: RequestBody(buffer: ByteBuffer())))
    }

    @Test("A page is revalidated: the same tag gets 304 without a body")
    func tags() throws {
        let document = HubDocument(html: HubDocumentTests.html)
        let tag = try #require(response(document).headers[.eTag])
        for value in [tag, String(tag.dropFirst(2)), "\"a\", \(tag)", "*"] {
            let response = response(document, [.ifNoneMatch: value])
            #expect(response.status == .notModified, "\(value)")
            #expect(response.body.contentLength == 0)
            #expect(response.headers[.eTag] == tag)
        }
        #expect(response(document, [.ifNoneMatch: "\"a\""]).status == .ok)
        #expect(response(HubDocument(html: "<p>Other</p>")).headers[.eTag] != tag)
    }

    @Test(
        "A page is compressed if the client takes gzip",
        arguments: [
            ("gzip", true), ("br, GZIP;q=0.5", true), ("deflate, gzip", true), ("gzip;q=0", false),
            ("gzip; q=0.000", false), ("br", false), ("", false), (nil, false), ("*", true),
            ("gzip;q=0.5, identity", false),
        ] as [(String?, Bool)])
    func compression(accepted: String?, isCompressed: Bool) {
        var headers = HTTPFields()
        headers[.acceptEncoding] = accepted
        let response = response(HubDocument(html: HubDocumentTests.html), headers)
        #expect(response.headers[.contentEncoding] == (isCompressed ? "gzip" : nil))
        #expect(response.headers[.vary]?.contains("Accept-Encoding") == true)
        let length = response.body.contentLength ?? 0
        #expect(isCompressed ? length < 200 : length == HubDocumentTests.html.utf8.count)
    }

    @Test("A document that compression does not make smaller is sent as it is")
    func incompressible() {
        let document = HubDocument(html: "<p>")
        #expect(response(document, [.acceptEncoding: "gzip"]).headers[.contentEncoding] == nil)
    }

    @Test("Assets are immutable, and results of a search are not stored")
    func caching() {
        let asset = response(HubDocument([1], contentType: "text/css", caching: .immutable))
        #expect(asset.headers[.cacheControl] == "public, max-age=31536000, immutable")
        #expect(response(HubDocument(html: "", caching: .none)).headers[.cacheControl] == "no-store")
        #expect(response(HubDocument(html: "")).headers[.cacheControl] == "no-cache")
    }

    @Test("Every document forbids inline code and other hosts")
    func policy() {
        let policy = response(HubDocument(html: "")).headers[.contentSecurityPolicy]
        #expect(
            policy
                == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
    }
}
