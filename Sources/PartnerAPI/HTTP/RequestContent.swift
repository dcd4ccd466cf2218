import HTTPTypes
import Hummingbird
import NIOCore
import PharmacyDomain

/// The content of one request: negotiated, bounded, and read as an object.
struct RequestContent: Sendable {
    /// The object; an empty one where there is no body.
    let json: JSON
    /// The bytes as they came.
    let bytes: [UInt8]

    /// The most bytes a body may have: 1 MiB, many times what the largest order needs.
    static let sizeLimit = 1_048_576

    /// The most bytes of a body that is read before it is known who sent it: it carries no more than credentials, a token
    /// or one report, which are a few hundred bytes.
    static let unauthenticatedSizeLimit = 16_384

    /// No content at all.
    static let none = RequestContent(json: .object([]), bytes: [])

    /// A body that did not arrive whole. The connection is at fault, and the framework knows what to do with it.
    struct Interruption: Error {
        /// What the connection said.
        let underlying: any Error
    }

    /// Reads the body of a request.
    /// - Parameters:
    ///   - body: what the operation takes; for `nil` nothing is read.
    ///   - limit: the most bytes it may have.
    /// - Throws: `APIError` for a body that is too large (413), of another type (415) or not JSON (400); `ValidationErrors` for
    ///   one that is no object; `Interruption`.
    static func read(
        _ request: Request, for body: OperationBody?, limit: Int = sizeLimit
    ) async throws -> RequestContent {
        guard let body else { return none }
        try checkLength(request, limit: limit)
        // The type is judged before the body is waited for, but a body that is empty needs none.
        let mediaType = try mediaType(request.headers, for: body)
        let bytes = try await bytes(of: request, limit: limit)
        if bytes.isEmpty, !body.isRequired { return none }
        return RequestContent(json: try object(bytes, mediaType: mediaType, isSent: !bytes.isEmpty), bytes: bytes)
    }

    /// Reads the body of a request as it comes, and nothing into it.
    /// - Throws: `APIError` for one that is too large (413); `Interruption`.
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

    /// Reads a JSON object from bytes that have come already.
    /// - Parameter headers: of their request.
    /// - Throws: `APIError` for another type (415) or what is not JSON (400); `ValidationErrors` for what is no object.
    static func object(_ bytes: [UInt8], headers: HTTPFields) throws -> JSON {
        let mediaType = try mediaType(headers, for: .json(.object([]), examples: []))
        return try object(bytes, mediaType: mediaType, isSent: !bytes.isEmpty)
    }

    /// Refuses a body by its length alone, before any of it has come.
    private static func checkLength(_ request: Request, limit: Int) throws(APIError) {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge(limit) }
    }

    /// A 413. Nobody waits for the rest of the body.
    private static func tooLarge(_ limit: Int) -> APIError {
        APIError(
            .bodyTooLarge, message: limit == sizeLimit ? nil : "The body is larger than \(limit / 1_024) KiB.",
            headers: [.connection: "close"])
    }

    /// The body's media type; `nil` where it is not one that the operation takes.
    private static func mediaType(_ headers: HTTPFields, for body: OperationBody) throws(APIError) -> BodyMediaType? {
        let encoding = headers[.contentEncoding] ?? "identity"
        let isIdentity = HeaderText(encoding, upTo: 64)?.text.lowercased() == "identity"
        let type = headers[.contentType].flatMap(BodyMediaType.init(contentType:))
        guard isIdentity, let type, body.mediaTypes.contains(type) else {
            if headers[.contentType] != nil || !isIdentity {
                throw unsupported(body.mediaTypes)
            }
            return nil
        }
        return type
    }

    /// A 415 that names what would do.
    private static func unsupported(_ mediaTypes: [BodyMediaType]) -> APIError {
        let names = mediaTypes.map(\.rawValue).joined(separator: " or ")
        return APIError(.unsupportedMediaType, message: "The body must be sent as \(names) in UTF-8.")
    }

    /// Reads the bytes by their type; one byte order mark in front of them is skipped (RFC 8259 §8.1).
    private static func object(_ sent: [UInt8], mediaType: BodyMediaType?, isSent: Bool) throws -> JSON {
        let bytes = ByteOrderMark.skipped(in: sent)
        switch mediaType {
        case .form: return try FormFields(bytes).object()
        case nil where isSent: throw unsupported([.json])
        case .json, nil: break
        }
        let json: JSON
        do {
            json = try JSON.parse(bytes, limits: .request)
        } catch {
            let place = "line \(error.line), column \(error.column)"
            let what = error.exceedsLimit ? "is more than is read" : "is not valid JSON"
            throw APIError(.malformedJSON, message: "The body \(what): \(error.problem) (\(place)).")
        }
        guard case .object = json else { throw ValidationErrors("body", "body must be a JSON object.") }
        return json
    }
}
