internal import HTTPTypes
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Compresses the responses of the operations that declare it (`Operation.isCompressible`) with gzip, if the client accepts it.
///
/// A page of a catalog is the same for all requests until its prices are fetched again. It is therefore compressed once, by a
/// thread that serves no requests, and found again by its entity tag.
final class ResponseCompression: Sendable {
    /// The shortest body that is compressed, in bytes: a shorter one fits into one packet with its header fields.
    static let minimumLength = 1_024
    /// The most compressed bodies that are stored: some dozens of catalogs with all their pages.
    static let capacity = 256
    /// The largest compressed body that is stored, in bytes. The largest page of a catalog has about 6,000.
    static let storedLengthLimit = 65_536

    /// By the tag of the content without a coding.
    private let bodies = Mutex(BoundedCache<EntityTag, [UInt8]>(capacity: capacity))

    /// The response with its tag, compressed if the client accepts it, or a 304 if the client has its content in the coding that it
    /// would get. Its `Vary` is set in any case, because caches must not send one client what another accepts.
    /// - Parameter fields: of the request.
    func revalidated(_ response: PartnerResponse, by fields: HTTPFields) async throws -> PartnerResponse {
        guard let body = response.body, let tag = response.entityTag else { return response.revalidated(by: fields) }
        let plain = response.with(.vary, "Accept-Encoding")
        let accepted = AcceptEncoding(fields)
        guard accepted.prefersGzip, body.count >= ResponseCompression.minimumLength || accepted.refusesIdentity else {
            return plain.revalidated(by: fields)
        }
        var coded = plain.with(tag.gzipped).revalidated(by: fields)
        if coded.status == .notModified { return coded }
        guard let compressed = try await compressed(body, tag) else { return plain.revalidated(by: fields) }
        coded.body = compressed
        coded.headers[.contentEncoding] = "gzip"
        return coded
    }

    /// - Returns: `nil` if there is no memory for it.
    private func compressed(_ body: [UInt8], _ tag: EntityTag) async throws -> [UInt8]? {
        if let known = known(tag) { return known }
        return try await NIOThreadPool.singleton.runIfActive { [self] in
            // Requests that came at the same time find what the first of them has stored.
            if let known = known(tag) { return known }
            guard let compressed = Gzip.compress(body, effort: .moderate) else { return nil }
            if compressed.count <= ResponseCompression.storedLengthLimit {
                bodies.withLock { _ = $0.insert(compressed, for: tag) }
            }
            return compressed
        }
    }

    private func known(_ tag: EntityTag) -> [UInt8]? { bodies.withLock { $0[tag] } }
}
