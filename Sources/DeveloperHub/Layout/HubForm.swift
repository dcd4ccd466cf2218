internal import Hummingbird
internal import NIOCore
internal import PartnerAPI

/// The form of a page, as a browser sends it.
enum HubForm {
    /// The first value of each field.
    /// - Parameter limit: the most bytes of the body.
    /// - Throws: `APIError` with 413.
    static func fields(of request: Request, limit: Int) async throws -> [String: String] {
        do {
            return values(try await request.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw APIError(.bodyTooLarge)
        }
    }

    /// The first value of each field of a form or a query.
    static func values(_ bytes: some Collection<UInt8>) -> [String: String] {
        Dictionary(FormFields(bytes).pairs.compactMap { pair in pair.value.map { (pair.name, $0) } }) { first, _ in
            first
        }
    }
}
