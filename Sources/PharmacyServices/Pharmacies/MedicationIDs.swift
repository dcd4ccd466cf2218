internal import PharmacyDomain
internal import Synchronization

/// A cache of medication ids: encrypting the 25 ids of a catalog page is most of the page's cost, and decrypting its id is a
/// part of each order's.
final class MedicationIDs: Sendable {
    private struct Key: Hashable {
        let pharmacy: PharmacyID
        /// The product code, or the id.
        let text: String
    }

    private let codec: MedicationIDCodec
    private let known = Mutex(Known(generation: 0))

    private struct Known {
        /// The generation of the codec's keys that encoded and decoded the ids.
        let generation: Int
        var ids = BoundedCache<Key, String>(capacity: ServiceLimits.medicationIDs)
        var productCodes = BoundedCache<Key, String>(capacity: ServiceLimits.medicationIDs)
    }

    init(codec: MedicationIDCodec) {
        self.codec = codec
    }

    /// The generation of the keys: ids of another one differ.
    var generation: Int { codec.generation }

    func encode(_ productCode: String, pharmacy: PharmacyID) throws -> String {
        let key = Key(pharmacy: pharmacy, text: productCode)
        let (generation, found) = knownText { $0.ids[key] }
        if let found { return found }
        let id = try codec.encode(productCode, pharmacy: pharmacy)
        learn(at: generation) { $0.ids.insert(id, for: key) }
        return id
    }

    /// The product code; `nil` for an id that was altered or made for another pharmacy.
    func decode(_ id: String, pharmacy: PharmacyID) -> String? {
        let key = Key(pharmacy: pharmacy, text: id)
        let (generation, found) = knownText { $0.productCodes[key] }
        if let found { return found }
        guard let productCode = codec.decode(id, pharmacy: pharmacy) else { return nil }
        learn(at: generation) { $0.productCodes.insert(productCode, for: key) }
        return productCode
    }

    /// The product code of an id in a placed order, see `MedicationIDCodec.decode(placed:pharmacy:)`.
    func decode(placed id: String, pharmacy: PharmacyID) -> String? { codec.decode(placed: id, pharmacy: pharmacy) }

    /// - Parameter find: looks the text up.
    /// - Returns: the codec's generation, and the text, if it is known since then.
    private func knownText(_ find: (Known) -> String?) -> (generation: Int, text: String?) {
        let generation = codec.generation
        return known.withLock { known in
            if known.generation != generation { known = Known(generation: generation) }
            return (generation, find(known))
        }
    }

    /// Adds what was encoded or decoded, unless the keys were replaced meanwhile.
    private func learn(at generation: Int, _ add: (inout Known) -> Void) {
        known.withLock { known in
            if known.generation == generation { add(&known) }
        }
    }
}
