package import HTTPTypes
package import Hummingbird
import NIOCore
package import PharmacyDomain
package import PharmacyServices

/// The answer of a handler. Documents are put into it byte for byte: they are never read and written again.
package struct PartnerResponse: Sendable {
    /// The status.
    package var status: HTTPResponse.Status
    /// Header fields beside those that every answer has.
    package var headers: HTTPFields
    /// The body; `nil` where there is none.
    package var body: [UInt8]?

    /// The media type of every body.
    static let contentType = "application/json; charset=utf-8"

    /// An answer with a JSON body.
    private init(_ status: HTTPResponse.Status, bytes: [UInt8]) {
        self.status = status
        self.headers = [.contentType: PartnerResponse.contentType]
        self.body = bytes
    }

    /// An answer without a body.
    package init(_ status: HTTPResponse.Status) {
        self.status = status
        self.headers = [:]
        self.body = nil
    }

    /// 204.
    package static let noContent = PartnerResponse(.noContent)

    /// An answer whose members stand at the top level.
    package static func members(_ json: JSON) -> PartnerResponse {
        PartnerResponse(.ok, bytes: json.bytes)
    }

    /// One thing: `{"data": …}`, with further members after it.
    package static func data(
        _ document: Document, status: HTTPResponse.Status = .ok, beside members: [JSON.Member] = []
    ) -> PartnerResponse {
        var bytes = Array("{\"data\":".utf8)
        bytes.reserveCapacity(bytes.count + document.bytes.count + 64)
        bytes += document.bytes
        PartnerResponse.append(members, to: &bytes)
        return PartnerResponse(status, bytes: bytes)
    }

    /// One thing: `{"data": …}`.
    package static func data(_ json: JSON, status: HTTPResponse.Status = .ok) -> PartnerResponse {
        data(Document(json), status: status)
    }

    /// A list that has no pages: `{"data": […]}`.
    package static func list(_ items: [JSON]) -> PartnerResponse {
        data(.array(items))
    }

    /// One page of a list: `{"data": […], "pagination": {…}}`, with further members after it.
    package static func page(_ page: Page<Document>, beside members: [JSON.Member] = []) -> PartnerResponse {
        list(page.items, beside: [JSON.Member("pagination", page.pagination)] + members)
    }

    /// A list with further members after it: `{"data": […], …}`.
    package static func list(_ items: [Document], beside members: [JSON.Member]) -> PartnerResponse {
        var bytes = Array("{\"data\":[".utf8)
        bytes.reserveCapacity(items.reduce(256) { $0 + $1.bytes.count + 1 })
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += item.bytes
        }
        bytes.append(UInt8(ascii: "]"))
        PartnerResponse.append(members, to: &bytes)
        return PartnerResponse(.ok, bytes: bytes)
    }

    /// A new thing: 201 with its `Location`.
    package func created(at location: String) -> PartnerResponse {
        var response = self
        response.status = .created
        response.headers[.location] = location
        return response
    }

    /// The same answer, marked where it was given before.
    package func replayed(_ isReplay: Bool) -> PartnerResponse {
        guard isReplay else { return self }
        return with(.idempotentReplayed, "true")
    }

    /// The same answer with one more header field.
    package func with(_ name: HTTPField.Name, _ value: String) -> PartnerResponse {
        var response = self
        response.headers[name] = value
        return response
    }

    /// The answer as the framework sends it.
    package var response: Response {
        guard let body else { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// Writes `,"name":value` for each member, and the closing brace.
    private static func append(_ members: [JSON.Member], to bytes: inout [UInt8]) {
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
    /// Where the page stands among all of them (guide, Medication Catalog), and how a list that has cursors goes on.
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
