internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import PartnerAPI
internal import Synchronization

/// A page, an asset or another document of the hub, ready to be sent.
struct HubDocument: Sendable {
    private let bytes: ByteBuffer
    /// `nil` if it is never compressed.
    private let compressed: Compressed?
    private let headers: HTTPFields
    /// `nil` if clients do not revalidate the document.
    private let entityTag: EntityTag?
    private let status: HTTPResponse.Status

    /// The compressed form, made when it is first asked for: the start does not wait for it.
    private final class Compressed: Sendable {
        private enum State {
            case content([UInt8])
            /// `nil` if compression does not make it smaller.
            case made(ByteBuffer?)
        }

        private let state: Mutex<State>

        init(_ content: [UInt8]) { state = Mutex(.content(content)) }

        var bytes: ByteBuffer? {
            state.withLock { state in
                switch state {
                case .made(let bytes): return bytes
                case .content(let content):
                    let bytes = Gzip.compress(content).map { ByteBuffer(bytes: $0) }
                    state = .made(bytes)
                    return bytes
                }
            }
        }
    }

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
        compressed = caching == .none ? nil : Compressed(content)
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
        guard HubDocument.acceptsGzip(request.headers[.acceptEncoding]), let compressed = compressed?.bytes else {
            return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: bytes))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: compressed))
    }

    /// Whether `Accept-Encoding` has gzip with a quality other than 0 (RFC 9110 §12.5.3).
    private static func acceptsGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        return header.lowercased().split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "gzip"
                && !parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }
}
