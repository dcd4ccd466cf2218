import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Batches on the wire: a request with items that are each like the body of a single request, and a response with the result of
/// each.
package enum BatchResource {
    /// The most items of a batch.
    package static let limit = 100

    /// The schema of a batch's body.
    /// - Parameter item: of the body of a single request.
    static func schema(of item: Schema) -> Schema {
        .object([.required("items", .array(of: item.adding(key), maximum: limit).described("At most \(limit) items."))])
    }

    /// The columns of a batch as a table.
    /// - Parameter item: of the body of a single request.
    static func columns(of item: Schema) -> TableColumns { TableColumns(item.adding(key)) }

    private static let key = Schema.Property.optional(
        "idempotency_key",
        .string(pattern: IdempotencyKey.pattern).nullable.described(
            """
            Makes this item safe to repeat, like the header `Idempotency-Key` of a single request. The item is then found \
            again in any batch, and a single request with its key is refused.
            """
        ).example("order-12345"))

    /// The schema of a batch's response.
    /// - Parameters:
    ///   - data: of the resource.
    ///   - properties: further members of an accepted item.
    static func resultSchema(_ data: Schema, adding properties: [Schema.Property] = []) -> Schema {
        .data(
            .array(
                of: .object(
                    [
                        .required("index", .integer(0, limit - 1).described("The item's place, from 0.").example(0)),
                        .required(
                            "status",
                            .integer(200, 599).described("The status that the item would have as a single request.")
                                .example(201)),
                        .optional("data", data.described("The resource, if the item was accepted.")),
                        .optional("error", .reference("Error").described("Why the item was refused.")),
                        .optional(
                            "replayed", .boolean.described("`true` if an earlier item with the same key was accepted.")),
                    ] + properties), maximum: limit))
    }

    /// The member of a result that finds the row of a table again.
    static let line = Schema.Property.optional(
        "line",
        .integer(2).described(
            "Only for CSV: the line of the file in which the row begins. The column names are line 1."
        ).example(2))

    /// The bodies of the items.
    /// - Throws: `ValidationErrors` if the body has no list of items, or too many.
    static func items(_ body: JSON) throws(ValidationErrors) -> [JSON] {
        var reader = FieldReader(body)
        _ = reader.value("items", required: true)
        let items = reader.array("items", maximum: limit)
        try reader.problems.throwIfAny()
        return items ?? []
    }

    /// The result of one item.
    struct ItemResponse {
        let status: HTTPResponse.Status
        /// `data` or `error`.
        let name: String
        let content: [UInt8]
        var isReplay = false
        /// Members besides those of every result.
        var members: [JSON.Member] = []

        /// - Parameter line: of the item's row in a table.
        fileprivate func bytes(at index: Int, line: Int?) -> [UInt8] {
            let place = line.map { "\"line\":\($0)," } ?? ""
            var bytes = Array("{\"index\":\(index),\(place)\"status\":\(status.code),\"\(name)\":".utf8)
            bytes.reserveCapacity(bytes.count + content.count + 128)
            bytes += content
            PartnerResponse.append((isReplay ? [JSON.Member("replayed", true)] : []) + members, to: &bytes)
            return bytes
        }
    }

    /// The response to a batch, with the results in the order of the items.
    /// - Parameter rows: of a batch that is a table, one for each result.
    static func response(_ results: [ItemResponse], rows: [TableRow]? = nil) -> PartnerResponse {
        PartnerResponse.list(results.enumerated().map { $1.bytes(at: $0, line: rows?[$0].line) }, adding: [])
            .replayed(!results.isEmpty && results.allSatisfy(\.isReplay))
    }
}

extension PartnerRequest {
    /// Reads the items of a batch, in JSON or as a table, and counts them against the rate limit.
    /// - Parameters:
    ///   - operation: the single request that an item stands for, such as `POST orders`: the scope of its idempotency key.
    ///   - parse: reads the body of an item.
    /// - Throws: `ValidationErrors` if the batch itself is not valid; 429.
    func batch<Draft>(
        of operation: String, parse: @escaping @Sendable (JSON, WireContext) throws(ValidationErrors) -> Draft
    ) async throws -> Batch<Draft> {
        let whole = try idempotency()
        let bodies = try rows?.map(\.body) ?? BatchResource.items(body).map { .success($0) }
        try await count(items: bodies.count)
        let context = wireContext
        let items = bodies.enumerated().map { index, body -> BatchItem<Draft> in
            do throws(ValidationErrors) {
                let body = try body.get()
                guard case .object = body else { throw ValidationErrors("item", "item must be a JSON object.") }
                let own = try PartnerRequest.key(of: body).map { key in
                    IdempotencyRequest(key: key, operation: operation, body: body.bytes)
                }
                // The key of the whole batch covers the items without one.
                let derived = whole.map { whole in
                    IdempotencyRequest(key: "\(whole.key) \(index)", operation: whole.operation, body: whole.body)
                }
                return BatchItem(idempotency: own ?? derived) {
                    Result { () throws(ValidationErrors) in try parse(body, context) }
                }
            } catch {
                return BatchItem(idempotency: nil) { .failure(error) }
            }
        }
        return Batch(idempotency: whole, items: items)
    }

    private static func key(of item: JSON) throws(ValidationErrors) -> String? {
        guard let value = item["idempotency_key"], !value.isNull else { return nil }
        guard let key = value.text.flatMap(IdempotencyKey.init) else {
            throw ValidationErrors(
                "idempotency_key", "idempotency_key must be a string of 1 to 255 visible ASCII characters.")
        }
        return key.text
    }

    /// The result of an item, or the error that the same request alone would get.
    /// - Parameter accepted: the result of an accepted item.
    /// - Throws: an error that no request should get.
    func response<Value>(
        to result: BatchResult<Value>, accepted: (IdempotentResult<Value>) -> BatchResource.ItemResponse
    ) throws -> BatchResource.ItemResponse {
        do {
            return accepted(try result.get())
        } catch {
            guard let known = APIError(known: error) else { throw error }
            return BatchResource.ItemResponse(
                status: known.code.status, name: "error",
                content: known.body(requestID: requestID, publicURL: site.publicURL(), isOAuth: false).bytes,
                isReplay: error is ReplayedError)
        }
    }
}
