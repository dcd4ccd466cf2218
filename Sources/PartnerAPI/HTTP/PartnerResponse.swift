package import HTTPTypes
package import Hummingbird
import NIOCore
package import PharmacyDomain
internal import PharmacyServices

/// The response of a handler. Stored representations are copied into it byte for byte.
package struct PartnerResponse: Sendable {
    package var status: HTTPResponse.Status
    /// Header fields besides those of every response.
    package var headers: HTTPFields
    /// `nil` for a response without a body.
    package var body: [UInt8]?
    /// The tag of the body, if it is known without reading the body.
    private var knownTag: EntityTag?

    /// The `Content-Type` of every body.
    static let contentType = "application/json; charset=utf-8"

    private init(_ status: HTTPResponse.Status, bytes: [UInt8]) {
        self.status = status
        self.headers = [.contentType: PartnerResponse.contentType]
        self.body = bytes
    }

    package init(_ status: HTTPResponse.Status) {
        self.status = status
        self.headers = [:]
        self.body = nil
    }

    package static let noContent = PartnerResponse(.noContent)

    /// A body that has its members at the top level, without `data` (RFC 6749 §5.1).
    package static func members(_ json: JSON) -> PartnerResponse {
        PartnerResponse(.ok, bytes: json.bytes)
    }

    /// One resource in its stored representation: `{"data": …}`.
    package static func data(_ representation: Representation) -> PartnerResponse {
        data(representation.bytes, status: .ok, adding: [])
    }

    /// One resource in the representation that was just stored, or encoded here if there is none: `{"data": …}`, followed by
    /// further members.
    package static func data(
        _ representation: Representation?, or json: @autoclosure () -> JSON, adding members: [JSON.Member] = []
    ) -> PartnerResponse {
        data(representation?.bytes ?? json().bytes, status: .ok, adding: members)
    }

    /// One resource: `{"data": …}`, followed by further members.
    package static func data(
        _ json: JSON, status: HTTPResponse.Status = .ok, adding members: [JSON.Member] = []
    ) -> PartnerResponse {
        data(json.bytes, status: status, adding: members)
    }

    /// One resource with a stored representation as its last member: `{"data": {…, "name": …}}`.
    /// - Parameter json: an object with at least one member.
    package static func data(
        _ json: JSON, adding name: String, _ representation: Representation
    ) -> PartnerResponse {
        var bytes = json.bytes
        // Replaces the closing brace; the object has members of its own.
        bytes.removeLast()
        bytes +=
            [UInt8(ascii: ",")] + JSON.string(name).bytes + [UInt8(ascii: ":")] + representation.bytes + [
                UInt8(ascii: "}")
            ]
        return data(bytes, status: .ok, adding: [])
    }

    private static func data(
        _ resource: [UInt8], status: HTTPResponse.Status, adding members: [JSON.Member]
    ) -> PartnerResponse {
        var bytes = Array("{\"data\":".utf8)
        bytes.reserveCapacity(bytes.count + resource.count + 64)
        bytes += resource
        PartnerResponse.append(members, to: &bytes)
        return PartnerResponse(status, bytes: bytes)
    }

    /// A list without pages: `{"data": […]}`.
    package static func list(_ items: [JSON]) -> PartnerResponse {
        data(.array(items))
    }

    /// One page of a list: `{"data": […], "pagination": {…}}`, followed by further members.
    package static func page(_ page: Page<JSON>, adding members: [JSON.Member] = []) -> PartnerResponse {
        list(page.items.map(\.bytes), adding: [JSON.Member("pagination", page.pagination)] + members)
    }

    /// One page of representations: `{"data": […], "pagination": {…}}`, followed by further members.
    package static func page(_ page: Page<Representation>, adding members: [JSON.Member] = []) -> PartnerResponse {
        list(page.items.map(\.bytes), adding: [JSON.Member("pagination", page.pagination)] + members)
    }

    /// Stored representations, followed by further members: `{"data": […], …}`.
    package static func list(_ items: [Representation], adding members: [JSON.Member]) -> PartnerResponse {
        list(items.map(\.bytes), adding: members)
    }

    /// JSON texts, followed by further members: `{"data": […], …}`.
    static func list(_ items: [[UInt8]], adding members: [JSON.Member]) -> PartnerResponse {
        var bytes = Array("{\"data\":[".utf8)
        bytes.reserveCapacity(items.reduce(256) { $0 + $1.count + 1 })
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += item
        }
        bytes.append(UInt8(ascii: "]"))
        PartnerResponse.append(members, to: &bytes)
        return PartnerResponse(.ok, bytes: bytes)
    }

    /// The same body as 201 with a `Location`.
    package func created(at location: String) -> PartnerResponse {
        var response = self
        response.status = .created
        response.headers[.location] = location
        return response
    }

    /// The same response, with `Idempotent-Replayed: true` if it is a stored one.
    package func replayed(_ isReplay: Bool) -> PartnerResponse {
        guard isReplay else { return self }
        return with(.idempotentReplayed, "true")
    }

    /// The same response with one more header field.
    package func with(_ name: HTTPField.Name, _ value: String) -> PartnerResponse {
        var response = self
        response.headers[name] = value
        return response
    }

    /// The tag of a resource or a list; `nil` for any other response.
    package var entityTag: EntityTag? {
        guard status == .ok, let body else { return nil }
        return knownTag ?? EntityTag(of: body)
    }

    /// The same response with a tag that is derived from its content in another way.
    package func with(_ tag: EntityTag) -> PartnerResponse {
        var response = self
        response.knownTag = tag
        return response
    }

    /// The same response with its tag, or a 304 if the client has its content (RFC 9110 §13.1.2, §15.4.5). Unless the handler
    /// has decided otherwise, only the client's own cache may store the content, and it must revalidate it each time.
    func revalidated(by fields: HTTPFields) -> PartnerResponse {
        guard let tag = entityTag else { return self }
        var response = self
        if let known = EntityTag.List(.ifNoneMatch, in: fields), known.contains(tag) {
            response.status = .notModified
            response.body = nil
            response.headers[.contentType] = nil
        }
        response.headers.append(HTTPField(name: .eTag, value: tag.text))
        if response.headers.value(.cacheControl) == nil {
            response.headers.append(HTTPField(name: .cacheControl, value: "private, no-cache"))
        }
        return response
    }

    /// The response as Hummingbird's type.
    package var response: Response {
        guard let body else { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// Writes `,"name":value` for each member, then the closing brace.
    static func append(_ members: [JSON.Member], to bytes: inout [UInt8]) {
        for member in members {
            bytes.append(UInt8(ascii: ","))
            bytes += JSON.string(member.name).bytes
            bytes.append(UInt8(ascii: ":"))
            bytes += member.value.bytes
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension Page {
    /// The `pagination` member (guide, Medication Catalog), with `next_cursor` if the list has cursors.
    package var pagination: JSON {
        var members = [JSON.Member("per_page", JSON(request.perPage))]
        if let total, let totalPages {
            members.insert(JSON.Member("page", JSON(request.page)), at: 0)
            members += [JSON.Member("total", JSON(total)), JSON.Member("total_pages", JSON(totalPages))]
        }
        switch next {
        case .numbered: break
        case .end: members.append(JSON.Member("next_cursor", .null))
        case .after(let cursor): members.append(JSON.Member("next_cursor", .string(cursor.description)))
        }
        return .object(members)
    }
}
