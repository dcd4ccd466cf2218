import HTTPTypes
import Hummingbird
import NIOCore
import PharmacyDomain

/// The content of one request: its media type and size are checked, and it is parsed as a JSON object or a table.
struct RequestContent: Sendable {
    /// Always an object; empty if there is no body.
    let json: JSON
    /// The body as it was received.
    let bytes: [UInt8]
    /// The rows of a body in CSV; `nil` for other bodies.
    var rows: [TableRow]?

    /// The maximum size of a body in bytes: 1 MiB, many times the size of the largest order.
    static let sizeLimit = 1_048_576

    /// The maximum size, in bytes, of a body that is read before the caller is authenticated. Such bodies contain
    /// credentials, a token or one order report, which need a few hundred bytes.
    static let unauthenticatedSizeLimit = 16_384

    static let none = RequestContent(json: .object([]), bytes: [])

    /// The connection failed before the whole body arrived. The framework handles the underlying error.
    struct Interruption: Error {
        let underlying: any Error
    }

    /// Reads the body of a request.
    /// - Parameters:
    ///   - body: the body that the operation declares; if it is `nil`, nothing is read.
    ///   - limit: the maximum size in bytes.
    /// - Throws: `APIError` for a body that is too large (413), has another media type (415) or is not JSON or CSV (400);
    ///   `ValidationErrors` if it is not an object, or not a table of the operation's columns; `Interruption`.
    static func read(
        _ request: Request, for body: OperationBody?, limit: Int = sizeLimit
    ) async throws -> RequestContent {
        guard let body else { return none }
        try checkLength(request, limit: limit)
        // The media type is checked before waiting for the body. An empty body needs none.
        let mediaType = try mediaType(request.headers, for: body)
        let bytes = try await bytes(of: request, limit: limit)
        if bytes.isEmpty, !body.isRequired { return none }
        if mediaType == .csv, let columns = body.columns {
            let rows = try columns.rows(of: ByteOrderMark.skipped(in: bytes), atMost: BatchResource.limit)
            return RequestContent(json: .object([]), bytes: bytes, rows: rows)
        }
        return RequestContent(json: try object(bytes, mediaType: mediaType, isSent: !bytes.isEmpty), bytes: bytes)
    }

    /// Reads the bytes of the body without parsing them.
    /// - Throws: `APIError` if it is too large (413); `Interruption`.
    static func bytes(of request: Request, limit: Int) async throws -> [UInt8] {
        try checkLength(request, limit: limit)
        do {
            return Array(try await request.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge(limit)
        } catch let refusal as RequestRefusal {
            throw APIError(refusal)
        } catch {
            throw Interruption(underlying: error)
        }
    }

    /// Parses a JSON object from the bytes of a body.
    /// - Parameter headers: the headers of the same request.
    /// - Throws: `APIError` for another media type (415) or if it is not JSON (400); `ValidationErrors` if it is not an
    ///   object.
    static func object(_ bytes: [UInt8], headers: HTTPFields) throws -> JSON {
        let mediaType = try mediaType(headers, for: .json(.object([]), examples: []))
        return try object(bytes, mediaType: mediaType, isSent: !bytes.isEmpty)
    }

    /// Refuses a body by its `Content-Length`, before any of it is read.
    private static func checkLength(_ request: Request, limit: Int) throws(APIError) {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge(limit) }
    }

    /// A 413 that closes the connection, because the rest of the body is not read.
    private static func tooLarge(_ limit: Int) -> APIError {
        APIError(
            .bodyTooLarge, message: limit == sizeLimit ? nil : "The body is larger than \(limit / 1_024) KiB.",
            headers: [.connection: "close"])
    }

    /// The body's media type; `nil` if the request has no `Content-Type`.
    /// - Throws: 415 for a type that the operation does not accept, and for a compressed body.
    private static func mediaType(_ headers: HTTPFields, for body: OperationBody) throws(APIError) -> BodyMediaType? {
        let isIdentity =
            headers[.contentEncoding].map { HeaderText($0, upTo: 64)?.text.lowercased() == "identity" } ?? true
        let contentType = headers[.contentType]
        let type = contentType.flatMap(BodyMediaType.init(contentType:))
        guard isIdentity, let type, body.mediaTypes.contains(type) else {
            if contentType != nil || !isIdentity {
                throw unsupported(body.mediaTypes)
            }
            return nil
        }
        return type
    }

    /// A 415 that lists the accepted media types.
    private static func unsupported(_ mediaTypes: [BodyMediaType]) -> APIError {
        let names = mediaTypes.map(\.rawValue).joined(separator: " or ")
        return APIError(.unsupportedMediaType, message: "The body must be sent as \(names) in UTF-8.")
    }

    /// Parses the bytes by their media type. One byte order mark at the start is skipped (RFC 8259 §8.1).
    private static func object(_ sent: [UInt8], mediaType: BodyMediaType?, isSent: Bool) throws -> JSON {
        let bytes = ByteOrderMark.skipped(in: sent)
        switch mediaType {
        case .form: return try FormFields(bytes).object()
        case nil where isSent, .csv: throw unsupported([.json])
        case .json, nil: break
        }
        let json: JSON
        do {
            json = try JSON.parse(bytes, limits: .request)
        } catch {
            let place = "line \(error.line), column \(error.column)"
            let what = error.exceedsLimit ? "exceeds a limit" : "is not valid JSON"
            throw APIError(.malformedJSON, message: "The body \(what): \(error.problem) (\(place)).")
        }
        guard case .object = json else { throw ValidationErrors("body", "body must be a JSON object.") }
        return json
    }
}
