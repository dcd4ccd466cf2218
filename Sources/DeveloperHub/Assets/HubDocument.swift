internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import PartnerAPI

/// A page, an asset or another document of the hub, ready to be sent.
struct HubDocument: Sendable {
    private let bytes: ByteBuffer
    /// `nil` if it is never compressed.
    private let compressed: CompressedDocument?
    private let headers: HTTPFields
    /// `nil` if clients do not revalidate the document.
    private let entityTag: EntityTag?
    private let status: HTTPResponse.Status

    /// How long a document may be reused without asking.
    enum Caching {
        /// Its URL changes with its content.
        case immutable
        /// Clients revalidate it each time, and get a 304 if it has not changed.
        case revalidated
        /// For responses to a search or a form.
        case none
    }

    /// What pages may load: only this server's scripts, styles and images. Nothing inline.
    static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
        form-action 'self'; frame-ancestors 'none'; base-uri 'none'
        """

    init(
        _ content: [UInt8], contentType: String, caching: Caching = .revalidated, status: HTTPResponse.Status = .ok
    ) {
        bytes = ByteBuffer(bytes: content)
        compressed = caching == .none ? nil : CompressedDocument(content)
        self.status = status
        var headers: HTTPFields = [
            .contentType: contentType, .contentSecurityPolicy: HubDocument.contentSecurityPolicy,
        ]
        // Weak, because the compressed form has the same tag (RFC 9110 §8.8.3).
        entityTag = caching == .revalidated ? EntityTag(of: content, isWeak: true) : nil
        switch caching {
        case .immutable: headers[.cacheControl] = "public, max-age=31536000, immutable"
        case .revalidated:
            headers[.cacheControl] = "no-cache"
            headers[.eTag] = entityTag?.text
        case .none: headers[.cacheControl] = "no-store"
        }
        headers[.vary] = caching == .immutable ? "Accept-Encoding" : "Accept-Encoding, Cookie"
        self.headers = headers
    }

    init(html: String, caching: Caching = .revalidated, status: HTTPResponse.Status = .ok) {
        self.init(Array(html.utf8), contentType: "text/html; charset=utf-8", caching: caching, status: status)
    }

    /// The content as text.
    var text: String { String(buffer: bytes) }

    /// The response: 304 if the client has the document, compressed if the client takes it.
    func response(to request: Request) -> Response {
        var headers = headers
        if let entityTag, let known = EntityTag.List(.ifNoneMatch, in: request.headers), known.contains(entityTag) {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        guard AcceptEncoding(request.headers).prefersGzip, let compressed = compressed?.bytes else {
            return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: bytes))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: compressed))
    }
}
