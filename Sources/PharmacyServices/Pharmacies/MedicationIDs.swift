internal import PharmacyDomain
internal import Synchronization

/// A cache of encoded medication ids: encrypting the 25 ids of a catalog page is most of the page's cost.
final class MedicationIDs: Sendable {
    private struct Key: Hashable {
        let pharmacy: PharmacyID
        let productCode: String
    }

    private let codec: MedicationIDCodec
    private let known = Mutex(Known(generation: 0))

    private struct Known {
        /// The generation of the codec's keys that encoded the ids.
        let generation: Int
        var ids = BoundedCache<Key, String>(capacity: ServiceLimits.medicationIDs)
    }

    init(codec: MedicationIDCodec) {
        self.codec = codec
    }

    func encode(_ productCode: String, pharmacy: PharmacyID) throws -> String {
        let key = Key(pharmacy: pharmacy, productCode: productCode)
        let generation = codec.generation
        let found = known.withLock { known in
            if known.generation != generation { known = Known(generation: generation) }
            return known.ids[key]
        }
        if let found { return found }
        let id = try codec.encode(productCode, pharmacy: pharmacy)
        known.withLock { known in
            guard known.generation == generation else { return }
            known.ids.insert(id, for: key)
        }
        return id
    }

    /// The product code; `nil` for an id that was altered or made for another pharmacy.
    func decode(_ id: String, pharmacy: PharmacyID) -> String? { codec.decode(id, pharmacy: pharmacy) }
}
