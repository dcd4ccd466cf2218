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

    /// No content at all.
    static let none = RequestContent(json: .object([]), bytes: [])

    /// A body that did not arrive whole. The connection is at fault, and the framework knows what to do with it.
    struct Interruption: Error {
        /// What the connection said.
        let underlying: any Error
    }

    /// Reads the body of a request.
    /// - Parameter body: what the operation takes; for `nil` nothing is read.
    /// - Throws: `APIError` for a body that is too large (413), of another type (415) or not JSON (400); `Problems` for
    ///   one that is no object; `Interruption`.
    static func read(_ request: Request, for body: OperationBody?) async throws -> RequestContent {
        guard let body else { return none }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > sizeLimit {
            // Nobody waits for the rest of it.
            throw APIError(.bodyTooLarge, headers: [.connection: "close"])
        }
        // The type is judged before the body is waited for, but a body that is empty needs none.
        let mediaType = try mediaType(request.headers, for: body)
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: sizeLimit)
        } catch is NIOTooManyBytesError {
            throw APIError(.bodyTooLarge, headers: [.connection: "close"])
        } catch {
            throw Interruption(underlying: error)
        }
        let bytes = Array(buffer.readableBytesView)
        if bytes.isEmpty, !body.isRequired { return none }
        return RequestContent(json: try object(bytes, mediaType: mediaType, isSent: !bytes.isEmpty), bytes: bytes)
    }

    /// The body's media type; `nil` where it is not one that the operation takes.
    private static func mediaType(_ headers: HTTPFields, for body: OperationBody) throws(APIError) -> BodyMediaType? {
        let encoding = headers[.contentEncoding] ?? "identity"
        let type = headers[.contentType].flatMap(BodyMediaType.init(contentType:))
        guard encoding.lowercased() == "identity", let type, body.mediaTypes.contains(type) else {
            if headers[.contentType] != nil || encoding.lowercased() != "identity" {
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

    /// Reads the bytes by their type.
    private static func object(_ bytes: [UInt8], mediaType: BodyMediaType?, isSent: Bool) throws -> JSON {
        switch mediaType {
        case .form: return try FormPairs(bytes).object()
        case nil where isSent: throw unsupported([.json])
        case .json, nil: break
        }
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            let place = "line \(error.line), column \(error.column)"
            throw APIError(.malformedJSON, message: "The body is not valid JSON: \(error.problem) (\(place)).")
        }
        guard case .object = json else { throw Problems("body", "body must be a JSON object.") }
        return json
    }
}
