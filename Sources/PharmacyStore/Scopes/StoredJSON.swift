package import PharmacyDomain

/// JSON that this program has written to the database.
package enum StoredJSON {
    package static func parse(_ bytes: [UInt8]) throws -> JSON {
        do {
            return try JSON.parse(bytes)
        } catch {
            throw StoreError.broken("a stored document is not JSON")
        }
    }
}
